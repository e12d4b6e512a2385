/// Signals of the world: pack, groups, cells, modules, link, contactors, vehicle.
#include "../ecu_model/gen/pinout_text.h"
#include "names.h"
#include "signals_read.h"

enum { FAST = 1, PACK = 10, GROUP = 100, CELL = 1000, CHANGE = 0, CSV = 1, NO_CSV = 0 };
static const double J_PER_WH = 3600.0;

static double group_max_V(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return signals_max_f64(hil->pack.group_V, PACK_GROUP_COUNT);
}

static double group_min_V(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return signals_min_f64(hil->pack.group_V, PACK_GROUP_COUNT);
}

static double group_mean_V(const signal_t *signal, const hil_t *hil) {
  double sum = 0.0;
  (void)signal;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    sum += hil->pack.group_V[g];
  }
  return sum / PACK_GROUP_COUNT;
}

static double mean_soc_pct(const signal_t *signal, const hil_t *hil) {
  double sum = 0.0;
  (void)signal;
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    sum += pack_cell_soc(&hil->pack, c);
  }
  return 100.0 * sum / PACK_CELL_COUNT;
}

static double cell_max_degC(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return signals_max_f64(hil->pack.core_degC[0], PACK_CELL_COUNT);
}

static double cell_min_degC(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return signals_min_f64(hil->pack.core_degC[0], PACK_CELL_COUNT);
}

static double cell_A(const signal_t *signal, const hil_t *hil) {
  return pack_cell_A(&hil->pack, signal->index);
}

static double cell_soc_pct(const signal_t *signal, const hil_t *hil) {
  return 100.0 * pack_cell_soc(&hil->pack, signal->index);
}

static double cell_degC(const signal_t *signal, const hil_t *hil) {
  return pack_cell_degC(&hil->pack, signal->index);
}

static double cell_surface_degC(const signal_t *signal, const hil_t *hil) {
  return pack_cell_surface_degC(&hil->pack, signal->index);
}

static double cell_hysteresis(const signal_t *signal, const hil_t *hil) {
  return hil->pack.hysteresis[signal->index % 2][signal->index / 2];
}

enum { LEDGER_ENTHALPY, LEDGER_MADE, LEDGER_JOINTS };

/* Each by its cheapest way. */
static double ledger_part(const signal_t *signal, const hil_t *hil) {
  const pack_t *pack = &hil->pack;
  if (!pack->params) return 0.0; /* before the first hil_init */
  if (signal->index == LEDGER_ENTHALPY) return pack_ledger(pack).enthalpy_J / J_PER_WH;
  if (signal->index == LEDGER_MADE) return pack_ledger_heat(pack).made_J / J_PER_WH;
  return pack_joint_heat_J(pack) / J_PER_WH;
}

static double cell_capacity_pct(const signal_t *signal, const hil_t *hil) {
  uint32_t side = signal->index % 2, group = signal->index / 2;
  double soc_per_As = hil->pack.soc_per_As[side][group];
  if (!(soc_per_As > 0.0)) {
    return 0.0;
  }
  return 100.0 / (soc_per_As * 3600.0 * hil->pack.params->capacity_Ah);
}

static double cell_resistance_pct(const signal_t *signal, const hil_t *hil) {
  return 100.0 * hil->pack.resistance_scale[signal->index % 2][signal->index / 2];
}

static double module_degC(const signal_t *signal, const hil_t *hil) {
  return pack_module_degC(&hil->pack, signal->index);
}

static double load_W(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return hil->hv.load_A * hil->hv.link_mean_V;
}

static double link_missing_V(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return hil->pack_V - hil->hv.link_V;
}

static double isolation_all_ohm(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return isolation_ohm(&hil->isolation);
}

static double isolation_one_ohm(const signal_t *signal, const hil_t *hil) {
  return isolation_side_ohm(&hil->isolation, signal->index);
}

static double fuse_is_open(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return hil->hv.fuse_is_blown || hil->hv.fuse_is_open ? 1.0 : 0.0;
}

static double precharge_is_open(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return hil->hv.precharge_is_open || hil->hv.precharge_is_burnt ? 1.0 : 0.0;
}

static double precharge_degC(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return hil->stimulus.ambient_degC + hil->hv.precharge_K;
}

static double grid_W(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  double output_W = hil->hv.charger_A * hil->hv.link_mean_V;
  return output_W / charger_limits((charger_kind_t)hil->charger.held_kind).efficiency;
}

