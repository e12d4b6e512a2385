/// The loop that closes world and ECU: the only part that sees both sides.
///
/// Model    hil_step does steps 2-5 of a tick: plant, pins, ECU, bus. The caller changes stimuli
///          and faults before it (step 1) and judges and records after it (6, 7). What the ECU
///          commands at tick k acts on the plant at tick k+1.
/// Units    SI doubles for the world, integers for the ECU's belief
/// Memory   hil_t is flat: no pointers but to const data; a memcpy is a checkpoint
/// Threads  any number of instances; one thread each
#ifndef SIM_HIL_H
#define SIM_HIL_H

#include <stdint.h>

#include "../ecu_model/board/board.h"
#include "../ecu_model/core/bms.h"
#include "../ecu_model/gen/can_table.h"
#include "../ecu_model/pins.h"
#include "afe_heat.h"
#include "can/can_mem.h"
#include "charger.h"
#include "harness.h"
#include "hil_guest.h"
#include "hil_seat.h"
#include "hv.h"
#include "isolation.h"
#include "pack.h"
#include "restbus.h"
#include "sensors.h"
#include "vcm.h"
#include "vehicle.h"

enum { HIL_NODE_BMS, HIL_NODE_VCM, HIL_NODE_TESTER, HIL_NODE_MONITOR };

#define HIL_INLET_IS_AMBIENT -1000.0

/// What the script asks of the world. Changed only between ticks.
typedef struct {
  vcm_request_t request;
  uint8_t clear_faults;
  uint8_t obeys_limits; ///< vehicle and loads obey the published power limits
  uint8_t load_is_gated; ///< current, power and resistance act only in drive or charge
  uint8_t charger_obeys; ///< charger follows BMS_Limits, else it does what it is set to
  const cycle_t *cycle; ///< drive cycle that waits: begins once the BMS reports drive and the cycle
      ///< before is over, and is then NULL
  uint32_t cycle_repeat_count;
  double current_A, power_W, resistance_ohm; ///< resistance 0: none
  double aux_W;
  double charger_current_A, charger_voltage_V; ///< 0 A: no charger
  uint8_t charger_kind; ///< charger_kind_t
  double short_ohm; ///< external short of the link, 0: none
  double terminal_short_ohm; ///< of the pack's side of the contactors, 0: none
  double ambient_degC, supply_V;
  double inlet_degC; ///< of the cooling air; HIL_INLET_IS_AMBIENT: the ambient's
  double fan_step; ///< 0..9 whatever the ECU commands; below 0: as it commands
  uint8_t hvil_is_closed, crash_is_signalled, ignition_is_on, kl30c_is_on, charger_is_plugged;
  uint8_t heater_is_forced; ///< the mats are on whatever the ECU commands
} hil_stimulus_t;

typedef struct {
  can_frame_t frame;
  uint64_t time_ns;
  uint32_t count;
} hil_last_frame_t;

/// The ECU's own time; hil_time.h acts on it.
typedef struct {
  uint64_t clock_us; ///< of the coming tick
  uint64_t next_ms; ///< clock of the next step
  uint64_t hang_us; ///< when the hanging began
  int64_t drift_rest; ///< less than a us, in 1e-12 s
  int32_t drift_ppm;
  uint32_t hang_ms; ///< of each second; 0: it does not hang
  uint8_t has_drifted;
  uint8_t padding[7];
} hil_time_t;
/// The ECU's reset; hil_ecu.h acts on it.
typedef struct {
  uint32_t boot_us; ///< until the core starts; 0: it runs, unless it is stopped
  uint8_t is_stopped;
  uint8_t cause; ///< bms_reset_t of the coming start
  uint8_t is_browned_out; ///< the supply has fallen too low and has not recovered
  uint8_t padding;
} hil_ecu_t;

