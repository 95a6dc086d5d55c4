// Animated WebP through libwebpmux and libwebpdemux.

#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <webp/demux.h>
#include <webp/mux.h>

#include "webp.h"

bool ci_webp_frames(const uint8_t *bytes, size_t count, int64_t pixel_limit, CIFrames *out, CIReport *report) {
    WebPBitstreamFeatures features;
    if (!ci_webp_open(bytes, count, pixel_limit, &features, report)) return false;
    const WebPData data = {bytes, count};
    WebPAnimInfo info;
    // A still picture passes here too, as an animation of one frame that lasts no time.
    WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, NULL);
    if (!decoder || !WebPAnimDecoderGetInfo(decoder, &info) || info.frame_count == 0) {
        WebPAnimDecoderDelete(decoder);
        return ci_fail(report, CI_DAMAGED, "the frames make no sense");
    }
    const int64_t area = (int64_t)info.canvas_width * info.canvas_height;
    CIFrames frames = {.width = info.canvas_width, .height = info.canvas_height, .loops = (int32_t)info.loop_count};
    bool done = true;
    if (info.frame_count > pixel_limit / area) {
        report->width = info.canvas_width;
        report->height = (int64_t)info.canvas_height * info.frame_count;
        done = ci_fail(report, CI_TOO_LARGE, "all frames together");
    } else {
        frames.pixels = malloc((size_t)area * 4 * info.frame_count);
        frames.end_milliseconds = malloc(sizeof(int32_t) * info.frame_count);
        if (!frames.pixels || !frames.end_milliseconds) done = ci_fail(report, CI_NO_MEMORY, "");
    }
    while (done && frames.frames < (int32_t)info.frame_count) {
        uint8_t *canvas;
        int end;
        if (!WebPAnimDecoderGetNext(decoder, &canvas, &end)) {
            done = ci_fail(report, CI_DAMAGED, "a frame makes no sense");
            break;
        }
        memcpy(frames.pixels + (size_t)frames.frames * (size_t)area * 4, canvas, (size_t)area * 4);
        frames.end_milliseconds[frames.frames++] = end;
    }
    WebPAnimDecoderDelete(decoder);
    if (done) {
        *out = frames;
    } else {
        free(frames.pixels);
        free(frames.end_milliseconds);
    }
    return done;
}

struct CIAnimation {
    WebPAnimEncoder *encoder;
};

CIAnimation *ci_animation_new(int64_t width, int64_t height, int32_t loops, CIReport *report) {
    *report = (CIReport){.width = width, .height = height};
    WebPAnimEncoderOptions options;
    CIAnimation *animation = calloc(1, sizeof *animation);
    if (!animation || !WebPAnimEncoderOptionsInit(&options)) {
        ci_fail(report, CI_NO_MEMORY, "");
    } else if (width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION) {
        ci_fail(report, CI_TOO_LARGE, "WebP holds at most 16383 pixels a side");
    } else {
        options.anim_params.loop_count = loops;
        animation->encoder = WebPAnimEncoderNew((int)width, (int)height, &options);
        if (animation->encoder) return animation;
        ci_fail(report, CI_NO_MEMORY, "");
    }
    free(animation);
    return NULL;
}

bool ci_animation_add(CIAnimation *animation, const CIPixels *frame, int32_t start_milliseconds, double quality,
                      CIReport *report) {
    *report = (CIReport){0};
    WebPConfig config;
    WebPPicture picture;
    if (!ci_webp_configure(quality, &config)) return ci_fail(report, CI_UNSUPPORTED, "quality");
    if (!ci_webp_import(frame, &picture, report)) return false;
    const bool done = WebPAnimEncoderAdd(animation->encoder, &picture, start_milliseconds, &config) != 0;
    WebPPictureFree(&picture);
    return done || ci_fail(report, CI_UNSUPPORTED, WebPAnimEncoderGetError(animation->encoder));
}

bool ci_animation_finish(CIAnimation *animation, int32_t end_milliseconds, CIBlock *out, CIReport *report) {
    *report = (CIReport){0};
    WebPData data;
    WebPDataInit(&data);
    if (!WebPAnimEncoderAdd(animation->encoder, NULL, end_milliseconds, NULL) ||
        !WebPAnimEncoderAssemble(animation->encoder, &data))
        return ci_fail(report, CI_UNSUPPORTED, WebPAnimEncoderGetError(animation->encoder));
    out->bytes = malloc(data.size);
    out->count = data.size;
    if (out->bytes) memcpy(out->bytes, data.bytes, data.size);
    WebPDataClear(&data);
    return out->bytes || ci_fail(report, CI_NO_MEMORY, "");
}

void ci_animation_free(CIAnimation *animation) {
    if (!animation) return;
    WebPAnimEncoderDelete(animation->encoder);
    free(animation);
}
