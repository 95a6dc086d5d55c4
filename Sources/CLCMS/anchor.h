#pragma once
// Where Little CMS is; only CImageCodecs calls it.
#include <lcms2.h>
