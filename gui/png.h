/// Writes pictures as PNG. The program has zlib already: with it a writer is a page of code, and no
/// picture library is needed.
#ifndef GUI_PNG_H
#define GUI_PNG_H

#include <stdint.h>

/// Rows from the top, each pixel 0x??RRGGBB. 0, or -1 iff there is no memory or the file cannot be
/// written.
int png_write(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height,
              uint32_t stride_pixels);

#endif
