#pragma once
// Picture files and glyphs behind plain C. No exception and no longjmp leaves these functions, none prints, and none
// allocates for a picture before its size was compared with the caller's limit. Every function may be called from
// any thread; a CIFont or CIAnimation serves one thread at a time.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Why a function returned false.
typedef enum {
    CI_NONE = 0,
    CI_TRUNCATED,    // the bytes end too early
    CI_DAMAGED,      // the bytes contradict the format
    CI_TOO_LARGE,    // more pixels than allowed; width and height are set
    CI_UNSUPPORTED,  // a legal variant that is not read or written here
    CI_NO_MEMORY,
} CIFailure;

typedef struct {
    CIFailure failure;
    int64_t width, height;  // as declared by the file, when known
    char detail[200];       // the codec's own words, or empty
} CIReport;

/// A block from malloc; give it back with ci_free.
typedef struct {
    uint8_t *bytes;
    size_t count;
} CIBlock;

/// Interleaved 8-bit sRGB samples, rows without padding; pixels from malloc.
typedef struct {
    int64_t width, height;
    int32_t channels;  // 1, 3 or 4
    uint8_t *pixels;
} CIPixels;

/// One text entry of a PNG file. With latin1, text holds ISO 8859-1 (tEXt), else UTF-8 (iTXt).
typedef struct {
    const char *key;
    const char *text;
    size_t length;
    bool latin1;
} CIText;

void ci_free(void *block);

bool ci_png_decode(const uint8_t *bytes, size_t count, int64_t pixel_limit, CIPixels *out, CIReport *report);
bool ci_png_encode(const CIPixels *image, const CIText *texts, int32_t text_count, CIBlock *out, CIReport *report);
/// Expands a zlib stream of at most `limit` expanded bytes.
bool ci_inflate(const uint8_t *bytes, size_t count, size_t limit, CIBlock *out, CIReport *report);

bool ci_jpeg_decode(const uint8_t *bytes, size_t count, int64_t pixel_limit, CIPixels *out, CIReport *report);
/// Quality 1…100; one or three channels. From 90 on, colour keeps the full resolution.
bool ci_jpeg_encode(const CIPixels *image, int32_t quality, CIBlock *out, CIReport *report);

/// The first frame, if the file is an animation.
bool ci_webp_decode(const uint8_t *bytes, size_t count, int64_t pixel_limit, CIPixels *out, CIReport *report);
/// Three or four channels; quality 0…100, below 0 for lossless.
bool ci_webp_encode(const CIPixels *image, double quality, CIBlock *out, CIReport *report);

typedef struct {
    int64_t width, height;
    int32_t frames, loops;
    uint8_t *pixels;            // all frames, RGBA
    int32_t *end_milliseconds;  // when each frame ends
} CIFrames;

/// `pixel_limit` counts the pixels of all frames together.
bool ci_webp_frames(const uint8_t *bytes, size_t count, int64_t pixel_limit, CIFrames *out, CIReport *report);

typedef struct CIAnimation CIAnimation;
CIAnimation *ci_animation_new(int64_t width, int64_t height, int32_t loops, CIReport *report);
bool ci_animation_add(CIAnimation *animation, const CIPixels *frame, int32_t start_milliseconds, double quality,
                      CIReport *report);
bool ci_animation_finish(CIAnimation *animation, int32_t end_milliseconds, CIBlock *out, CIReport *report);
void ci_animation_free(CIAnimation *animation);

typedef struct CIFont CIFont;

/// Coverage of one glyph, 0…255; `left` and `top` place it relative to the pen on the base line, y upwards.
typedef struct {
    int32_t width, height, left, top;
    double advance;  // pixels
    uint8_t *coverage;
} CIGlyph;

/// Copies the font file's bytes. Size means pixels per em in all functions below.
CIFont *ci_font_open(const uint8_t *bytes, size_t count, CIReport *report);
void ci_font_close(CIFont *font);
bool ci_font_metrics(CIFont *font, double size, double *ascent, double *descent, double *line_height);
double ci_font_advance(CIFont *font, double size, uint32_t character);
double ci_font_kerning(CIFont *font, double size, uint32_t left, uint32_t right);
/// `shift` moves the outline right by a fraction of a pixel.
bool ci_font_glyph(CIFont *font, double size, uint32_t character, double shift, CIGlyph *out);

typedef struct CIColourFont CIColourFont;

/// A font of coloured bitmaps, such as emoji; copies the file's bytes and takes its largest bitmaps.
CIColourFont *ci_colour_font_open(const uint8_t *bytes, size_t count, CIReport *report);
void ci_colour_font_close(CIColourFont *font);
/// The one glyph that a sequence of Unicode characters becomes, or 0 where it becomes none or several.
uint32_t ci_colour_font_glyph(CIColourFont *font, const uint32_t *characters, int32_t count);
/// The pixels of a glyph, RGBA with straight alpha.
bool ci_colour_font_picture(CIColourFont *font, uint32_t glyph, CIPixels *out, CIReport *report);

#ifdef __cplusplus
}
#endif
