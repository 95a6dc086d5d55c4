// PNG through libpng. Its longjmp stays inside the functions named *_guarded: each has one setjmp and keeps what must
// be freed in a struct that belongs to its caller.

#include "internal.h"

#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
    png_structp png;
    png_infop info;
    png_bytepp rows;
    uint8_t *samples, *converted;
    CIReport *report;
} Reader;

static void on_error(png_structp png, png_const_charp message) {
    CIReport *report = png_get_error_ptr(png);
    if (report->failure == CI_NONE) ci_fail(report, CI_DAMAGED, message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void read_bytes(png_structp png, png_bytep target, size_t wanted) {
    Reader *reader = png_get_io_ptr(png);
    if (wanted > reader->count - reader->position) {
        reader->report->failure = CI_TRUNCATED;
        png_error(png, "");
    }
    memcpy(target, reader->bytes + reader->position, wanted);
    reader->position += wanted;
}

/// What the file says about its colours: a profile, or the two older chunks, or nothing.
static CIColors read_colors(Reader *reader) {
    CIColors colors = {0};
    png_structp png = reader->png;
    png_infop info = reader->info;
    png_charp name;
    png_bytep profile;
    png_uint_32 length;
    int method;
    double gamma = 0, *p = colors.primaries;
    if (png_get_valid(png, info, PNG_INFO_sRGB)) return colors;
    if (png_get_iCCP(png, info, &name, &method, &profile, &length)) {
        colors.icc = profile;
        colors.icc_count = length;
    } else if (png_get_gAMA(png, info, &gamma) && gamma > 0.1 && gamma < 5 && fabs(gamma - 1 / 2.2) > 0.02) {
        colors.gamma = 1 / gamma;
        if (png_get_valid(png, info, PNG_INFO_cHRM))
            png_get_cHRM(png, info, p, p + 1, p + 2, p + 3, p + 4, p + 5, p + 6, p + 7);
    }
    return colors;
}

/// Gray with alpha has no layout of its own outside: its gray goes to all three colours.
static void spread_gray_alpha(const uint8_t *in, uint8_t *out, size_t count) {
    for (size_t i = 0; i < count; i++, in += 2, out += 4) {
        out[0] = out[1] = out[2] = in[0];
        out[3] = in[1];
    }
}

static bool decode_guarded(Reader *reader, int64_t pixel_limit, CIPixels *out) {
    png_structp png = reader->png;
    png_infop info = reader->info;
    CIReport *report = reader->report;
    if (setjmp(png_jmpbuf(png))) return false;

    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_chunk_malloc_max(png, 16 << 20);
    png_set_chunk_cache_max(png, 256);
    png_set_read_fn(png, reader, read_bytes);
    png_read_info(png, info);

    const int64_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (!ci_accept_size(width, height, pixel_limit, report)) return false;

    png_set_expand(png);
    png_set_interlace_handling(png);
    const CIColors colors = read_colors(reader);
    const bool has_profile = colors.icc || colors.gamma > 0;
    if (png_get_bit_depth(png, info) == 16) {
        const uint16_t one = 1;
        if (!has_profile) png_set_scale_16(png);
        else if (*(const uint8_t *)&one) png_set_swap(png);
    }
    png_read_update_info(png, info);

    const int32_t bits = png_get_bit_depth(png, info), channels = png_get_channels(png, info);
    const size_t stride = png_get_rowbytes(png, info), count = (size_t)width * (size_t)height;
    if (stride != (size_t)width * (size_t)channels * (size_t)(bits / 8) || channels > 4)
        return ci_fail(report, CI_UNSUPPORTED, "unexpected row layout");
    reader->samples = malloc(stride * (size_t)height);
    reader->rows = malloc(sizeof(png_bytep) * (size_t)height);
    if (!reader->samples || !reader->rows) return ci_fail(report, CI_NO_MEMORY, "");
    for (int64_t y = 0; y < height; y++) reader->rows[y] = reader->samples + (size_t)y * stride;
    png_read_image(png, reader->rows);

    if (has_profile) {
        const bool alpha = channels == 2 || channels == 4;
        uint8_t *target = reader->samples;
        if (bits == 16) target = reader->converted = malloc(count * (size_t)channels);
        if (!target) return ci_fail(report, CI_NO_MEMORY, "");
        if (!ci_convert(&colors, channels < 3 ? CI_GRAY : CI_RGB, alpha, bits, reader->samples, target, count, report))
            return false;
        if (reader->converted) {
            free(reader->samples);
            reader->samples = reader->converted;
            reader->converted = NULL;
        }
    }
    png_read_end(png, NULL);
    if (channels == 2) {
        reader->converted = malloc(count * 4);
        if (!reader->converted) return ci_fail(report, CI_NO_MEMORY, "");
        spread_gray_alpha(reader->samples, reader->converted, count);
        free(reader->samples);
        reader->samples = reader->converted;
        reader->converted = NULL;
    }
    *out = (CIPixels){width, height, channels == 2 ? 4 : channels, reader->samples};
    reader->samples = NULL;
    return true;
}

bool ci_png_decode(const uint8_t *bytes, size_t count, int64_t pixel_limit, CIPixels *out, CIReport *report) {
    Reader reader = {.bytes = bytes, .count = count, .report = report};
    *report = (CIReport){0};
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, report, on_error, on_warning);
    if (reader.png) reader.info = png_create_info_struct(reader.png);
    const bool done = reader.info ? decode_guarded(&reader, pixel_limit, out) : ci_fail(report, CI_NO_MEMORY, "");
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    free(reader.rows);
    free(reader.samples);
    free(reader.converted);
    return done;
}

typedef struct {
    png_structp png;
    png_infop info;
    CIBlock block;
    size_t capacity;
    png_textp texts;
    CIReport *report;
} Writer;

static void write_bytes(png_structp png, png_bytep source, size_t count) {
    Writer *writer = png_get_io_ptr(png);
    CIBlock *block = &writer->block;
    if (count > writer->capacity - block->count) {
        size_t capacity = (block->count + count) * 3 / 2 + 4096;
        uint8_t *grown = realloc(block->bytes, capacity);
        if (!grown) {
            writer->report->failure = CI_NO_MEMORY;
            png_error(png, "");
        }
        block->bytes = grown;
        writer->capacity = capacity;
    }
    memcpy(block->bytes + block->count, source, count);
    block->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

static bool encode_guarded(Writer *writer, const CIPixels *image, const CIText *texts, int32_t text_count) {
    png_structp png = writer->png;
    png_infop info = writer->info;
    if (setjmp(png_jmpbuf(png))) return false;

    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_write_fn(png, writer, write_bytes, flush_nothing);
    const int kind = image->channels == 1   ? PNG_COLOR_TYPE_GRAY
                     : image->channels == 3 ? PNG_COLOR_TYPE_RGB
                                            : PNG_COLOR_TYPE_RGB_ALPHA;
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8, kind, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    if (text_count > 0) {
        writer->texts = calloc((size_t)text_count, sizeof(png_text));
        if (!writer->texts) return ci_fail(writer->report, CI_NO_MEMORY, "");
        for (int32_t i = 0; i < text_count; i++) {
            png_textp text = &writer->texts[i];
            text->compression = texts[i].latin1 ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
            text->key = (png_charp)texts[i].key;
            text->text = (png_charp)texts[i].text;
            *(texts[i].latin1 ? &text->text_length : &text->itxt_length) = texts[i].length;
        }
        png_set_text(png, info, writer->texts, text_count);
    }
    png_write_info(png, info);
    const size_t stride = (size_t)image->width * (size_t)image->channels;
    for (int64_t y = 0; y < image->height; y++) png_write_row(png, image->pixels + (size_t)y * stride);
    png_write_end(png, NULL);
    return true;
}

bool ci_png_encode(const CIPixels *image, const CIText *texts, int32_t text_count, CIBlock *out, CIReport *report) {
    Writer writer = {.report = report};
    *report = (CIReport){0};
    writer.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, report, on_error, on_warning);
    if (writer.png) writer.info = png_create_info_struct(writer.png);
    const bool done =
        writer.info ? encode_guarded(&writer, image, texts, text_count) : ci_fail(report, CI_NO_MEMORY, "");
    png_destroy_write_struct(&writer.png, &writer.info);
    free(writer.texts);
    if (done) *out = writer.block;
    else free(writer.block.bytes);
    return done;
}

bool ci_inflate(const uint8_t *bytes, size_t count, size_t limit, CIBlock *out, CIReport *report) {
    *report = (CIReport){0};
    if (count > UINT32_MAX || limit > UINT32_MAX) return ci_fail(report, CI_TOO_LARGE, "");
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count};
    if (inflateInit(&stream) != Z_OK) return ci_fail(report, CI_NO_MEMORY, "");
    CIBlock block = {0};
    int status = Z_OK;
    while (status == Z_OK && block.count <= limit) {
        uint8_t *grown = realloc(block.bytes, block.count * 2 + 4096);
        if (!grown) {
            status = Z_MEM_ERROR;
            break;
        }
        block.bytes = grown;
        const size_t room = block.count + 4096;
        stream.next_out = block.bytes + block.count;
        stream.avail_out = (uInt)room;
        status = inflate(&stream, Z_NO_FLUSH);
        block.count += room - stream.avail_out;
    }
    inflateEnd(&stream);
    if (status == Z_STREAM_END && block.count <= limit) {
        *out = block;
        return true;
    }
    free(block.bytes);
    return ci_fail(report,
                   status == Z_MEM_ERROR   ? CI_NO_MEMORY
                   : block.count > limit   ? CI_TOO_LARGE
                   : status == Z_BUF_ERROR ? CI_TRUNCATED
                                           : CI_DAMAGED,
                   stream.msg);
}
