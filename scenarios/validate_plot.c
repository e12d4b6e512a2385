/// Draws the rows of a validated drive as three panels of vertical bars, one for each pixel.
#include "validate_plot.h"

#include <math.h>

enum { WIDTH = 900, LEFT = 60, COLUMN_COUNT = 820, TICK_COUNT = 4 };

/// A panel and a curve in it.
typedef struct {
  double top, height;
  double low, high; ///< values at bottom and top
} panel_t;

typedef double (*value_of_t)(const validate_cell_row_t *row);

static double measured_V(const validate_cell_row_t *row) { return row->measured_V; }
static double model_V(const validate_cell_row_t *row) { return row->model_V; }
static double error_mV(const validate_cell_row_t *row) {
  return 1e3 * (row->model_V - row->measured_V);
}
static double soc_pct(const validate_cell_row_t *row) { return 100.0 * row->soc; }

static void widen(panel_t *panel, const validate_cell_t *score, value_of_t value_of) {
  for (uint32_t i = 0; i < score->row_count; i++) {
    double value = value_of(&score->row[i]);
    panel->low = fmin(panel->low, value);
    panel->high = fmax(panel->high, value);
  }
}

static double y_of(const panel_t *panel, double value) {
  double span = panel->high > panel->low ? panel->high - panel->low : 1.0;
  return panel->top + panel->height * (panel->high - value) / span;
}

/// One path of vertical strokes from the lowest to the highest value of each pixel column.
static void draw(FILE *stream, const panel_t *panel, const validate_cell_t *score,
                 value_of_t value_of, const char *colour) {
  double start_s = score->row[0].time_s;
  double span_s = score->row[score->row_count - 1].time_s - start_s;
  fprintf(stream, "<path fill=\"none\" stroke=\"%s\" d=\"", colour);
  uint32_t i = 0;
  for (int column = 0; column < COLUMN_COUNT; column++) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    double end_s = start_s + span_s * (double)(column + 1) / COLUMN_COUNT;
    int is_last = column + 1 == COLUMN_COUNT;
    for (; i < score->row_count && (is_last || score->row[i].time_s < end_s); i++) {
      low = fmin(low, value_of(&score->row[i]));
      high = fmax(high, value_of(&score->row[i]));
    }
    if (low <= high)
      fprintf(stream, "M%d %.1fV%.1f", LEFT + column, y_of(panel, high), y_of(panel, low) + 0.5);
  }
  fputs("\"/>\n", stream);
}

static void draw_frame(FILE *stream, const panel_t *panel, const char *label) {
  fprintf(stream,
          "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"none\" "
          "stroke=\"#888\"/>\n<text x=\"%d\" y=\"%.1f\">%s</text>\n",
          LEFT, panel->top, COLUMN_COUNT, panel->height, LEFT + 6, panel->top + 14, label);
  for (int tick = 0; tick <= TICK_COUNT; tick++) {
    double value = panel->low + (panel->high - panel->low) * tick / TICK_COUNT;
    fprintf(stream, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>\n", LEFT - 4,
            y_of(panel, value) + 4, value);
  }
}

static void write_escaped(FILE *stream, const char *text) {
  for (const char *at = text; *at; at++) {
    if (*at == '<')
      fputs("&lt;", stream);
    else if (*at == '&')
      fputs("&amp;", stream);
    else
      fputc(*at, stream);
  }
}

int validate_plot(FILE *stream, const char *title, const validate_cell_t *score) {
  panel_t voltage = {40, 260, HUGE_VAL, -HUGE_VAL}, error = {320, 160, 0, 0},
          soc = {500, 100, 0, 100};
  widen(&voltage, score, measured_V);
  widen(&voltage, score, model_V);
  widen(&error, score, error_mV);
  fprintf(stream,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"640\" "
          "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" "
          "fill=\"white\"/>\n<text x=\"%d\" y=\"24\" font-size=\"13\">",
          WIDTH, LEFT);
  write_escaped(stream, title);
  fprintf(stream, ": RMSE %.2f mV, above 10 %% SOC %.2f mV</text>\n",
          validate_cell_rmse_mV(&score->whole), validate_cell_rmse_mV(&score->above));
  draw_frame(stream, &voltage, "voltage in V: measured (black), model (orange)");
  draw(stream, &voltage, score, measured_V, "#222");
  draw(stream, &voltage, score, model_V, "#e8710a");
  draw_frame(stream, &error, "model - measured in mV");
  draw(stream, &error, score, error_mV, "#b00020");
  draw_frame(stream, &soc, "SOC in %");
  draw(stream, &soc, score, soc_pct, "#1a73e8");
  fprintf(stream, "<text x=\"%d\" y=\"622\">%.0f s</text>\n", LEFT, score->row[0].time_s);
  fprintf(stream, "<text x=\"%d\" y=\"622\" text-anchor=\"end\">%.0f s</text>\n</svg>\n",
          LEFT + COLUMN_COUNT, score->row[score->row_count - 1].time_s);
  return ferror(stream) ? -1 : 0;
}
