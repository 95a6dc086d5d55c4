// Coloured pictures of a font: sequences of characters to glyphs through HarfBuzz, glyphs to pixels through FreeType.

#include "internal.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

// Bitmaps of emoji fonts are about 136 pixels wide; more than this no font needs.
enum { LONGEST_SIDE = 2048 };

struct CIColourFont {
    FT_Library library;
    FT_Face face;
    hb_font_t *shaper;
    uint8_t *bytes;
};

void ci_colour_font_close(CIColourFont *font) {
    if (!font) return;
    if (font->shaper) hb_font_destroy(font->shaper);
    if (font->face) FT_Done_Face(font->face);
    if (font->library) FT_Done_FreeType(font->library);
    free(font->bytes);
    free(font);
}

CIColourFont *ci_colour_font_open(const uint8_t *bytes, size_t count, CIReport *report) {
    *report = (CIReport){0};
    if (count > UINT_MAX) {
        ci_fail(report, CI_UNSUPPORTED, "a font of more than 4 GB");
        return NULL;
    }
    CIColourFont *font = calloc(1, sizeof *font);
    if (font) font->bytes = malloc(count > 0 ? count : 1);
    if (!font || !font->bytes || FT_Init_FreeType(&font->library) != 0) {
        ci_fail(report, CI_NO_MEMORY, "");
    } else {
        memcpy(font->bytes, bytes, count);
        const FT_Error error = FT_New_Memory_Face(font->library, font->bytes, (FT_Long)count, 0, &font->face);
        if (error != 0) {
            ci_fail(report, CI_DAMAGED, "no font that FreeType knows");
        } else if (!FT_HAS_COLOR(font->face) || !FT_HAS_FIXED_SIZES(font->face)) {
            ci_fail(report, CI_UNSUPPORTED, "a font without coloured bitmaps (table CBDT)");
        } else {
            int largest = 0;
            for (int size = 1; size < font->face->num_fixed_sizes; size++) {
                if (font->face->available_sizes[size].y_ppem > font->face->available_sizes[largest].y_ppem)
                    largest = size;
            }
            hb_blob_t *blob =
                hb_blob_create((const char *)font->bytes, (unsigned)count, HB_MEMORY_MODE_READONLY, NULL, NULL);
            hb_face_t *face = hb_face_create(blob, 0);
            hb_blob_destroy(blob);
            font->shaper = hb_font_create(face);
            hb_face_destroy(face);
            if (FT_Select_Size(font->face, largest) == 0) return font;
            ci_fail(report, CI_DAMAGED, "a font whose bitmap sizes cannot be used");
        }
    }
    ci_colour_font_close(font);
    return NULL;
}

uint32_t ci_colour_font_glyph(CIColourFont *font, const uint32_t *characters, int32_t count) {
    if (count < 1) return 0;
    hb_buffer_t *buffer = hb_buffer_create();
    hb_buffer_add_utf32(buffer, characters, count, 0, count);
    hb_buffer_guess_segment_properties(buffer);
    hb_shape(font->shaper, buffer, NULL, 0);
    unsigned glyphs = 0;
    const hb_glyph_info_t *infos = hb_buffer_get_glyph_infos(buffer, &glyphs);
    const uint32_t glyph = glyphs == 1 && infos ? infos[0].codepoint : 0;
    hb_buffer_destroy(buffer);
    return glyph;
}

bool ci_colour_font_picture(CIColourFont *font, uint32_t glyph, CIPixels *out, CIReport *report) {
    *report = (CIReport){0};
    if (FT_Load_Glyph(font->face, glyph, FT_LOAD_COLOR) != 0) {
        return ci_fail(report, CI_DAMAGED, "a glyph that cannot be loaded");
    }
    const FT_Bitmap *bitmap = &font->face->glyph->bitmap;
    if (font->face->glyph->format != FT_GLYPH_FORMAT_BITMAP || bitmap->pixel_mode != FT_PIXEL_MODE_BGRA) {
        return ci_fail(report, CI_UNSUPPORTED, "a glyph without colours");
    }
    const int64_t width = bitmap->width, height = bitmap->rows;
    if (width < 1 || height < 1) return ci_fail(report, CI_UNSUPPORTED, "an empty glyph");
    if (width > LONGEST_SIDE || height > LONGEST_SIDE) return ci_fail(report, CI_TOO_LARGE, "");
    uint8_t *pixels = malloc((size_t)(width * height) * 4);
    if (!pixels) return ci_fail(report, CI_NO_MEMORY, "");
    for (int64_t y = 0; y < height; y++) {
        const uint8_t *row = bitmap->buffer + y * bitmap->pitch;
        uint8_t *to = pixels + y * width * 4;
        for (int64_t x = 0; x < width; x++, row += 4, to += 4) {
            // Blue, green, red, multiplied by alpha: to straight red, green, blue.
            const uint32_t alpha = row[3];
            for (int channel = 0; channel < 3; channel++) {
                const uint32_t value = alpha ? (row[2 - channel] * 255u + alpha / 2) / alpha : 0;
                to[channel] = (uint8_t)(value > 255 ? 255 : value);
            }
            to[3] = (uint8_t)alpha;
        }
    }
    *out = (CIPixels){width, height, 4, pixels};
    return true;
}
