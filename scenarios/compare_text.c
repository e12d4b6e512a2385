/// A comparison in words and as JSON: see compare.h.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"

static void value_text(const compare_signal_t *signal, double value, FILE *file) {
  fprintf(file, "%.9g%s%s", value, signal->unit[0] ? " " : "", signal->unit);
}

static void signals_text(const comparison_t *comparison, const char *a, const char *b, FILE *file) {
  fprintf(file, "  first difference at %.6g s (tick %llu), %u signal%s\n",
          1e-6 * (double)comparison->first_us, (unsigned long long)comparison->tick,
          comparison->signal_count, comparison->signal_count == 1 ? "" : "s");
  for (uint32_t i = 0; i < comparison->signal_count && i < COMPARE_SIGNAL_MAX; i++) {
    const compare_signal_t *signal = &comparison->signal[i];
    fprintf(file, "    %s: ", signal->name);
    value_text(signal, signal->a, file);
    fprintf(file, " in %s, ", a);
    value_text(signal, signal->b, file);
    fprintf(file, " in %s\n", b);
  }
  if (comparison->signal_count > COMPARE_SIGNAL_MAX) {
    fprintf(file, "    and %u more\n", comparison->signal_count - COMPARE_SIGNAL_MAX);
  }
}

void compare_text(const comparison_t *comparison, const char *a, const char *b, FILE *file) {
  if (comparison->first_us >= 0) signals_text(comparison, a, b, file);
  if (comparison->hash_s >= 0) {
    fprintf(file, "  trace hashes part in the second that ends at %g s%s\n", comparison->hash_s,
            comparison->first_us < 0 ? "; no recorded signal shows it" : "");
  }
  if (comparison->mark_us >= 0) {
    fprintf(file, "  time lines part at %.6g s: \"%s\" in %s, \"%s\" in %s\n",
            1e-6 * (double)comparison->mark_us, comparison->mark_a, a, comparison->mark_b, b);
  }
  if (comparison->end_a_us != comparison->end_b_us) {
    fprintf(file, "  %s ends at %.6g s, %s at %.6g s\n", a, 1e-6 * (double)comparison->end_a_us, b,
            1e-6 * (double)comparison->end_b_us);
  }
  if (comparison->only_a_count > 0 || comparison->only_b_count > 0) {
    fprintf(file, "  not compared: %u signals only in %s, %u only in %s\n",
            comparison->only_a_count, a, comparison->only_b_count, b);
  }
}

void compare_json_text(const char *text, FILE *file) {
  fputc('"', file);
  for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
    if (*at == '"' || *at == '\\') {
      fprintf(file, "\\%c", *at);
    } else if (*at < 0x20) {
      fprintf(file, "\\u%04x", *at);
    } else {
      fputc(*at, file);
    }
  }
  fputc('"', file);
}

static void number_json(double value, FILE *file) {
  if (isfinite(value)) {
    fprintf(file, "%.9g", value);
  } else {
    fprintf(file, "\"%s\"", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
  }
}

static void time_json(const char *name, int64_t time_us, FILE *file) {
  fprintf(file, "\"%s\": ", name);
  if (time_us >= 0) {
    fprintf(file, "%.9g", 1e-6 * (double)time_us);
  } else {
    fputs("null", file);
  }
}

void compare_json(const comparison_t *comparison, FILE *file) {
  time_json("first_s", comparison->first_us, file);
  if (comparison->first_us >= 0)
    fprintf(file, ", \"tick\": %llu", (unsigned long long)comparison->tick);
  fprintf(file, ", \"signal_count\": %u, \"signals\": [", comparison->signal_count);
  for (uint32_t i = 0; i < comparison->signal_count && i < COMPARE_SIGNAL_MAX; i++) {
    const compare_signal_t *signal = &comparison->signal[i];
    fputs(i > 0 ? ", {\"name\": " : "{\"name\": ", file);
    compare_json_text(signal->name, file);
    fputs(", \"unit\": ", file);
    compare_json_text(signal->unit, file);
    fputs(", \"a\": ", file);
    number_json(signal->a, file);
    fputs(", \"b\": ", file);
    number_json(signal->b, file);
    fputc('}', file);
  }
  fputs("], ", file);
  time_json("mark_s", comparison->mark_us, file);
  fputs(", \"mark_a\": ", file);
  compare_json_text(comparison->mark_a, file);
  fputs(", \"mark_b\": ", file);
  compare_json_text(comparison->mark_b, file);
  fputs(", ", file);
  time_json("hash_s", comparison->hash_s < 0 ? -1 : (int64_t)(1e6 * comparison->hash_s), file);
  fputs(", ", file);
  time_json("end_a_s", comparison->end_a_us, file);
  fputs(", ", file);
  time_json("end_b_s", comparison->end_b_us, file);
  fprintf(file, ", \"compared_count\": %u, \"only_a_count\": %u, \"only_b_count\": %u",
          comparison->compared_count, comparison->only_a_count, comparison->only_b_count);
}
