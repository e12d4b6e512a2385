/// Writes cell files: the figures of a table, then OCV and resistances row by row.
#include "cell_write.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { NUMBERS_A_LINE = 12 };

/// A figure: its key, where it is, and whether the fit found it.
typedef struct {
  const char *key;
  size_t offset;
  int is_fitted;
} figure_t;

static const figure_t figures[] = {
    {"capacity_Ah", offsetof(cell_params_t, capacity_Ah), 0},
    {"voltage_min_V", offsetof(cell_params_t, voltage_min_V), 0},
    {"voltage_max_V", offsetof(cell_params_t, voltage_max_V), 0},
    {"coulombic_efficiency", offsetof(cell_params_t, coulombic_efficiency), 0},
    {"self_discharge_pctpmonth", offsetof(cell_params_t, self_discharge_pctpmonth), 0},
    {"self_discharge_kJpmol", offsetof(cell_params_t, self_discharge_kJpmol), 0},
    {"hysteresis_rate", offsetof(cell_params_t, hysteresis_rate), 0},
    {"tau1_s", offsetof(cell_params_t, tau_s[0]), 1},
    {"tau2_s", offsetof(cell_params_t, tau_s[1]), 1},
    {"tau3_s", offsetof(cell_params_t, tau_s[2]), 1},
    {"core_JpK", offsetof(cell_params_t, core_JpK), 0},
    {"surface_JpK", offsetof(cell_params_t, surface_JpK), 0},
    {"core_surface_WpK", offsetof(cell_params_t, core_surface_WpK), 0},
    {"neighbour_WpK", offsetof(cell_params_t, neighbour_WpK), 0},
    {"case_WpK", offsetof(cell_params_t, case_WpK), 0},
    {"case_heat_capacity_JpK", offsetof(cell_params_t, case_heat_capacity_JpK), 0},
    {"case_ambient_WpK", offsetof(cell_params_t, case_ambient_WpK), 0}};

static void write_text(FILE *stream, const char *text) {
  fputc('"', stream);
  for (const char *at = text; *at; at++) {
    if (*at == '"' || *at == '\\') fputc('\\', stream);
    if ((unsigned char)*at >= ' ') fputc(*at, stream);
  }
  fputc('"', stream);
}

static void write_number(FILE *stream, double value) {
  fprintf(stream, "%.6g", fabs(value) < 1e-12 ? 0.0 : value);
}

static void write_whence(FILE *stream, int is_fitted, const cell_write_source_t *source) {
  fprintf(stream, "\"mark\": \"%s\",\n    \"source\": ", is_fitted ? "calibrated" : "assumed");
  write_text(stream, is_fitted ? source->fitted : source->given);
}

/// One array; value(i) = table[i * stride] * scale.
static void write_array(FILE *stream, const double *table, uint32_t count, uint32_t stride,
                        double scale, const char *indent) {
  fputc('[', stream);
  for (uint32_t i = 0; i < count; i++) {
    if (count > NUMBERS_A_LINE && i % NUMBERS_A_LINE == 0) fprintf(stream, "\n%s  ", indent);
    write_number(stream, table[(size_t)i * stride] * scale);
    if (i + 1 < count) fputs((i + 1) % NUMBERS_A_LINE == 0 ? "," : ", ", stream);
  }
  if (count > NUMBERS_A_LINE) fprintf(stream, "\n%s", indent);
  fputc(']', stream);
}

static void write_axis(FILE *stream, const char *key, double first, double step, uint32_t count) {
  double value[CELL_OCV_POINT_MAX];
  for (uint32_t i = 0; i < count; i++) value[i] = first + (double)i * step;
  fprintf(stream, "    \"%s\": ", key);
  write_array(stream, value, count, 1, 1.0, "    ");
  fputs(",\n", stream);
}

