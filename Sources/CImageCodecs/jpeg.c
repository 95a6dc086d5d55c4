// JPEG through libjpeg-turbo, strictly: what libjpeg calls a warning about lost data is a failure here, because a
// half-gray picture must not slip into a data set.

#include "internal.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>

/// A picture has about ten scans; a file with hundreds is built to cost time.
enum { MOST_SCANS = 100 };

typedef struct {
    struct jpeg_error_mgr base;  // first, so that a pointer to it is a pointer to the whole
    jmp_buf jump;
    CIReport *report;
} Failures;

static CIFailure kind_of(int code) {
    switch (code) {
    case JERR_OUT_OF_MEMORY: return CI_NO_MEMORY;
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY: return CI_TRUNCATED;
    case JERR_CANT_SUSPEND:
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: return CI_UNSUPPORTED;
    default: return CI_DAMAGED;
    }
}

static void give_up(j_common_ptr info) {
    Failures *failures = (Failures *)info->err;
    char words[JMSG_LENGTH_MAX];
    failures->base.format_message(info, words);
    ci_fail(failures->report, kind_of(failures->base.msg_code), words);
    longjmp(failures->jump, 1);
}

static void on_message(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_TOO_MUCH_DATA: return;  // odd, but nothing is lost
    default: give_up(info);
    }
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void on_progress(j_common_ptr info) {
    if (info->is_decompressor && ((j_decompress_ptr)info)->input_scan_number > MOST_SCANS) {
        Failures *failures = (Failures *)info->err;
        ci_fail(failures->report, CI_UNSUPPORTED, "more than 100 scans");
        longjmp(failures->jump, 1);
    }
}

static struct jpeg_error_mgr *watch(Failures *failures, CIReport *report) {
    jpeg_std_error(&failures->base);
    failures->base.error_exit = give_up;
    failures->base.emit_message = on_message;
    failures->base.output_message = print_nothing;
    failures->report = report;
    return &failures->base;
}

typedef struct {
    struct jpeg_decompress_struct info;
    struct jpeg_progress_mgr progress;
    Failures failures;
    uint8_t *samples, *converted;
    JOCTET *profile;
} Reader;

static bool decode_guarded(Reader *reader, const uint8_t *bytes, size_t count, int64_t pixel_limit, CIPixels *out) {
    struct jpeg_decompress_struct *info = &reader->info;
    CIReport *report = reader->failures.report;
    if (setjmp(reader->failures.jump)) return false;

    jpeg_create_decompress(info);
    info->progress = &reader->progress;
    reader->progress.progress_monitor = on_progress;
    jpeg_mem_src(info, (unsigned char *)bytes, (unsigned long)count);
    jpeg_save_markers(info, JPEG_APP0 + 2, 0xffff);
    jpeg_read_header(info, TRUE);
    if (!ci_accept_size(info->image_width, info->image_height, pixel_limit, report)) return false;

    CISpace space = CI_RGB;
    switch (info->num_components) {
    case 1: space = CI_GRAY, info->out_color_space = JCS_GRAYSCALE; break;
    case 3: info->out_color_space = JCS_RGB; break;
    case 4: space = CI_CMYK, info->out_color_space = JCS_CMYK; break;
    default: return ci_fail(report, CI_UNSUPPORTED, "a number of colour components other than 1, 3 and 4");
    }
    CIColors colors = {.inverted = space == CI_CMYK && info->saw_Adobe_marker};
    unsigned int profile_count = 0;
    if (jpeg_read_icc_profile(info, &reader->profile, &profile_count)) {
        colors.icc = reader->profile;
        colors.icc_count = profile_count;
    }

    jpeg_start_decompress(info);
    const size_t width = info->output_width, height = info->output_height, channels = (size_t)info->output_components;
    reader->samples = malloc(width * height * channels);
    if (!reader->samples) return ci_fail(report, CI_NO_MEMORY, "");
    while (info->output_scanline < info->output_height) {
        JSAMPROW row = reader->samples + info->output_scanline * width * channels;
        jpeg_read_scanlines(info, &row, 1);
    }
    jpeg_finish_decompress(info);

    if (colors.icc || space == CI_CMYK) {
        uint8_t *target = reader->samples;
        if (space == CI_CMYK) target = reader->converted = malloc(width * height * 3);
        if (!target) return ci_fail(report, CI_NO_MEMORY, "");
        if (!ci_convert(&colors, space, false, 8, reader->samples, target, width * height, report)) return false;
    }
    uint8_t *result = reader->converted ? reader->converted : reader->samples;
    *(reader->converted ? &reader->converted : &reader->samples) = NULL;
    *out = (CIPixels){(int64_t)width, (int64_t)height, space == CI_GRAY ? 1 : 3, result};
    return true;
}

bool ci_jpeg_decode(const uint8_t *bytes, size_t count, int64_t pixel_limit, CIPixels *out, CIReport *report) {
    Reader reader = {0};
    *report = (CIReport){0};
    reader.info.err = watch(&reader.failures, report);
    const bool done = decode_guarded(&reader, bytes, count, pixel_limit, out);
    jpeg_destroy_decompress(&reader.info);
    free(reader.samples);
    free(reader.converted);
    free(reader.profile);
    return done;
}

typedef struct {
    struct jpeg_compress_struct info;
    Failures failures;
    unsigned char *bytes;
    unsigned long count;
} Writer;

static bool encode_guarded(Writer *writer, const CIPixels *image, int32_t quality) {
    struct jpeg_compress_struct *info = &writer->info;
    if (setjmp(writer->failures.jump)) return false;

    jpeg_create_compress(info);
    jpeg_mem_dest(info, &writer->bytes, &writer->count);
    info->image_width = (JDIMENSION)image->width;
    info->image_height = (JDIMENSION)image->height;
    info->input_components = image->channels;
    info->in_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, quality, TRUE);
    info->optimize_coding = TRUE;
    if (quality >= 90 && image->channels == 3) info->comp_info[0].h_samp_factor = info->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(info, TRUE);
    const size_t stride = (size_t)image->width * (size_t)image->channels;
    while (info->next_scanline < info->image_height) {
        JSAMPROW row = image->pixels + info->next_scanline * stride;
        jpeg_write_scanlines(info, &row, 1);
    }
    jpeg_finish_compress(info);
    return true;
}

bool ci_jpeg_encode(const CIPixels *image, int32_t quality, CIBlock *out, CIReport *report) {
    Writer writer = {0};
    *report = (CIReport){0};
    writer.info.err = watch(&writer.failures, report);
    const bool done = encode_guarded(&writer, image, quality);
    jpeg_destroy_compress(&writer.info);
    // After a failure the block is not freed: libjpeg may have moved it without telling.
    if (done) *out = (CIBlock){writer.bytes, writer.count};
    return done;
}
