// Embedded colour profiles → sRGB, by Little CMS.

#include "internal.h"

#include <lcms2.h>
#include <stdlib.h>
#include <string.h>

static void ignore_message(cmsContext context, cmsUInt32Number code, const char *text) {
    (void)context, (void)code, (void)text;
}

/// The tone curve of sRGB as the parametric curve of type 4.
static cmsToneCurve *srgb_curve(cmsContext context) {
    const double parameters[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    return cmsBuildParametricToneCurve(context, 4, parameters);
}

/// A profile from gamma and primaries, as PNG's gAMA and cHRM chunks give them.
static cmsHPROFILE described_profile(cmsContext context, const CIColors *colors, CISpace space) {
    cmsToneCurve *curve = cmsBuildGamma(context, colors->gamma);
    if (!curve) return NULL;
    cmsHPROFILE profile = NULL;
    if (space == CI_GRAY) {
        profile = cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve);
    } else {
        const double *p = colors->primaries;
        cmsCIExyY white = {0.3127, 0.3290, 1};
        cmsCIExyYTRIPLE rgb = {{0.64, 0.33, 1}, {0.30, 0.60, 1}, {0.15, 0.06, 1}};
        if (p[1] > 0 && p[3] > 0 && p[5] > 0 && p[7] > 0) {
            white = (cmsCIExyY){p[0], p[1], 1};
            rgb = (cmsCIExyYTRIPLE){{p[2], p[3], 1}, {p[4], p[5], 1}, {p[6], p[7], 1}};
        }
        cmsToneCurve *curves[3] = {curve, curve, curve};
        profile = cmsCreateRGBProfileTHR(context, &white, &rgb, curves);
    }
    cmsFreeToneCurve(curve);
    return profile;
}

static cmsHPROFILE source_profile(cmsContext context, const CIColors *colors, CISpace space) {
    if (colors->icc && colors->icc_count > 0 && colors->icc_count < UINT32_MAX) {
        cmsHPROFILE profile = cmsOpenProfileFromMemTHR(context, colors->icc, (cmsUInt32Number)colors->icc_count);
        if (!profile) return NULL;
        const cmsColorSpaceSignature wanted =
            space == CI_GRAY ? cmsSigGrayData : space == CI_RGB ? cmsSigRgbData : cmsSigCmykData;
        if (cmsGetColorSpace(profile) == wanted) return profile;
        cmsCloseProfile(profile);
        return NULL;
    }
    return colors->gamma > 0 && space != CI_CMYK ? described_profile(context, colors, space) : NULL;
}

static cmsHPROFILE target_profile(cmsContext context, CISpace space) {
    if (space != CI_GRAY) return cmsCreate_sRGBProfileTHR(context);
    cmsToneCurve *curve = srgb_curve(context);
    if (!curve) return NULL;
    cmsHPROFILE profile = cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve);
    cmsFreeToneCurve(curve);
    return profile;
}

/// True when the profile moves no 8-bit colour by more than two steps: then the picture is sRGB already, and
/// rounding through a transform would only do harm.
static bool is_nearly_srgb(cmsContext context, cmsHPROFILE source, cmsHPROFILE target) {
    cmsHTRANSFORM probe = cmsCreateTransformTHR(context, source, TYPE_RGB_8, target, TYPE_RGB_8,
                                                INTENT_PERCEPTUAL, cmsFLAGS_NOOPTIMIZE);
    if (!probe) return false;
    bool near = true;
    for (int32_t r = 0; r <= 255 && near; r += 51)
        for (int32_t g = 0; g <= 255 && near; g += 51)
            for (int32_t b = 0; b <= 255 && near; b += 51) {
                const uint8_t in[3] = {(uint8_t)r, (uint8_t)g, (uint8_t)b};
                uint8_t out[3];
                cmsDoTransform(probe, in, out, 1);
                for (int32_t c = 0; c < 3; c++) near = near && abs(in[c] - out[c]) <= 2;
            }
    cmsDeleteTransform(probe);
    return near;
}

/// Without a profile: 16 bits are rounded to 8, CMYK is taken as ideal inks, everything else is copied.
static void convert_plainly(const CIColors *colors, CISpace space, bool alpha, int32_t bits, const void *in,
                            uint8_t *out, size_t count) {
    if (space == CI_CMYK) {
        const uint8_t *ink = in;
        const uint8_t flip = colors->inverted ? 0 : 255;
        for (size_t i = 0; i < count; i++, ink += 4, out += 3) {
            const uint32_t black = ink[3] ^ flip;
            for (int32_t c = 0; c < 3; c++) out[c] = (uint8_t)(((ink[c] ^ flip) * black + 127) / 255);
        }
        return;
    }
    const size_t samples = count * ((space == CI_GRAY ? 1 : 3) + (alpha ? 1 : 0));
    if (bits == 16) {
        const uint16_t *wide = in;
        for (size_t i = 0; i < samples; i++) out[i] = (uint8_t)((wide[i] * 255u + 32767u) / 65535u);
    } else if (in != out) {
        memcpy(out, in, samples);
    }
}

bool ci_convert(const CIColors *colors, CISpace space, bool alpha, int32_t bits, const void *in, uint8_t *out,
                size_t count, CIReport *report) {
    cmsContext context = cmsCreateContext(NULL, NULL);
    if (!context) return ci_fail(report, CI_NO_MEMORY, "");
    cmsSetLogErrorHandlerTHR(context, ignore_message);
    cmsHPROFILE source = source_profile(context, colors, space);
    cmsHPROFILE target = source ? target_profile(context, space) : NULL;
    cmsHTRANSFORM transform = NULL;
    if (source && target && !(space == CI_RGB && is_nearly_srgb(context, source, target))) {
        const cmsUInt32Number kind = space == CI_GRAY ? PT_GRAY : space == CI_RGB ? PT_RGB : PT_CMYK;
        const cmsUInt32Number channels = space == CI_GRAY ? 1 : space == CI_RGB ? 3 : 4;
        const cmsUInt32Number from = COLORSPACE_SH(kind) | CHANNELS_SH(channels) | EXTRA_SH(alpha ? 1 : 0) |
                                     BYTES_SH(bits / 8) | FLAVOR_SH(colors->inverted ? 1 : 0);
        const cmsUInt32Number to = COLORSPACE_SH(space == CI_GRAY ? PT_GRAY : PT_RGB) |
                                   CHANNELS_SH(space == CI_GRAY ? 1 : 3) | EXTRA_SH(alpha ? 1 : 0) | BYTES_SH(1);
        transform = cmsCreateTransformTHR(context, source, from, target, to, INTENT_PERCEPTUAL,
                                          alpha ? cmsFLAGS_COPY_ALPHA : 0);
    }
    if (transform) {
        const size_t in_size = (size_t)(bits / 8) * ((space == CI_GRAY ? 1 : space == CI_RGB ? 3 : 4) + (alpha ? 1 : 0));
        const size_t out_size = (space == CI_GRAY ? 1 : 3) + (alpha ? 1 : 0);
        // In pieces, because a count is 32 bits wide there.
        for (size_t done = 0; done < count; done += 65536) {
            const size_t piece = count - done < 65536 ? count - done : 65536;
            cmsDoTransform(transform, (const uint8_t *)in + done * in_size, out + done * out_size,
                           (cmsUInt32Number)piece);
        }
        cmsDeleteTransform(transform);
    } else {
        convert_plainly(colors, space, alpha, bits, in, out, count);
    }
    if (target) cmsCloseProfile(target);
    if (source) cmsCloseProfile(source);
    cmsDeleteContext(context);
    return true;
}