static void write_row(FILE *stream, const char *key, const double *table, uint32_t count,
                      double scale) {
  fprintf(stream, "    \"%s\": ", key);
  write_array(stream, table, count, 1, scale, "    ");
  fputs(",\n", stream);
}

static void write_figure(FILE *stream, const char *key, double value) {
  fprintf(stream, "    \"%s\": ", key);
  write_number(stream, value);
  fputs(",\n", stream);
}

static void write_ocv(FILE *stream, const cell_params_t *params,
                      const cell_write_source_t *source) {
  fputs("  \"ocv\": {\n", stream);
  write_axis(stream, "soc_pct", 0.0, 100.0 / (double)(params->ocv_count - 1), params->ocv_count);
  write_row(stream, "V", params->ocv_V, params->ocv_count, 1.0);
  write_row(stream, "entropic_mVpK", params->entropic_VpK, params->ocv_count, 1e3);
  write_row(stream, "hysteresis_mV", params->hysteresis_V, params->ocv_count, 1e3);
  fputs("    ", stream);
  write_whence(stream, 1, source);
  fputs("\n  },\n", stream);
}

static void write_resistance(FILE *stream, const cell_params_t *params,
                             const cell_write_source_t *source) {
  static const char *const keys[CELL_OHM_COUNT] = {"r0_mohm", "r1_mohm", "r2_mohm", "r3_mohm"};
  const uint32_t row_count = params->temperature_count;
  fputs("  \"resistance\": {\n", stream);
  write_axis(stream, "soc_pct", 100.0 * params->soc_first, 100.0 * params->soc_step,
             params->soc_count);
  write_axis(stream, "temperature_degC", params->temperature_first_degC, params->temperature_step_K,
             row_count);
  for (uint32_t k = 0; k < CELL_OHM_COUNT; k++) {
    fprintf(stream, "    \"%s\": [\n", keys[k]);
    for (uint32_t t = 0; t < row_count; t++) {
      fputs("      ", stream);
      write_array(stream, &params->ohm[t * params->soc_count][k], params->soc_count, CELL_OHM_COUNT,
                  1e3, "      ");
      fputs(t + 1 < row_count ? ",\n" : "\n    ],\n", stream);
    }
  }
  if (params->exchange_A[0] > 0.0)
    write_row(stream, "exchange_A", params->exchange_A, row_count, 1.0);
  write_row(stream, "surface_soc_pctpA", params->surface_pA, row_count, 100.0);
  if (params->steep_gain > 0.0) {
    write_row(stream, "steep_soc_pct", params->steep_soc, row_count, 100.0);
    write_figure(stream, "steep_ppct", 1e-2 * params->steep_gain);
  }
  if (params->surface_middle_share < 1.0)
    write_figure(stream, "surface_middle_pct", 100.0 * params->surface_middle_share);
  if (params->surface_min_soc > -1.0)
    write_figure(stream, "surface_min_pct", 100.0 * params->surface_min_soc);
  write_row(stream, "growth_pctpA", params->growth_pA, row_count, 100.0);
  fputs("    ", stream);
  write_whence(stream, 1, source);
  fputs("\n  }\n", stream);
}

int cell_write(FILE *stream, const cell_params_t *params, const cell_write_source_t *source) {
  fputs("{\n  \"packsim_cell\": 2,\n  \"id\": ", stream);
  write_text(stream, params->id);
  fputs(",\n  \"title\": ", stream);
  write_text(stream, params->title);
  fputs(",\n", stream);
  for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
    double value;
    memcpy(&value, (const char *)params + figures[i].offset, sizeof value);
    fprintf(stream, "  \"%s\": {\"value\": ", figures[i].key);
    write_number(stream, value);
    fputs(", ", stream);
    write_whence(stream, figures[i].is_fitted, source);
    fputs("},\n", stream);
  }
  write_ocv(stream, params, source);
  write_resistance(stream, params, source);
  fputs("}\n", stream);
  return ferror(stream) ? -1 : 0;
}