static double energy_Wh_per_km(const signal_t *signal, const hil_t *hil) {
  double distance_m = hil->vehicle.ledger.distance_m;
  (void)signal;
  return distance_m > 1.0 ? hil->pack_J / J_PER_WH / (distance_m / 1000.0) : 0.0;
}

/// Pack energy against wheel work, auxiliaries, drive losses, HV losses and what the link still
/// holds.
static double ledger_error_pct(const signal_t *signal, const hil_t *hil) {
  const vehicle_ledger_t *ledger = &hil->vehicle.ledger;
  double link_J = 0.5 * hil->hv.params.link_F * hil->hv.link_V * hil->hv.link_V;
  double spent_J = ledger->wheel_J + ledger->aux_J + ledger->loss_J + hil->pack_loss_J + link_J;
  (void)signal;
  if (ledger->distance_m <= 1.0 || hil->pack_J <= 0.0) {
    return 0.0;
  }
  return 100.0 * (spent_J - hil->pack_J) / hil->pack_J;
}

static double cycle_is_done(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return hil->drive_has_begun && vehicle_is_done(&hil->vehicle, hil->now_us) ? 1.0 : 0.0;
}

static double request(const signal_t *signal, const hil_t *hil) {
  (void)signal;
  return (double)hil->stimulus.request;
}

static void add_pack(void) {
  signals_add(SIGNALS_FIELD(pack_V, "V", FAST, CSV, 1.0, "pack side of the contactors"),
              "phys.pack.V");
  signals_add(SIGNALS_FIELD(pack_A, "A", FAST, CSV, 1.0, "pack current, > 0 discharges"),
              "phys.pack.A");
  signals_add(SIGNALS_CALL(mean_soc_pct, 0, "%", GROUP, CSV, "mean of all cells"),
              "phys.pack.soc_pct");
  signals_add(SIGNALS_FIELD(pack_J, "Wh", GROUP, CSV, 1.0 / J_PER_WH, "out of the terminals"),
              "phys.pack.Wh");
  signals_add(SIGNALS_FIELD(pack_loss_J, "Wh", GROUP, NO_CSV, 1.0 / J_PER_WH,
                            "lost in the high-voltage path"),
              "phys.loss.Wh");
  signals_add(SIGNALS_FIELD(hv.link_V, "V", FAST, CSV, 1.0, "DC link"), "phys.link.V");
  signals_add(SIGNALS_CALL(link_missing_V, 0, "V", PACK, NO_CSV, "pack voltage less link voltage"),
              "phys.link.missing_V");
  signals_add(SIGNALS_FIELD(hv.load_A, "A", PACK, NO_CSV, 1.0, "taken from the link"),
              "phys.load.A");
  signals_add(SIGNALS_CALL(load_W, 0, "W", PACK, NO_CSV, "taken from the link"), "phys.load.W");
  signals_add(SIGNALS_FIELD(hv.charger_A, "A", PACK, CSV, 1.0, "from the charger"),
              "phys.charger.A");
  signals_add(SIGNALS_FIELD(hv.precharge_J, "J", PACK, NO_CSV, 1.0, "heat in the resistor"),
              "phys.precharge.J");
  signals_add(SIGNALS_FIELD(hv.fuse_is_blown, "", CHANGE, NO_CSV, 1.0, "main fuse"),
              "phys.fuse.blown");
  signals_add(SIGNALS_FIELD(hv.max_power_point_count, "", GROUP, NO_CSV, 1.0,
                            "ticks in which a power demand had no solution"),
              "phys.load.max_power_point_count");
  signals_add(SIGNALS_CALL(request, 0, "", CHANGE, CSV, "what the script asks of the vehicle"),
              "phys.request");
  signals_add(SIGNALS_FIELD(stimulus.ambient_degC, "degC", GROUP, NO_CSV, 1.0, "air"),
              "phys.ambient.degC");
}

static void add_ledger(void) {
  signals_add(SIGNALS_CALL(ledger_part, LEDGER_ENTHALPY, "Wh", CELL, NO_CSV,
                           "chemical energy above 0 % SOC"),
              "phys.pack.enthalpy_Wh");
  signals_add(SIGNALS_CALL(ledger_part, LEDGER_MADE, "Wh", CELL, NO_CSV,
                           "turned into heat inside the cells"),
              "phys.pack.heat_Wh");
  signals_add(
      SIGNALS_CALL(ledger_part, LEDGER_JOINTS, "Wh", CELL, NO_CSV, "heat of joints and busbars"),
      "phys.joints.heat_Wh");
}

