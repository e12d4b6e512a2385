/// Means of the circuit solver's wave against the simulator's ticks.
#include "oracle_compare.h"

#include <math.h>
#include <stdio.h>

static const double tick_s = 1e-6 * ORACLE_TICK_us;

/// The harness advances floating inputs this far into a tick in which no AFE converts.
static const double floating_s = 1e-6;

static double circuit_value(const oracle_world_t *world, const oracle_wave_t *wave,
                            const oracle_probe_t *probe, uint32_t index, uint32_t column,
                            uint32_t now_ms) {
  const double begin_s = 1e-3 * now_ms, end_s = begin_s + tick_s;
  if (oracle_probe_is_state(probe, world, index))
    return oracle_spice_at(wave, column, begin_s + floating_s);
  if (probe->heated_ohm != NULL)
    return probe->heated_ohm(world) * oracle_spice_mean_square(wave, column, begin_s, end_s);
  return oracle_spice_mean(wave, column, begin_s, end_s);
}

static double allowed(char unit, double circuit) {
  const double share = ORACLE_TOLERANCE_SHARE * fabs(circuit);
  if (unit == 'V') return ORACLE_TOLERANCE_V;
  return fmax(share, unit == 'A' ? ORACLE_TOLERANCE_A : ORACLE_TOLERANCE_W);
}

static oracle_worst_t *worst_of(oracle_score_t *score, char unit) {
  return unit == 'V' ? &score->volt : unit == 'A' ? &score->ampere : &score->watt;
}

static void note(oracle_score_t *score, const oracle_probe_t *probe, uint32_t index,
                 const oracle_worst_t *found) {
  oracle_worst_t *worst = worst_of(score, probe->unit);
  score->value_count++;
  if (isnan(worst->share)) return; // nothing is worse
  if (worst->name[0] != '\0' && found->share <= worst->share) return;
  *worst = *found;
  oracle_probe_name(probe, index, worst->name, sizeof worst->name);
}

void oracle_compare(const oracle_rig_t *rig, const oracle_wave_t *wave, uint32_t now_ms,
                    oracle_when_t when, oracle_score_t *score) {
  for (size_t kind = 0; kind < oracle_probe_count; kind++) {
    const oracle_probe_t *probe = &oracle_probe[kind];
    if (probe->when > when) continue;
    for (uint32_t i = 0; i < probe->count; i++) {
      char vector[32];
      if (probe->is_there != NULL && !probe->is_there(rig->world, i)) continue;
      (void)snprintf(vector, sizeof vector, probe->vector, i);
      const int32_t column = oracle_spice_column(wave, vector);
      if (column < 0) {
        score->missing_count++;
        continue;
      }
      oracle_worst_t found = {.now_ms = now_ms, .simulator = probe->value(rig, i)};
      found.circuit = circuit_value(rig->world, wave, probe, i, (uint32_t)column, now_ms);
      found.share = fabs(found.simulator - found.circuit) / allowed(probe->unit, found.circuit);
      note(score, probe, i, &found);
    }
  }
}

int oracle_compare_agrees(const oracle_score_t *score) {
  return score->missing_count == 0 && score->value_count > 0 && score->volt.share <= 1.0 &&
         score->ampere.share <= 1.0 && score->watt.share <= 1.0;
}
