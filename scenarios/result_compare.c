/// Two results side by side: see result_compare.h.
#include "result_compare.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  char *text;
  uint32_t text_bytes;
} out_t;

static int say(const out_t *out, const char *where, const char *name, const char *then,
               const char *now) {
  snprintf(out->text, out->text_bytes, "%s%s: %s then, %s now", where, name,
           then[0] ? then : "nothing", now[0] ? now : "nothing");
  return 1;
}

static int texts(const out_t *out, const char *where, const char *name, const char *then,
                 const char *now) {
  return strcmp(then, now) == 0 ? 0 : say(out, where, name, then, now);
}

/* Bit for bit, but for the sign of a zero and the kind of a NaN. */
static int numbers(const out_t *out, const char *where, const char *name, double then, double now) {
  char then_text[40], now_text[40];
  if ((then >= now && then <= now) || (then != then && now != now)) return 0;
  snprintf(then_text, sizeof then_text, "%.17g", then);
  snprintf(now_text, sizeof now_text, "%.17g", now);
  return say(out, where, name, then_text, now_text);
}

static int hashes(const out_t *out, const char *name, uint64_t then, uint64_t now) {
  char then_text[24], now_text[24];
  if (then == now) return 0;
  snprintf(then_text, sizeof then_text, "%016llx", (unsigned long long)then);
  snprintf(now_text, sizeof now_text, "%016llx", (unsigned long long)now);
  return say(out, "", name, then_text, now_text);
}

static int checks(const out_t *out, const check_result_t *then, const check_result_t *now) {
  char where[64];
  snprintf(where, sizeof where, "check %s: ", then->id);
  if (texts(out, where, "id", then->id, now->id) ||
      texts(out, where, "verdict", verdict_text((verdict_t)then->verdict),
            verdict_text((verdict_t)now->verdict)) ||
      numbers(out, where, "kind", then->kind, now->kind) ||
      numbers(out, where, "has a margin", then->has_margin, now->has_margin) ||
      numbers(out, where, "at_s", then->at_s, now->at_s) ||
      texts(out, where, "text", then->text, now->text)) {
    return 1;
  }
  return then->has_margin && (numbers(out, where, "value", then->value, now->value) ||
                              numbers(out, where, "limit", then->limit, now->limit) ||
                              texts(out, where, "unit", then->unit, now->unit));
}

static int figures(const out_t *out, const run_result_t *then, const run_result_t *now) {
  int has_drive = then->distance_m > 0 || now->distance_m > 0;
  return numbers(out, "", "sim_s", then->sim_s, now->sim_s) ||
         numbers(out, "", "soc_start_pct", then->soc_start_pct, now->soc_start_pct) ||
         numbers(out, "", "soc_end_pct", then->soc_end_pct, now->soc_end_pct) ||
         numbers(out, "", "pack_Wh", then->pack_Wh, now->pack_Wh) ||
         (has_drive && numbers(out, "", "distance_m", then->distance_m, now->distance_m)) ||
         (has_drive &&
          numbers(out, "", "ledger_error_pct", then->ledger_error_pct, now->ledger_error_pct)) ||
         numbers(out, "", "dtc_set_count", then->dtc_set_count, now->dtc_set_count) ||
         texts(out, "", "dtc_first", then->dtc_first, now->dtc_first);
}

int result_compare(const run_result_t *then, const run_result_t *now, char *text,
                   uint32_t text_bytes) {
  const out_t out = {.text = text, .text_bytes = text_bytes};
  if (hashes(&out, "scenario_hash", then->scenario_hash, now->scenario_hash) ||
      hashes(&out, "trace_hash", then->trace_hash, now->trace_hash) ||
      hashes(&out, "output_hash", then->output_hash, now->output_hash) ||
      texts(&out, "", "verdict", verdict_text((verdict_t)then->verdict),
            verdict_text((verdict_t)now->verdict)) ||
      texts(&out, "", "error", then->error, now->error) ||
      numbers(&out, "", "seed", (double)then->seed, (double)now->seed) ||
      numbers(&out, "", "tick_count", (double)then->tick_count, (double)now->tick_count) ||
      numbers(&out, "", "checks", then->check_count, now->check_count)) {
    return 1;
  }
  for (uint32_t i = 0; i < then->check_count && i < RESULT_CHECK_MAX; i++) {
    if (checks(&out, &then->check[i], &now->check[i])) return 1;
  }
  return figures(&out, then, now);
}
