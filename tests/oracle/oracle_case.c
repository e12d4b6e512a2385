/// The situations in which the simulator and the circuit solver are compared.
#include "oracle_case.h"

#include <string.h>

static oracle_phase_t *first_phase(oracle_world_t *world) { return &world->phase[0]; }

static void sample(oracle_world_t *world, uint32_t now_ms, oracle_motion_t motion) {
  world->motion[world->sample_count] = motion;
  world->sample_ms[world->sample_count++] = now_ms;
}

static void sample_anew(oracle_world_t *world, uint32_t now_ms, oracle_motion_t motion) {
  world->sample_count = 0;
  sample(world, now_ms, motion);
}

/// Compared early, and when the fast branches have settled.
static void sample_early_and_late(oracle_world_t *world) {
  world->spice_step_s = 2e-3;
  sample_anew(world, 20, ORACLE_MOVES);
  sample(world, 3000, ORACLE_STEADY);
}

/// Both main contactors closed and a resistive load at the link, from the start.
static void drive(oracle_world_t *world, double load_ohm) {
  oracle_world_connect(world);
  first_phase(world)->load.conductance_S = 1.0 / load_ohm;
  sample_early_and_late(world);
}

/// The fast branches have carried about this current for long.
static void settle_fast(oracle_world_t *world, double cell_A) {
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) world->branch_A[i][0] += cell_A;
}

static void healthy(oracle_world_t *world) {
  world->spice_step_s = 2e-3;
  sample(world, 3000, ORACLE_STEADY);
}

static void equal_cells(oracle_world_t *world) {
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    world->config.cell[i] = pack_cell_usual();
    world->hysteresis[i] = 0.0;
    memset(world->branch_A[i], 0, sizeof world->branch_A[i]);
  }
}

static void bleed(oracle_world_t *world) {
  world->bleed_mask[0] = 0x2AAAu & 0x3FFFu; // every second channel
  world->bleed_mask[2] = 0x1Fu; // neighbours
  world->bleed_mask[7] = 0x7FFFu; // all, the channel across the doubled tap included
}

static void open_tap(oracle_world_t *world) {
  world->wire[oracle_world_wire("D27")].is_open = 1; // M1.T4
  world->spice_step_s = 2e-3;
  sample_anew(world, 20, ORACLE_STEADY);
  sample(world, 300, ORACLE_STEADY);
}

static void open_tap_settled(oracle_world_t *world) {
  world->wire[oracle_world_wire("D27")].is_open = 1;
  world->wire[oracle_world_wire("C26")].is_open = 1; // M3.T8
  world->spice_step_s = 50e-3;
  sample_anew(world, 30000, ORACLE_STEADY);
}

static void open_doubled(oracle_world_t *world) {
  world->wire[oracle_world_wire("C27")].is_open = 1; // M3.T5, lower section
  world->wire[oracle_world_wire("A32")].is_open = 1; // M7.T5, upper section
  world->spice_step_s = 2e-3;
  sample_anew(world, 20, ORACLE_STEADY);
  sample(world, 300, ORACLE_STEADY);
}

static void open_minus(oracle_world_t *world) {
  world->wire[oracle_world_wire("C7")].is_open = 1; // M3.T0: V- floats
  world->spice_step_s = 2e-3;
  sample_anew(world, 20, ORACLE_STEADY);
  sample(world, 300, ORACLE_STEADY);
}

static void high_resistance(oracle_world_t *world) {
  world->wire[oracle_world_wire("D5")].extra_ohm = 1000.0; // M1.T5
  world->wire[oracle_world_wire("B16")].extra_ohm = 47.0; // M5.T4
  world->bleed_mask[0] = 0x30u; // both sides of the first
  world->bleed_mask[4] = 0x08u; // below the second
}

static void bridge(oracle_world_t *world, const char *a, const char *b, double ohm) {
  world->bridge[world->bridge_count++] =
      (oracle_bridge_t){oracle_world_wire(a), oracle_world_wire(b), ohm};
}

static void neighbour_short(oracle_world_t *world) {
  bridge(world, "C6", "C18", 2.2); // M3.T3, M3.T4
}