static void add_vehicle(void) {
  signals_add(SIGNALS_FIELD(vehicle.speed_mps, "km/h", GROUP, CSV, 3.6, "of the vehicle"),
              "phys.vehicle.speed_kph");
  signals_add(SIGNALS_FIELD(vehicle.ledger.distance_m, "m", GROUP, CSV, 1.0, "driven"),
              "phys.vehicle.distance_m");
  signals_add(SIGNALS_FIELD(vehicle.ledger.missed_J, "Wh", GROUP, NO_CSV, 1.0 / J_PER_WH,
                            "asked for by the cycle, not delivered"),
              "phys.vehicle.missed_Wh");
  signals_add(SIGNALS_CALL(energy_Wh_per_km, 0, "Wh/km", GROUP, NO_CSV, "pack energy per distance"),
              "phys.vehicle.energy_Wh_per_km");
  signals_add(SIGNALS_CALL(ledger_error_pct, 0, "%", GROUP, NO_CSV,
                           "work, auxiliaries and losses against pack energy"),
              "phys.vehicle.ledger_error_pct");
  signals_add(SIGNALS_CALL(cycle_is_done, 0, "", CHANGE, NO_CSV, "the drive cycle is over"),
              "phys.vehicle.cycle_done");
}

static void add_cells(void) {
  signals_add(SIGNALS_CALL(group_max_V, SIGNALS_OF_MANY, "V", PACK, CSV, "highest group"),
              "phys.group.max.V");
  signals_add(SIGNALS_CALL(group_min_V, SIGNALS_OF_MANY, "V", PACK, CSV, "lowest group"),
              "phys.group.min.V");
  signals_add(SIGNALS_CALL(group_mean_V, SIGNALS_OF_MANY, "V", GROUP, CSV, "mean of all groups"),
              "phys.group.mean.V");
  signals_add(SIGNALS_CALL(cell_max_degC, SIGNALS_OF_MANY, "degC", GROUP, CSV, "hottest cell"),
              "phys.cell.max.degC");
  signals_add(SIGNALS_CALL(cell_min_degC, SIGNALS_OF_MANY, "degC", GROUP, CSV, "coldest cell"),
              "phys.cell.min.degC");
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    signals_add(
        SIGNALS_ITEM(pack.group_V[0], sizeof(double), g, "V", GROUP, 1.0, "terminals of the group"),
        "phys.group.%s.V", pinout_group_name(g));
  }
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    char name[8];
    names_cell_text(c, name, sizeof name);
    signals_add(SIGNALS_CALL(cell_A, c, "A", CELL, NO_CSV, "current of the cell"), "phys.cell.%s.A",
                name);
    signals_add(SIGNALS_CALL(cell_soc_pct, c, "%", CELL, NO_CSV, "state of charge"),
                "phys.cell.%s.soc_pct", name);
    signals_add(SIGNALS_CALL(cell_degC, c, "degC", CELL, NO_CSV, "temperature of the cell's core"),
                "phys.cell.%s.degC", name);
    signals_add(
        SIGNALS_CALL(cell_surface_degC, c, "degC", SIGNALS_NOT_RECORDED, NO_CSV, "of its surface"),
        "phys.cell.%s.surface_degC", name);
    signals_add(SIGNALS_CALL(cell_hysteresis, c, "", SIGNALS_NOT_RECORDED, NO_CSV,
                             "-1 after discharge .. 1 after charge"),
                "phys.cell.%s.hysteresis", name);
    signals_add(
        SIGNALS_CALL(cell_capacity_pct, c, "%", SIGNALS_NOT_RECORDED, NO_CSV, "of the cell file's"),
        "phys.cell.%s.capacity_pct", name);
    signals_add(SIGNALS_CALL(cell_resistance_pct, c, "%", SIGNALS_NOT_RECORDED, NO_CSV,
                             "of the cell file's"),
                "phys.cell.%s.resistance_pct", name);
  }
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    signals_add(SIGNALS_CALL(module_degC, m, "degC", GROUP, NO_CSV, "where the thermistor sits"),
                "phys.module.%u.degC", m + 1);
  }
}

