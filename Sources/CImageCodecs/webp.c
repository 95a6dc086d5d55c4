// Still WebP pictures through libwebp.

#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include "webp.h"

bool ci_webp_open(const uint8_t *bytes, size_t count, int64_t pixel_limit, WebPBitstreamFeatures *features,
                  CIReport *report) {
    *report = (CIReport){0};
    switch (WebPGetFeatures(bytes, count, features)) {
    case VP8_STATUS_OK: break;
    case VP8_STATUS_NOT_ENOUGH_DATA: return ci_fail(report, CI_TRUNCATED, "");
    default: return ci_fail(report, CI_DAMAGED, "the header makes no sense");
    }
    if (!ci_accept_size(features->width, features->height, pixel_limit, report)) return false;
    // The RIFF header tells how long the file is.
    const uint64_t declared = (uint64_t)bytes[4] | (uint64_t)bytes[5] << 8 | (uint64_t)bytes[6] << 16 |
                              (uint64_t)bytes[7] << 24;
    return declared + 8 <= count || ci_fail(report, CI_TRUNCATED, "");
}

/// Colours of the file to sRGB, in place.
static bool apply_profile(const uint8_t *bytes, size_t count, CIPixels *image, CIReport *report) {
    const WebPData data = {bytes, count};
    WebPDemuxer *demuxer = WebPDemux(&data);
    WebPChunkIterator chunk;
    bool done = true;
    if (demuxer && WebPDemuxGetChunk(demuxer, "ICCP", 1, &chunk)) {
        const CIColors colors = {.icc = chunk.chunk.bytes, .icc_count = chunk.chunk.size};
        done = ci_convert(&colors, CI_RGB, image->channels == 4, 8, image->pixels, image->pixels,
                          (size_t)(image->width * image->height), report);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    WebPDemuxDelete(demuxer);
    return done;
}

static bool decode_still(const uint8_t *bytes, size_t count, CIPixels *image, CIReport *report) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return ci_fail(report, CI_UNSUPPORTED, "another version of libwebp");
    const size_t stride = (size_t)(image->width * image->channels);
    config.output.colorspace = image->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = image->pixels;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = stride * (size_t)image->height;
    const VP8StatusCode status = WebPDecode(bytes, count, &config);
    WebPFreeDecBuffer(&config.output);
    switch (status) {
    case VP8_STATUS_OK: return true;
    case VP8_STATUS_OUT_OF_MEMORY: return ci_fail(report, CI_NO_MEMORY, "");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED: return ci_fail(report, CI_TRUNCATED, "");
    case VP8_STATUS_UNSUPPORTED_FEATURE: return ci_fail(report, CI_UNSUPPORTED, "");
    default: return ci_fail(report, CI_DAMAGED, "the compressed picture makes no sense");
    }
}

static bool decode_first_frame(const uint8_t *bytes, size_t count, CIPixels *image, CIReport *report) {
    const WebPData data = {bytes, count};
    WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, NULL);
    uint8_t *frame;
    int end;
    const bool done = decoder && WebPAnimDecoderGetNext(decoder, &frame, &end);
    if (done) memcpy(image->pixels, frame, (size_t)(image->width * image->height) * 4);
    WebPAnimDecoderDelete(decoder);
    return done || ci_fail(report, CI_DAMAGED, "the first frame makes no sense");
}

bool ci_webp_decode(const uint8_t *bytes, size_t count, int64_t pixel_limit, CIPixels *out, CIReport *report) {
    WebPBitstreamFeatures features;
    if (!ci_webp_open(bytes, count, pixel_limit, &features, report)) return false;
    CIPixels image = {features.width, features.height, features.has_alpha || features.has_animation ? 4 : 3, NULL};
    image.pixels = malloc((size_t)(image.width * image.height * image.channels));
    if (!image.pixels) return ci_fail(report, CI_NO_MEMORY, "");
    const bool done = (features.has_animation ? decode_first_frame : decode_still)(bytes, count, &image, report) &&
                      apply_profile(bytes, count, &image, report);
    if (done) *out = image;
    else free(image.pixels);
    return done;
}

bool ci_webp_configure(double quality, WebPConfig *config) {
    if (!WebPConfigInit(config)) return false;
    config->lossless = quality < 0;
    config->exact = quality < 0;
    config->quality = quality < 0 ? 75 : (float)quality;
    config->method = 4;
    return WebPValidateConfig(config) != 0;
}

bool ci_webp_import(const CIPixels *image, WebPPicture *picture, CIReport *report) {
    if (!WebPPictureInit(picture)) return ci_fail(report, CI_UNSUPPORTED, "another version of libwebp");
    if (image->width > WEBP_MAX_DIMENSION || image->height > WEBP_MAX_DIMENSION)
        return ci_fail(report, CI_TOO_LARGE, "WebP holds at most 16383 pixels a side");
    picture->width = (int)image->width;
    picture->height = (int)image->height;
    picture->use_argb = 1;
    const int stride = (int)(image->width * image->channels);
    const int done = image->channels == 4 ? WebPPictureImportRGBA(picture, image->pixels, stride)
                                          : WebPPictureImportRGB(picture, image->pixels, stride);
    return done || ci_fail(report, CI_NO_MEMORY, "");
}

bool ci_webp_encode(const CIPixels *image, double quality, CIBlock *out, CIReport *report) {
    *report = (CIReport){0};
    WebPConfig config;
    WebPPicture picture;
    if (!ci_webp_configure(quality, &config)) return ci_fail(report, CI_UNSUPPORTED, "quality");
    if (!ci_webp_import(image, &picture, report)) return false;
    WebPMemoryWriter writer;
    WebPMemoryWriterInit(&writer);
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    const bool done = WebPEncode(&config, &picture) != 0;
    if (!done)
        ci_fail(report, picture.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ? CI_NO_MEMORY : CI_UNSUPPORTED,
                "libwebp refused the picture");
    WebPPictureFree(&picture);
    // WebPMemoryWriter's block may come from libwebp's own allocator, so it is copied.
    if (done) {
        out->bytes = malloc(writer.size);
        out->count = writer.size;
        if (out->bytes) memcpy(out->bytes, writer.mem, writer.size);
    }
    WebPMemoryWriterClear(&writer);
    return done && (out->bytes || ci_fail(report, CI_NO_MEMORY, ""));
}