static void swapped(oracle_world_t *world) {
  const uint32_t a = oracle_world_wire("D5"), b = oracle_world_wire("D17"); // M1.T5, M1.T6
  const uint32_t c = oracle_world_wire("A1"), d = oracle_world_wire("A2"); // M8.T13, M8.T10
  world->source_of[a] = (uint8_t)b;
  world->source_of[b] = (uint8_t)a;
  world->source_of[c] = (uint8_t)d;
  world->source_of[d] = (uint8_t)c;
}

static void two_wires(oracle_world_t *world) {
  world->wire[oracle_world_wire("C9")].is_open = 1; // M4.T10
  world->wire[oracle_world_wire("C25")].extra_ohm = 5.0; // M3.T10
  bridge(world, "C25", "C13", 30.0); // M3.T10, M4.T1: across modules
  bridge(world, "A2", "A11", 100.0); // M8.T10, M8.T9
  world->bleed_mask[3] = 0x3u;
}

static void unequal_cells(oracle_world_t *world) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g += 5) {
    world->config.cell[2 * g].capacity_scale = 0.5;
    world->config.cell[2 * g].resistance_scale = 3.0;
    world->config.cell[2 * g].soc = world->config.cell[2 * g + 1].soc - 0.05;
  }
  drive(world, 12.0);
}

static void internal_short(oracle_world_t *world) {
  world->short_ohm[2 * oracle_world_group("M3C5")] = 0.05;
  world->short_ohm[2 * oracle_world_group("M6C10") + 1] = 20.0;
  drive(world, 30.0);
}

static void lost_cell(oracle_world_t *world) {
  world->tab_ohm[2 * oracle_world_group("M2C6") + 1] = PACK_TAB_OPEN_ohm;
  world->tab_ohm[2 * oracle_world_group("M7C1")] = 2e-3;
  world->short_ohm[2 * oracle_world_group("M7C1")] = 1.0;
  drive(world, 15.0);
}

static void load_step(oracle_world_t *world) {
  oracle_world_connect(world);
  oracle_world_phase(world, 20)->load.current_A = 40.0;
  oracle_world_phase(world, 60)->load.current_A = -25.0;
  world->spice_step_s = 2e-3;
  sample_anew(world, 20, ORACLE_STEPS);
  sample(world, 40, ORACLE_MOVES);
  sample(world, 60, ORACLE_STEPS);
  sample(world, 3000, ORACLE_STEADY);
}

static void power(oracle_world_t *world) {
  oracle_world_connect(world);
  oracle_world_phase(world, 10)->load.power_W = 10e3;
  sample_early_and_late(world);
}

static void precharge(oracle_world_t *world) {
  oracle_phase_t *phase = first_phase(world);
  phase->coil_V[PINS_COIL_MAIN_NEG] = phase->coil_V[PINS_COIL_PRECHARGE] = 12.0;
  phase = oracle_world_phase(world, 230);
  phase->coil_V[PINS_COIL_MAIN_POS] = 12.0;
  phase = oracle_world_phase(world, 260);
  phase->coil_V[PINS_COIL_PRECHARGE] = 0.0;
  world->spice_step_s = 50e-6;
  world->hv.bounce_s = 9e-3;
  sample_anew(world, 24, ORACLE_MOVES); // the contacts have rebounded
  sample(world, 60, ORACLE_MOVES);
  sample(world, 259, ORACLE_MOVES);
  sample(world, 280, ORACLE_STEADY);
}

static void weld(oracle_world_t *world) {
  drive(world, 12.0);
  settle_fast(world, 15.0);
  const double load_S = first_phase(world)->load.conductance_S;
  world->contact[PINS_COIL_MAIN_POS] = HV_CONTACT_WELDED;
  oracle_phase_t *phase = oracle_world_phase(world, 10); // plus stays, minus opens at 20
  phase->coil_V[PINS_COIL_MAIN_POS] = phase->coil_V[PINS_COIL_MAIN_NEG] = 0.0;
  oracle_world_phase(world, 20)->load.conductance_S = 0.0;
  phase = oracle_world_phase(world, 25); // minus alone closes the circuit again, at 45
  phase->coil_V[PINS_COIL_MAIN_NEG] = 12.0;
  oracle_world_phase(world, 60)->load.conductance_S = load_S;
  sample_anew(world, 15, ORACLE_MOVES);
  sample(world, 30, ORACLE_MOVES);
  sample(world, 55, ORACLE_MOVES);
  sample(world, 3000, ORACLE_STEADY);
}

