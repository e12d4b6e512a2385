/// Longer texts in boxes: wrapped into lines, or shortened in their middle where both ends matter.
///
/// Threads  pure functions
#ifndef GUI_PARAGRAPH_H
#define GUI_PARAGRAPH_H

#include <stddef.h>

#include "display_list.h"

/// Lines from the top of the box, broken at spaces; the last that fits ends in two dots where more
/// would follow. Returns the lines drawn.
int paragraph(display_list_t *list, list_box_t box, theme_size_t size, theme_color_t color,
              const char *text);

/// The text in at most so many characters: "phys.group..M3C5.V". ASCII.
void paragraph_short(const char *text, int characters, char *out, size_t out_bytes);

/// A line of text that is shortened so.
void paragraph_line(display_list_t *list, list_box_t box, theme_size_t size, theme_color_t color,
                    const char *text);

#endif
