/// Feeds the isolation from the plant and gives its currents back to the string.
#include "hil_chassis.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"

enum { PLUG_MODULE = 4 }; /* the service plug lies below M5 (place inferred) */

static isolation_in_t surroundings(const hil_t *hil) {
  isolation_in_t in;
  memset(&in, 0, sizeof in);
  in.pack_V = hil->pack_V;
  in.link_V = hil->hv.link_V;
  in.link_pos_is_joined = (uint8_t)hv_link_is_joined(&hil->hv, 1);
  in.link_neg_is_joined = (uint8_t)hv_link_is_joined(&hil->hv, 0);
  in.switch_is_on[ISOLATION_POS] = hil->pins_out.iso_switch_pos_is_on;
  in.switch_is_on[ISOLATION_NEG] = hil->pins_out.iso_switch_neg_is_on;
  return in;
}

/// What leaking sense wires feed into the chassis; the harness takes it from their groups.
static void add_wires(const hil_t *hil, isolation_in_t *in) {
  harness_chassis(&hil->harness, &in->wire_S, &in->wire_A);
}

void hil_chassis_wire_sources(const hil_t *hil, double wire_source_V[PINS_WIRE_COUNT]) {
  pack_wire_sources(&hil->pack, wire_source_V);
  if (!hil->hv.string_is_open) return;
  uint32_t above = pinout_module[PLUG_MODULE].first_wire;
  double top_V = wire_source_V[PINS_WIRE_COUNT - 1];
  for (uint32_t wire = above; wire < PINS_WIRE_COUNT; wire++)
    wire_source_V[wire] += hil->pack_V - top_V;
}

void hil_chassis_step(hil_t *hil) {
  double wire_source_V[PINS_WIRE_COUNT];
  isolation_in_t in = surroundings(hil);
  add_wires(hil, &in);
  if (hil->isolation.tap_count > 0) {
    hil_chassis_wire_sources(hil, wire_source_V);
    in.wire_source_V = wire_source_V;
  }
  isolation_step(&hil->isolation, &in, hil->dt_us);
  hil->harness.chassis_V = hil->isolation.chassis_V;
}

/// What leaves at a tap flows up from pack minus through the groups below it; in the upper half of
/// a pack without its plug it comes down from pack plus.
static void add_taps(const hil_t *hil, double group_extra_A[PINS_GROUP_COUNT]) {
  const isolation_t *isolation = &hil->isolation;
  uint32_t plug_group = hil->hv.string_is_open ? pinout_module[PLUG_MODULE].first_group : 0;
  for (uint32_t tap = 0; tap < PINS_TAP_COUNT; tap++) {
    if (!(isolation->tap_S[tap] > 0.0)) continue;
    uint32_t below_count = isolation_tap_groups(tap);
    int is_cut_off = plug_group > 0 && tap >= plug_group + PLUG_MODULE;
    for (uint32_t g = 0; g < below_count && !is_cut_off; g++)
      group_extra_A[g] += isolation->tap_A[tap];
    for (uint32_t g = below_count; g < PINS_GROUP_COUNT && is_cut_off; g++)
      group_extra_A[g] -= isolation->tap_A[tap];
  }
}

pack_source_t hil_chassis_source(hil_t *hil) {
  double extra_A[PINS_GROUP_COUNT];
  const double *group_extra_A = hil->group_extra_A;
  if (hil->isolation.tap_count > 0) {
    memcpy(extra_A, hil->group_extra_A, sizeof extra_A);
    add_taps(hil, extra_A);
    group_extra_A = extra_A;
  }
  pack_source_t source = pack_source(&hil->pack, group_extra_A, hil->dt_us);
  source.emf_V -= source.ohm * hil_chassis_string_A(hil);
  return source;
}