static void link_short(oracle_world_t *world) {
  oracle_world_connect(world);
  oracle_world_phase(world, 10)->load.short_ohm = 1.0;
  world->spice_step_s = 2e-3;
  sample_anew(world, 11, ORACLE_MOVES);
  sample(world, 40, ORACLE_MOVES);
  sample(world, 1000, ORACLE_MOVES);
}

static void charger_cc(oracle_world_t *world) {
  oracle_world_connect(world);
  hv_load_t *load = &first_phase(world)->load;
  load->charger_current_A = 30.0;
  load->charger_voltage_V = 440.0;
  sample_early_and_late(world);
}

static void charger_cv(oracle_world_t *world) {
  oracle_world_connect(world);
  hv_load_t *load = &first_phase(world)->load;
  world->link_V += 1.0;
  load->charger_current_A = 100.0;
  load->charger_voltage_V = world->link_V;
  world->charger_is_in_cv = 1;
  sample_early_and_late(world);
}

static void tap_leak(oracle_world_t *world) {
  equal_cells(world); // little else flows than the leak
  oracle_world_connect(world);
  world->spice_step_s = 2e-3;
  sample_anew(world, 3000, ORACLE_STEADY); // the chassis has settled
  world->has_chassis = 1;
  world->tap_leak_wire = oracle_world_wire("C17"); // M3.T6
  world->tap_leak_ohm = 50e3;
}

static void wire_leak(oracle_world_t *world) {
  drive(world, 30.0);
  world->has_chassis = 1;
  world->wire_leak_wire = oracle_world_wire("B15"); // M5.T7, lower section
  world->wire_leak_ohm = 20e3;
  world->wire[world->wire_leak_wire].extra_ohm = 30.0;
  sample_anew(world, 3000, ORACLE_STEADY); // the chassis has settled
}

static void charge_transfer(oracle_world_t *world) {
  for (uint32_t i = 0; i < world->cell.temperature_count; i++) world->cell.exchange_A[i] = 4.0;
  settle_fast(world, 11.0); // the simulator's share of it in R0 is frozen at the start
  drive(world, 15.0);
}

const oracle_case_t oracle_case[] = {
    {"healthy", "different cells at rest", healthy},
    {"equal", "all cells alike at rest: leakage alone flows", equal_cells},
    {"bleed", "every second, neighbouring and all channels of three modules", bleed},
    {"open-tap", "M1.T4 open, drifting", open_tap},
    {"open-settled", "M1.T4 and M3.T8 open until their clamps hold them", open_tap_settled},
    {"open-doubled", "one wire of a doubled tap open, of the lower and the upper section",
     open_doubled},
    {"open-minus", "M3.T0 open: V- floats", open_minus},
    {"high-resistance", "47 and 1000 ohm in a wire between bleeds", high_resistance},
    {"wire-short", "M3.T3 to M3.T4 through 2.2 ohm", neighbour_short},
    {"swapped", "M1.T5 with M1.T6, M8.T13 with M8.T10: diodes and a zener conduct", swapped},
    {"two-wires", "an open, a resistance, shorts inside and across modules, bleeds", two_wires},
    {"unequal", "parallel cells of different size, state and resistance under load", unequal_cells},
    {"internal-short", "0.05 and 20 ohm inside of cells under load", internal_short},
    {"lost-cell", "a torn tab, and a bad tab before a short, under load", lost_cell},
    {"tap-leak", "M3.T6 to the chassis through 50 kohm, with the poles' leaks and Y-capacitors",
     tap_leak},
    {"wire-leak", "a sense wire of M5.T7, 30 ohm in it, to the chassis through 20 kohm", wire_leak},
    {"load-step", "40 A out of the link, then 25 A into it", load_step},
    {"power", "10 kW at the link", power},
    {"precharge", "precharge, main contactor with bounce, precharge off", precharge},
    {"weld", "main plus welded: off at the other pole, and on again at it alone", weld},
    {"link-short", "1 ohm across the link", link_short},
    {"charger-cc", "30 A into the link", charger_cc},
    {"charger-cv", "link held 1 V above the string's open voltage", charger_cv},
    {"charge-transfer", "fast branch by asinh under load", charge_transfer},
};
const size_t oracle_case_count = sizeof oracle_case / sizeof oracle_case[0];
