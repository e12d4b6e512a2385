/// The theme table: see theme.h.
#include "theme.h"

typedef struct {
  const char *name;
  uint32_t rgb[THEME_COUNT]; /* light, dark */
} color_row_t;

static const color_row_t colors[THEME_COLOR_COUNT] = {
    [THEME_WINDOW] = {"window", {0xE6EAEE, 0x0F1418}},
    [THEME_PANEL] = {"panel", {0xFFFFFF, 0x182026}},
    [THEME_PANEL_EDGE] = {"edge", {0xC6CDD4, 0x2C3840}},
    [THEME_RAISED] = {"raised", {0xF1F4F7, 0x232E36}},
    [THEME_HOVER] = {"hover", {0xD9E6F2, 0x31414D}},
    [THEME_CHOSEN] = {"chosen", {0xBBD6EE, 0x2A4F70}},
    [THEME_TEXT] = {"text", {0x161C21, 0xE4EAEE}},
    [THEME_SOFT] = {"soft", {0x55626D, 0x97A6B1}},
    [THEME_FAINT] = {"faint", {0xB4BDC5, 0x46555F}},
    [THEME_ACCENT] = {"accent", {0x0B63A5, 0x56B4E9}},
    [THEME_FINE] = {"fine", {0x2377AD, 0x3D93C9}},
    [THEME_WARN] = {"warn", {0xE69F00, 0xF0B429}},
    [THEME_BAD] = {"bad", {0xB3361E, 0xE2553B}},
    [THEME_ON_FILL] = {"on_fill", {0xFFFFFF, 0x0B1014}},
    [THEME_ON_WARN] = {"on_warn", {0x161C21, 0x0B1014}},
    [THEME_LOW_3] = {"low3", {0x5A98CE, 0x2F6CA3}},
    [THEME_LOW_2] = {"low2", {0x7FB0DA, 0x285680}},
    [THEME_LOW_1] = {"low1", {0xB9D5EC, 0x234560}},
    [THEME_MIDDLE] = {"middle", {0xE9EEF1, 0x26323A}},
    [THEME_HIGH_1] = {"high1", {0xF7DDB2, 0x473A28}},
    [THEME_HIGH_2] = {"high2", {0xF0BC6B, 0x664C20}},
    [THEME_HIGH_3] = {"high3", {0xDE8F2B, 0x8C6115}},
    [THEME_BLEED] = {"bleed", {0x7A3E9D, 0xB98AD9}},
    [THEME_USER] = {"user", {0x8A2BA8, 0xCC79A7}},
    [THEME_FAULT_SPAN] = {"fault_span", {0xF6E3DE, 0x3A2320}},
    [THEME_CHECK_SPAN] = {"check_span", {0xE2EEF7, 0x1B2E3D}},
    [THEME_TRACE_1] = {"trace1", {0x0072B2, 0x56B4E9}},
    [THEME_TRACE_2] = {"trace2", {0xD55E00, 0xF08A3C}},
    [THEME_TRACE_3] = {"trace3", {0x007A5E, 0x1FC99B}},
    [THEME_TRACE_4] = {"trace4", {0xB0578D, 0xD98CBB}},
    [THEME_TRACE_5] = {"trace5", {0x9A7600, 0xF0E442}},
    [THEME_TRACE_6] = {"trace6", {0x4C4C4C, 0xC8D0D6}},
    [THEME_TRACE_7] = {"trace7", {0x5B3FA0, 0xA695E8}},
    [THEME_TRACE_8] = {"trace8", {0x7B4A21, 0xC79A6B}},
};

static const theme_font_t fonts[THEME_SIZE_COUNT] = {
    [THEME_SMALL] = {10, 6, 13},
    [THEME_NORMAL] = {12, 7, 16},
    [THEME_LARGE] = {15, 9, 20},
    [THEME_HUGE] = {23, 14, 30},
};

uint32_t theme_rgb(uint32_t theme, theme_color_t color) {
  return colors[color < THEME_COLOR_COUNT ? color : THEME_TEXT]
      .rgb[theme < THEME_COUNT ? theme : 0];
}

const char *theme_color_name(theme_color_t color) {
  return color < THEME_COLOR_COUNT ? colors[color].name : "?";
}

const char *theme_name(uint32_t theme) { return theme == THEME_DARK ? "dark" : "light"; }

const theme_font_t *theme_font(theme_size_t size) {
  return &fonts[size < THEME_SIZE_COUNT ? size : THEME_NORMAL];
}

theme_color_t theme_ink(theme_color_t fill) {
  switch (fill) {
  case THEME_WARN:
    return THEME_ON_WARN;
  case THEME_FINE:
  case THEME_BAD:
  case THEME_ACCENT:
  case THEME_USER:
  case THEME_BLEED:
    return THEME_ON_FILL;
  default:
    return THEME_TEXT;
  }
}

theme_color_t theme_step(double value, double low, double high) {
  if (!(value >= low && value <= high)) {
    return THEME_BAD;
  }
  double share = high > low ? (value - low) / (high - low) : 0.5;
  int step = (int)(share * 7.0);
  return (theme_color_t)(THEME_LOW_3 + (step > 6 ? 6 : step));
}
