/// Wire order, groups, joints, ohms of the string and the levels of the front end by closed forms.
#include "oracle_definition.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../ecu_model/gen/pinout_text.h"
#include "oracle_cell.h"
#include "oracle_wires.h"

static void tell(oracle_total_t *total, int is_right, const char *what, double found,
                 double expected) {
  printf("%-4s definition: %s: %.9g, expected %.9g\n", is_right ? "ok" : "FAIL", what, found,
         expected);
  if (is_right)
    total->passed_count++;
  else
    total->failed_count++;
}

static void tell_near(oracle_total_t *total, const char *what, double found, double expected,
                      double tolerance) {
  tell(total, fabs(found - expected) <= tolerance, what, found, expected);
}

/// The pinout's words against its tables: pin, module, tap, section, input, and the group's end.
static void check_wires(const oracle_wires_t *wires, oracle_total_t *total) {
  uint32_t same_count = 0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    const oracle_wire_t *mine = &wires->wire[w];
    const pinout_wire_t *row = &pinout_wire[w];
    const uint32_t group = mine->is_at_top ? row->group_below : row->group_above;
    const int is_single = !mine->is_doubled && mine->tap > 0;
    same_count += strcmp(mine->pin, pinout_wire_name(w)) == 0 && mine->module + 1 == row->module &&
                  mine->tap == row->tap && mine->is_upper == row->section &&
                  mine->input == row->c_input && mine->group == group &&
                  (is_single || mine->is_at_top || row->group_below == PINOUT_NONE);
  }
  tell_near(total, "sense wires in their order and place", same_count, PINS_WIRE_COUNT, 0.0);
}

static void check_groups(const oracle_wires_t *wires, oracle_total_t *total) {
  static const uint32_t expected[PINS_MODULE_COUNT] = {14, 10, 10, 14, 14, 10, 10, 14};
  uint32_t same_count = 0, sum = 0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    same_count += wires->group_count[m] == expected[m] && 2 * wires->middle_tap[m] == expected[m];
    sum += wires->group_count[m];
  }
  tell_near(total, "modules of 14 or 10 groups, halved at the middle tap", same_count,
            PINS_MODULE_COUNT, 0.0);
  tell_near(total, "groups", sum, PACK_GROUP_COUNT, 0.0);
}

/// 80 joints inside of half modules, 8 at middle taps, 6 busbars and the plug; with fuse and two
/// contacts 3 mOhm.
static double check_joints(const oracle_world_t *world, oracle_total_t *total) {
  static pack_t pack;
  const pack_joints_t *joints = &world->joints;
  const double sum_ohm = 80.0 * joints->joint_ohm + 8.0 * joints->middle_joint_ohm +
                         6.0 * joints->busbar_ohm + joints->service_plug_ohm;
  const double path_ohm = sum_ohm + world->hv.fuse_ohm + 2.0 * world->hv.contact_ohm;
  if (pack_init(&pack, &world->cell, &world->config) != PACK_OK) return 0.0;
  tell_near(total, "joints in series, mOhm", 1e3 * pack.joints_ohm, 1e3 * sum_ohm, 1e-9);
  tell_near(total, "joints, fuse and contacts, mOhm", 1e3 * path_ohm, 3.0, 1e-6);
  return path_ohm;
}

/// The pack's published resistance: 51 mOhm at about 5 s and 31 degC.
static void check_string(const cell_params_t *cell, oracle_world_t *world, double path_ohm,
                         oracle_total_t *total) {
  const double time_s = 5.0;
  world->cell = *cell;
  world->config.cell[0] = pack_cell_usual();
  world->config.cell[0].temperature_degC = 31.0;
  const oracle_cell_t at = oracle_cell(world, 0);
  double cell_ohm = at.r0_ohm;
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++)
    cell_ohm += at.branch_ohm[k] * (1.0 - exp(-time_s / at.tau_s[k]));
  const double string_mohm = 1e3 * (PACK_GROUP_COUNT * cell_ohm / 2.0 + path_ohm);
  tell_near(total, "pack after 5 s at 31 degC, mOhm", string_mohm, 51.0, 1.0);
}

void oracle_definition_check(const cell_params_t *cell, oracle_total_t *total) {
  static oracle_world_t world;
  oracle_wires_t wires;
  oracle_wires_read(&wires);
  oracle_world_init(&world, cell);
  check_wires(&wires, total);
  check_groups(&wires, total);
  const double path_ohm = check_joints(&world, total);
  check_string(cell, &world, path_ohm, total);
}
