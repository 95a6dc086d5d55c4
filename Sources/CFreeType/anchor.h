#pragma once
// Where FreeType is; only CImageCodecs calls it.
#include <ft2build.h>
#include FT_FREETYPE_H
