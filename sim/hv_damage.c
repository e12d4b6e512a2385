/// Arcs, inrush and heat: when a contact welds and when the precharge resistor burns out.
#include "hv_damage.h"

#include "det_math.h"

static void weld(hv_t *hv, uint32_t coil) {
  hv->contact_is_welded[coil] = 1;
  hv->contact_is_closed[coil] = 1;
}

static void part(hv_t *hv, uint32_t coil) {
  const hv_params_t *params = &hv->params;
  double current_A = hv->contact_A[coil] > 0.0 ? hv->contact_A[coil] : -hv->contact_A[coil];
  if (!(params->arc_weld_A > 0.0) || current_A <= params->arc_rated_A) return;
  double share = current_A / params->arc_weld_A;
  hv->contact_wear[coil] += share * share;
  hv->arc_count[coil]++;
  if (hv->contact_wear[coil] >= 1.0) weld(hv, coil);
}

static int is_complete(const uint8_t closed[PINS_COIL_COUNT]) {
  return closed[PINS_COIL_MAIN_POS] && closed[PINS_COIL_MAIN_NEG];
}

void hv_damage_contacts(hv_t *hv, const uint8_t was_closed[PINS_COIL_COUNT], double bridged_V) {
  static const uint8_t mains[] = {PINS_COIL_MAIN_POS, PINS_COIL_MAIN_NEG};
  double make_V = hv->params.make_weld_V;
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++)
    if (was_closed[coil] && !hv->contact_is_closed[coil]) part(hv, coil);
  if (!(make_V > 0.0) || !is_complete(hv->contact_is_closed)) return;
  if (bridged_V <= make_V && bridged_V >= -make_V) return;
  for (uint32_t i = 0; i < sizeof mains; i++)
    if (!was_closed[mains[i]] && hv->fault[mains[i]] != HV_CONTACT_WELDED) weld(hv, mains[i]);
}

void hv_damage_precharge(hv_t *hv, double heat_J, uint32_t dt_us) {
  const hv_params_t *params = &hv->params;
  if (!(heat_J > 0.0) && !(hv->precharge_K > 0.0)) return;
  if (hv->precharge_dt_us != dt_us) {
    double dt_s = 1e-6 * (double)dt_us;
    hv->precharge_loss = det_expm1_neg(dt_s / params->precharge_cool_s);
    hv->precharge_K_per_J =
        hv->precharge_loss * params->precharge_cool_s / (params->precharge_J_per_K * dt_s);
    hv->precharge_dt_us = dt_us;
  }
  hv->precharge_K += heat_J * hv->precharge_K_per_J - hv->precharge_K * hv->precharge_loss;
  if (hv->precharge_K >= params->precharge_burn_K) hv->precharge_is_burnt = 1;
}
