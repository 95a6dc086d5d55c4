#pragma once
// What the codecs share: filling reports, checking sizes, converting colours.

#include "CImageCodecs.h"

/// Notes why a function failed; always returns false, so that it can be returned.
bool ci_fail(CIReport *report, CIFailure failure, const char *detail);

/// Notes the declared size and compares it with the limit.
bool ci_accept_size(int64_t width, int64_t height, int64_t pixel_limit, CIReport *report);

/// What the file says about its colours. All zero means sRGB.
typedef struct {
    const uint8_t *icc;  // an ICC profile, or NULL
    size_t icc_count;
    double gamma;             // exponent from sample to light (2.2), or 0; only without icc
    double primaries[8];      // x and y of white, red, green, blue; all zero for sRGB's own
    bool inverted;            // CMYK with 255 for no ink
} CIColors;

typedef enum { CI_GRAY, CI_RGB, CI_CMYK } CISpace;

/// Converts samples to 8-bit sRGB (gray stays gray).
///
/// `in` has `count` pixels of `space` samples, then one of alpha if `alpha`, each of `bits` 8 or 16 in host order;
/// `out` gets 8-bit samples, 1 for gray, 3 for RGB and CMYK, alpha after them. `in` and `out` may be the same block.
/// A profile that is broken or for another space counts as absent, as in browsers.
bool ci_convert(const CIColors *colors, CISpace space, bool alpha, int32_t bits, const void *in, uint8_t *out,
                size_t count, CIReport *report);
