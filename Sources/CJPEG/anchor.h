#pragma once
// Where libjpeg-turbo is; only CImageCodecs calls it.
#include <stdio.h>

#include <jpeglib.h>