typedef struct {
  const pack_config_t *pack;
  const cell_params_t *cell;
  hv_params_t hv;
  uint64_t seed;
  uint32_t dt_us; ///< 1000 unless the scenario says otherwise
  uint32_t time_start_ms; ///< what the ECU's clock shows at the first tick
  uint8_t can_is_fd; ///< the bus carries FD frames, and the BMS uses them
  restbus_kind_t rest_bus; ///< what vehicle and charger send
  const hil_seat_t *seat; ///< NULL: only the core in this process; else it must outlive hil
  const hil_guest_t *guest; ///< NULL: board and core are here; else it must outlive hil
} hil_config_t;

typedef struct {
  pack_t pack; ///< first, and the next: they begin with a line of the cache
  harness_t harness;
  afe_heat_t afe_heat;
  uint64_t now_us; ///< start of the coming tick
  uint64_t tick;
  uint32_t dt_us;
  hil_stimulus_t stimulus;
  hv_t hv;
  isolation_t isolation;
  charger_t charger;
  sensors_t sensors;
  vehicle_t vehicle;
  vcm_t vcm;
  restbus_t restbus;
  can_mem_t bus;
  board_t board;
  bms_t bms;
  hil_ecu_t ecu;
  pins_in_t pins_in;
  pins_out_t pins_out;
  bms_in_t in;
  bms_out_t out;
  uint32_t time_start_ms;
  uint8_t can_is_fd; ///< the bus carries FD frames
  hil_time_t time;
  double pack_A; ///< mean of the last tick
  double pack_V; ///< pack side of the contactors
  double pack_J, pack_loss_J; ///< energy out of the pack's terminals; lost in the HV path
  double wire_source_V[PINS_WIRE_COUNT];
  double group_extra_A[PINS_GROUP_COUNT];
  hil_last_frame_t last_frame[CAN_MSG_COUNT]; ///< newest of each DBC message
  uint8_t drive_has_begun; ///< the first cycle
  uint8_t wires_are_new; ///< the harness was solved in this tick
  uint64_t output_hash, trace_hash;
  const hil_seat_t *seat;
  const hil_guest_t *guest;
  uint8_t seat_has_failed;
} hil_t;

typedef enum {
  HIL_OK = 0,
  HIL_ERR_CONFIG = -1,
  HIL_ERR_DIVERGE = -2,
  HIL_ERR_ECU = -3
} hil_status_t;

/// HIL_ERR_CONFIG iff the pack's start values are out of range, HIL_ERR_ECU iff the seat did not
/// boot.
hil_status_t hil_init(hil_t *hil, const hil_config_t *config);

/// One tick. HIL_ERR_DIVERGE iff the plant became non-finite; the state is then the last good one.
/// HIL_ERR_ECU iff the seat failed: the tick is not done, nothing of it counts.
hil_status_t hil_step(hil_t *hil);

/// What a tick is made of. Step 2: voltage and cells; 3: harness and sensors; 4: board and core.
typedef enum {
  HIL_PART_VOLTAGE, ///< load, chassis, contactors, link
  HIL_PART_CELLS, ///< and their heat
  HIL_PART_HARNESS, ///< sources and network of the sense wires, where an AFE converts
  HIL_PART_SENSORS,
  HIL_PART_BOARD, ///< before the core and after it
  HIL_PART_CORE,
  HIL_PART_BUS,
  HIL_PART_HASH,
  HIL_PART_COUNT
} hil_part_t;

/// Told when a part begins, and with HIL_PART_COUNT when the tick is over.
typedef struct {
  void (*begins)(void *user, hil_part_t part);
  void *user;
} hil_probe_t;

/// hil_step for whoever measures what the parts take. The state is that of hil_step.
hil_status_t hil_step_probed(hil_t *hil, const hil_probe_t *probe);

/// Frames that passed on the bus, oldest first; call it until 0 after each tick: it also notes the
/// newest frame of each message in last_frame, which the can. signals read. 0 iff there is none
/// left.
int hil_next_frame(hil_t *hil, can_mem_rx_t *rx);

#endif
