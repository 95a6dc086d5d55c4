// Glyphs through FreeType: outlines, lightly hinted (upright only), so that shapes are the same on every system.

#include "internal.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H
#include FT_OUTLINE_H
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct CIFont {
    FT_Library library;
    FT_Face face;
    uint8_t *bytes;
};

void ci_font_close(CIFont *font) {
    if (!font) return;
    if (font->face) FT_Done_Face(font->face);
    if (font->library) FT_Done_FreeType(font->library);
    free(font->bytes);
    free(font);
}

CIFont *ci_font_open(const uint8_t *bytes, size_t count, CIReport *report) {
    *report = (CIReport){0};
    CIFont *font = calloc(1, sizeof *font);
    if (font) font->bytes = malloc(count > 0 ? count : 1);
    if (!font || !font->bytes || FT_Init_FreeType(&font->library) != 0) {
        ci_fail(report, CI_NO_MEMORY, "");
    } else {
        memcpy(font->bytes, bytes, count);
        const FT_Error error = FT_New_Memory_Face(font->library, font->bytes, (FT_Long)count, 0, &font->face);
        if (error != 0) ci_fail(report, CI_DAMAGED, "no font that FreeType knows");
        else if (!FT_IS_SCALABLE(font->face)) ci_fail(report, CI_UNSUPPORTED, "a font without outlines");
        else return font;
    }
    ci_font_close(font);
    return NULL;
}

static bool set_size(CIFont *font, double size) {
    if (!(size >= 1 && size <= 1000)) return false;
    return FT_Set_Char_Size(font->face, 0, (FT_F26Dot6)lround(size * 64), 72, 72) == 0;
}

bool ci_font_metrics(CIFont *font, double size, double *ascent, double *descent, double *line_height) {
    if (!set_size(font, size) || font->face->units_per_EM == 0) return false;
    const double scale = size / font->face->units_per_EM;
    *ascent = font->face->ascender * scale;
    *descent = -font->face->descender * scale;
    *line_height = font->face->height * scale;
    return true;
}

static bool load(CIFont *font, double size, uint32_t character) {
    return set_size(font, size) &&
           FT_Load_Glyph(font->face, FT_Get_Char_Index(font->face, character), FT_LOAD_TARGET_LIGHT) == 0;
}

double ci_font_advance(CIFont *font, double size, uint32_t character) {
    FT_Fixed advance = 0;
    const FT_UInt glyph = FT_Get_Char_Index(font->face, character);
    if (font->face->units_per_EM == 0 || FT_Get_Advance(font->face, glyph, FT_LOAD_NO_SCALE, &advance) != 0) return 0;
    return (double)advance * size / font->face->units_per_EM;
}

double ci_font_kerning(CIFont *font, double size, uint32_t left, uint32_t right) {
    FT_Vector kerning = {0, 0};
    if (!FT_HAS_KERNING(font->face) || !set_size(font, size) ||
        FT_Get_Kerning(font->face, FT_Get_Char_Index(font->face, left), FT_Get_Char_Index(font->face, right),
                       FT_KERNING_UNFITTED, &kerning) != 0)
        return 0;
    return kerning.x / 64.0;
}

bool ci_font_glyph(CIFont *font, double size, uint32_t character, double shift, CIGlyph *out) {
    if (!load(font, size, character)) return false;
    FT_GlyphSlot slot = font->face->glyph;
    if (slot->format != FT_GLYPH_FORMAT_OUTLINE) return false;
    FT_Outline_Translate(&slot->outline, (FT_Pos)lround(shift * 64), 0);
    if (FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) != 0) return false;
    const FT_Bitmap *bitmap = &slot->bitmap;
    CIGlyph glyph = {(int32_t)bitmap->width, (int32_t)bitmap->rows, slot->bitmap_left, slot->bitmap_top,
                     ci_font_advance(font, size, character), NULL};
    const size_t count = (size_t)bitmap->width * bitmap->rows;
    glyph.coverage = calloc(count > 0 ? count : 1, 1);
    if (!glyph.coverage) return false;
    for (uint32_t y = 0; y < bitmap->rows; y++) {
        const uint8_t *row = bitmap->buffer + (ptrdiff_t)y * bitmap->pitch;
        memcpy(glyph.coverage + (size_t)y * bitmap->width, row, bitmap->width);
    }
    *out = glyph;
    return true;
}
