#pragma once
// What still and animated WebP share.

#include "internal.h"

#include <webp/decode.h>
#include <webp/encode.h>

/// Reads the header, compares size with the limit, and checks that the file is as long as it says.
bool ci_webp_open(const uint8_t *bytes, size_t count, int64_t pixel_limit, WebPBitstreamFeatures *features,
                  CIReport *report);

/// Quality 0…100, below 0 for lossless and exact under transparency.
bool ci_webp_configure(double quality, WebPConfig *config);

/// Copies RGB or RGBA samples into a picture that the caller frees after success.
bool ci_webp_import(const CIPixels *image, WebPPicture *picture, CIReport *report);
