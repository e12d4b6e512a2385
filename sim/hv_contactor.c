/// Moves a contactor's armature and tells where its contact stands.
#include "hv_contactor.h"

#include "rare.h"

static uint32_t to_us(double time_s) { return (uint32_t)(time_s * 1e6 + 0.5); }

/// Of a closed armature: it has arrived, or bounces in the middle third of its first moments.
static int contact_touches(const hv_contactor_t *contactor, uint32_t bounce_us) {
  uint64_t thirds = 3u * (uint64_t)contactor->settled_us;
  return thirds < bounce_us || thirds >= 2u * (uint64_t)bounce_us;
}

APART static void move_armature(hv_t *hv, uint32_t index, uint32_t dt_us) {
  const hv_params_t *params = &hv->params;
  hv_contactor_t *contactor = &hv->contactor[index];
  uint32_t needed_us = to_us(contactor->coil_is_energised ? params->pull_in_s : params->drop_out_s);
  if (contactor->travel_us < needed_us) {
    contactor->travel_us += dt_us;
    return;
  }
  contactor->armature_is_closed = contactor->coil_is_energised;
  contactor->settled_us = 0;
  hv->connect_count[index] += contactor->armature_is_closed;
}

void hv_contactor_step(hv_t *hv, uint32_t index, double coil_V, uint32_t dt_us) {
  const hv_params_t *params = &hv->params;
  hv_contactor_t *contactor = &hv->contactor[index];
  uint8_t was_energised = contactor->coil_is_energised;
  if (coil_V >= params->coil_pull_in_V) contactor->coil_is_energised = 1;
  if (!(coil_V > params->coil_drop_out_V)) contactor->coil_is_energised = 0;
  if (contactor->coil_is_energised != was_energised) contactor->travel_us = 0;

  if (contactor->coil_is_energised != contactor->armature_is_closed)
    move_armature(hv, index, dt_us);
  int touches = 0;
  if (contactor->armature_is_closed) {
    uint32_t bounce_us = to_us(params->bounce_s);
    touches = contact_touches(contactor, bounce_us);
    if (contactor->settled_us < bounce_us) contactor->settled_us += dt_us;
  }

  if (hv->fault[index] == HV_CONTACT_WELDED || hv->contact_is_welded[index]) touches = 1;
  if (hv->fault[index] == HV_CONTACT_STUCK_OPEN) touches = 0;
  hv->contact_is_closed[index] = (uint8_t)touches;
}