static void add_heat(void) {
  signals_add(SIGNALS_FIELD(pack.air.inlet_degC, "degC", CELL, NO_CSV, 1.0, "cooling air"),
              "phys.inlet.degC");
  signals_add(SIGNALS_FIELD(pack.air.outlet_degC, "degC", CELL, NO_CSV, 1.0,
                            "air behind the modules; the cases' mean while it stands"),
              "phys.air.outlet_degC");
  signals_add(
      SIGNALS_FIELD(pack.air.flow_WpK, "W/K", CELL, NO_CSV, 1.0, "heat capacity flow of the air"),
      "phys.air.WpK");
  signals_add(SIGNALS_FIELD(pack.air.fan_Hz, "Hz", GROUP, NO_CSV, 1.0, "speed of the fan"),
              "phys.fan.Hz");
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++) {
    signals_add(SIGNALS_ITEM(pack.air.mat_degC[0], sizeof(double), i, "degC", CELL, 1.0,
                             "heater mat, 1 under M1..M4, 2 under M5..M8"),
                "phys.heater.%u.degC", i + 1);
    signals_add(SIGNALS_ITEM(pack.air.mat_W[0], sizeof(double), i, "W", CELL, 1.0,
                             "electrical power of the heater mat"),
                "phys.heater.%u.W", i + 1);
  }
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    signals_add(
        SIGNALS_ITEM(pack.case_degC[0], sizeof(double), m, "degC", CELL, 1.0, "case of the module"),
        "phys.module.%u.case_degC", m + 1);
  }
  signals_add(SIGNALS_FIELD(pack.runaway.collapsed_count, "", CHANGE, NO_CSV, 1.0,
                            "cells whose separator gave way"),
              "phys.pack.collapsed_count");
  signals_add(
      SIGNALS_FIELD(pack.runaway.vented_count, "", CHANGE, NO_CSV, 1.0, "cells that have vented"),
      "phys.pack.vented_count");
  signals_add(
      SIGNALS_FIELD(pack.runaway.gas_L, "L", CELL, NO_CSV, 1.0, "gas vented, at 25 degC and 1 bar"),
      "phys.pack.vent_gas_L");
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    char name[8];
    names_cell_text(c, name, sizeof name);
    signals_add(SIGNALS_ITEM(pack.runaway.is_vented[0][0], 1, c, "", CHANGE, 1.0,
                             "the cell has vented: thermal runaway"),
                "phys.cell.%s.vented", name);
  }
}

static double board_K(const signal_t *signal, const hil_t *hil) {
  return afe_heat_board_K(&hil->afe_heat, signal->index, hil->now_us);
}

static double board_degC(const signal_t *signal, const hil_t *hil) {
  return hil->pack.case_degC[signal->index] + board_K(signal, hil);
}

static double die_degC(const signal_t *signal, const hil_t *hil) {
  return board_degC(signal, hil) + hil->afe_heat.params.die_K;
}

static double resistor_degC(const signal_t *signal, const hil_t *hil) {
  return board_degC(signal, hil) + afe_heat_resistor_K(&hil->afe_heat, signal->index, hil->now_us);
}

static double bled_J(const signal_t *signal, const hil_t *hil) {
  return afe_heat_J(&hil->afe_heat, signal->index, hil->now_us);
}

static void add_boards(void) {
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    signals_add(SIGNALS_CALL(board_degC, m, "degC", CELL, NO_CSV, "AFE board of the module"),
                "phys.board.%u.degC", m + 1);
    signals_add(SIGNALS_CALL(board_K, m, "K", SIGNALS_NOT_RECORDED, NO_CSV,
                             "of the board above the module's case"),
                "phys.board.%u.rise_K", m + 1);
    signals_add(
        SIGNALS_CALL(die_degC, m, "degC", SIGNALS_NOT_RECORDED, NO_CSV, "chip on the board"),
        "phys.board.%u.die_degC", m + 1);
    signals_add(SIGNALS_CALL(resistor_degC, m, "degC", SIGNALS_NOT_RECORDED, NO_CSV,
                             "hottest discharge resistor on the board"),
                "phys.board.%u.resistor_degC", m + 1);
    signals_add(SIGNALS_CALL(bled_J, m, "J", SIGNALS_NOT_RECORDED, NO_CSV,
                             "turned into heat by the discharge switches"),
                "phys.board.%u.bled_J", m + 1);
  }
}

