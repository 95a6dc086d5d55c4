#pragma once
// Where HarfBuzz is; only CImageCodecs calls it.
#include <hb.h>
