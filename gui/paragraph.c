/// Wraps and shortens: see paragraph.h.
#include "paragraph.h"

#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 400 };

/// Bytes of the first line of text that has room characters.
static size_t line_bytes(const char *text, size_t room) {
  size_t all = strlen(text);
  if (all <= room) return all;
  for (size_t at = room; at > room / 2; at--) {
    if (text[at] == ' ') return at;
  }
  return room;
}

int paragraph(display_list_t *list, list_box_t box, theme_size_t size, theme_color_t color,
              const char *text) {
  int line_px = theme_font(size)->line_px, line_max = box.h / line_px, lines = 0;
  size_t room = (size_t)list_fits(size, box.w);
  if (room >= LINE_BYTES) room = LINE_BYTES - 1;
  while (*text != '\0' && lines < line_max && room > 4) {
    size_t bytes = line_bytes(text, room);
    int is_cut = lines + 1 == line_max && text[bytes] != '\0';
    if (is_cut && bytes > room - 2) bytes = room - 2;
    list_text(list, list_box(box.x, box.y + lines * line_px, box.w, line_px), size, LIST_LEFT,
              color, "%.*s%s", (int)bytes, text, is_cut ? ".." : "");
    text += bytes;
    text += strspn(text, " ");
    lines++;
  }
  return lines;
}

/// 1 iff the byte goes on with a character of UTF-8.
static int is_inside(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

void paragraph_short(const char *text, int characters, char *out, size_t out_bytes) {
  int length = (int)strlen(text);
  if (characters < 0) characters = 0;
  if (length <= characters) {
    snprintf(out, out_bytes, "%s", text);
  } else if (characters < 6) {
    snprintf(out, out_bytes, "%.*s", characters, text);
  } else {
    int tail = (characters - 2) / 2, head = characters - 2 - tail;
    while (tail > 0 && is_inside(text[length - tail])) tail--;
    while (head > 0 && is_inside(text[head])) head--;
    snprintf(out, out_bytes, "%.*s..%s", head, text, text + length - tail);
  }
}

void paragraph_line(display_list_t *list, list_box_t box, theme_size_t size, theme_color_t color,
                    const char *text) {
  char line[LINE_BYTES];
  paragraph_short(text, list_fits(size, box.w), line, sizeof line);
  list_text(list, box, size, LIST_LEFT, color, "%s", line);
}