static void add_contactors(void) {
  static const char *const names[] = {"main_pos", "main_neg", "precharge"};
  for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    signals_row_t row =
        *SIGNALS_ITEM(hv.contact_is_closed[0], 1, i, "", CHANGE, 1.0, "the contact itself");
    row.in_csv = CSV;
    signals_add(&row, "contactor.%s.closed", names[i]);
    signals_add(SIGNALS_ITEM(hv.aux_is_closed[0], 1, i, "", CHANGE, 1.0, "auxiliary contact"),
                "contactor.%s.aux_closed", names[i]);
    signals_add(SIGNALS_ITEM(hv.contact_is_welded[0], 1, i, "", CHANGE, 1.0,
                             "welded by an arc or by inrush"),
                "contactor.%s.welded", names[i]);
    signals_add(SIGNALS_ITEM(hv.contact_wear[0], sizeof(double), i, "%", GROUP, 100.0,
                             "of the arcs that weld it"),
                "contactor.%s.wear_pct", names[i]);
    signals_add(SIGNALS_ITEM(hv.contact_A[0], sizeof(double), i, "A", PACK, 1.0,
                             "through the contact, > 0 discharges"),
                "contactor.%s.A", names[i]);
  }
}

static void add_parts(void) {
  signals_add(SIGNALS_CALL(precharge_degC, 0, "degC", PACK, NO_CSV, "precharge resistor"),
              "phys.precharge.degC");
  signals_add(SIGNALS_CALL(precharge_is_open, 0, "", CHANGE, NO_CSV, "broken or burnt out"),
              "phys.precharge.open");
  signals_add(SIGNALS_CALL(fuse_is_open, 0, "", CHANGE, NO_CSV, "main fuse blown or out"),
              "phys.fuse.open");
  signals_add(SIGNALS_FIELD(hv.fuse_I2t_A2s, "A2s", PACK, NO_CSV, 1.0,
                            "heat of the main fuse above its rated current"),
              "phys.fuse.I2t");
  signals_add(SIGNALS_FIELD(hv.string_is_open, "", CHANGE, NO_CSV, 1.0, "service plug is out"),
              "phys.service_plug.open");
  signals_add(SIGNALS_FIELD(hv.charger_is_in_cv, "", CHANGE, NO_CSV, 1.0,
                            "charger stands at its voltage limit"),
              "phys.charger.cv");
  signals_add(SIGNALS_CALL(grid_W, 0, "W", PACK, NO_CSV, "what the charger takes from the grid"),
              "phys.charger.grid_W");
  signals_add(SIGNALS_FIELD(charger.grid_J, "Wh", GROUP, NO_CSV, 1.0 / J_PER_WH,
                            "taken from the grid since the start"),
              "phys.charger.grid_Wh");
}

static void add_isolation(void) {
  signals_add(SIGNALS_FIELD(isolation.chassis_V, "V", PACK, CSV, 1.0,
                            "chassis against pack minus, at the tick's end"),
              "phys.chassis.V");
  signals_add(SIGNALS_CALL(isolation_all_ohm, 0, "ohm", PACK, NO_CSV,
                           "all leaks to the chassis in parallel, without the dividers"),
              "phys.isolation.ohm");
  signals_add(SIGNALS_CALL(isolation_one_ohm, ISOLATION_POS, "ohm", PACK, NO_CSV,
                           "what the leaks come to between pack plus and chassis"),
              "phys.isolation.pos_ohm");
  signals_add(SIGNALS_CALL(isolation_one_ohm, ISOLATION_NEG, "ohm", PACK, NO_CSV,
                           "what the leaks come to between pack minus and chassis"),
              "phys.isolation.neg_ohm");
  signals_add(SIGNALS_FIELD(isolation.plus_A, "A", PACK, NO_CSV, 1.0,
                            "out of pack plus into the chassis: leaks, divider, Y-capacitor"),
              "phys.isolation.plus_A");
  signals_add(SIGNALS_FIELD(isolation.heat_J, "J", GROUP, NO_CSV, 1.0,
                            "heat of leaks and dividers since the start"),
              "phys.isolation.heat_J");
}

void signals_add_phys(void) {
  add_pack();
  add_ledger();
  add_vehicle();
  add_cells();
  add_heat();
  add_boards();
  add_contactors();
  add_parts();
  add_isolation();
}
