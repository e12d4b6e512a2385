/// Series pack of parallel cell pairs: the electrical and thermal truth that the BMS never sees.
///
/// Model    192 cells: OCV with entropic term and hysteresis, R0, three RC branches over SOC x core
///          temperature, charge transfer, losses of charge, internal short, broken tab, heat; the
///          two cells of a group solved in parallel exactly; terminal = sum of groups - joints and
///          busbars. Voltages and currents are means over a step. docs/plant.md has the equations
/// Sign     current_A > 0 discharges
/// Units    SI; SOC as a fraction 0..1
/// Memory   plain value; params points to const data that outlives it: copy it to snapshot it
/// Source   parameters and their references: the cell's parameter file (data/cells)
#ifndef SIM_PACK_H
#define SIM_PACK_H

#include <stdint.h>

#include "../ecu_model/pins.h"
#include "cell_params.h"

enum {
  PACK_GROUP_COUNT = PINS_GROUP_COUNT,
  PACK_CELL_COUNT = 2 * PACK_GROUP_COUNT ///< cell a of group g is 2g, cell b is 2g+1
};

/// Across a broken tab remains this much.
#define PACK_TAB_OPEN_ohm 1e9

typedef enum {
  PACK_OK = 0,
  PACK_ERR_DIVERGE = -1,
  PACK_ERR_CONFIG = -2,
  PACK_ERR_RANGE = -3
} pack_status_t;

/// Start values of one cell.
typedef struct {
  double soc; ///< 0..1
  double temperature_degC; ///< -40..120
  double capacity_scale; ///< 0.3..1.5 of the parameter file's capacity
  double resistance_scale; ///< 0.3..10 of the parameter file's resistances
  double self_discharge_scale; ///< 0..1000 of the parameter file's self-discharge
} pack_cell_init_t;

typedef struct {
  pack_cell_init_t cell[PACK_CELL_COUNT];
  double ambient_degC;
  double hysteresis; ///< of all cells, -1 after a discharge .. 1 after a charge
} pack_config_t;

/// Where the string's ohms that are not cells sit; with contactors and fuse 3 mOhm. Assumed split.
typedef struct {
  double joint_ohm; ///< each joint between two groups of a module
  double middle_joint_ohm; ///< the joint at the middle tap, between the two sense sections
  double busbar_ohm; ///< each busbar between modules
  double service_plug_ohm; ///< between M4 and M5 (place inferred)
} pack_joints_t;

typedef struct {
  double emf_V; ///< of the whole string, at zero current (with this step's extra currents)
  double ohm; ///< of the whole string with its joints: under a mean current_A the string shows
      ///< emf_V - ohm current_A in the mean of the step
} pack_source_t;

/// Where the energy is. enthalpy_J + stored_J + reactant_J + made_J + groups_J stays what it was at
/// the start.
typedef struct {
  double enthalpy_J; ///< in the cells' charge
  double stored_J; ///< in the branches' capacitances
  double reactant_J; ///< in what a runaway would burn
  double made_J; ///< turned into heat inside the cells
  double groups_J; ///< left through the groups' terminals, sense wires included
  double joint_J; ///< of those, turned into heat in joints and busbars
} pack_ledger_t;

#include "pack_heat_state.h" /* pack_air_t, pack_runaway_t */
#include "pack_state.h" /* pack_t */

/// A cell at 50 %, 25 degC, as the parameter file describes it.
pack_cell_init_t pack_cell_usual(void);

/// PACK_ERR_CONFIG iff a start value is out of its range or not finite; pack is then untouched.
pack_status_t pack_init(pack_t *pack, const cell_params_t *params, const pack_config_t *config);

/// The string as a source for a step of dt_us. group_extra_A (96) are sense-wire currents that
/// discharge single groups (bleed), at most some 100 mA; they hold until the next call.
pack_source_t pack_source(pack_t *pack, const double group_extra_A[PACK_GROUP_COUNT],
                          uint32_t dt_us);

/// Take over what the caller changed in "what each cell is" or in a state at once, not at the next
/// refresh.
void pack_refresh(pack_t *pack);

/// A short inside a cell, 1e-4..1e9 ohm; 0 removes it. A cell in runaway keeps its own, and its
/// burnt tab. PACK_ERR_RANGE iff ohm or cell is not valid.
pack_status_t pack_set_short(pack_t *pack, uint32_t cell, double ohm);

/// Resistance between a cell and its group, 0..PACK_TAB_OPEN_ohm (a lost parallel cell).
pack_status_t pack_set_tab(pack_t *pack, uint32_t cell, double ohm);

/// Advance by dt_us (1..100000) under a mean pack current and the extra currents given last.
/// Bit-identical for equal inputs. PACK_ERR_DIVERGE iff a state became non-finite, current_A is not
/// within +-1e5 A or dt_us not in its range; the pack then keeps its last good state.
pack_status_t pack_step(pack_t *pack, double current_A, uint32_t dt_us);

/// Source potentials of the 111 sense wires against pack minus, in the mean of the last step.
void pack_wire_sources(const pack_t *pack, double wire_V[PINS_WIRE_COUNT]);

/// What the cells hold and where their energy went. Heat of the last PACK_REFRESH_us included.
pack_ledger_t pack_ledger(const pack_t *pack);

/// The same without what the cells' chemistry holds (enthalpy_J and reactant_J are 0): cheap.
pack_ledger_t pack_ledger_heat(const pack_t *pack);

/// Its joint_J alone.
double pack_joint_heat_J(const pack_t *pack);

/// Terminal voltage of a group, its cells' mean or extreme temperature, and so on: read-only views.
double pack_group_V(const pack_t *pack, uint32_t group);
double pack_cell_soc(const pack_t *pack, uint32_t cell);
double pack_cell_degC(const pack_t *pack, uint32_t cell); ///< core
double pack_cell_surface_degC(const pack_t *pack, uint32_t cell);
double pack_cell_A(const pack_t *pack, uint32_t cell);
double pack_module_degC(const pack_t *pack, uint32_t module); ///< NTC: at the middle tap (assumed)
void pack_modules_degC(const pack_t *pack, double degC[PINS_MODULE_COUNT]); ///< of all modules

#endif
