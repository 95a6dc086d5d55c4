#pragma once
// Where libpng is; only CImageCodecs calls it.
#include <png.h>
