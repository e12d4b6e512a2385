/// The plant on a real bus: pace, pause, the ECU behind the bus cut, the vehicle's rest-bus.
/// Without a bus the same clock and the same commands, with the ECU in this process.
///
/// Model    serve_port and serve_guest go into run_options_t. At each tick's boundary the command
///          hook is asked, then the tick's wall time is waited for (absolute, so that nothing adds
///          up); late by more than SERVE_SLIP_us, the schedule moves. In stepped time the plant
///          waits for the ECU instead of the clock. The run begins once an ECU has the seat; until
///          then the command hook is asked every 10 ms
/// Units    wall time in us of CLOCK_MONOTONIC; nothing simulated depends on it but through the ECU
/// Memory   serve_open allocates; serve_close frees
/// Threads  one
#ifndef SCENARIOS_SERVE_H
#define SCENARIOS_SERVE_H

#include <signal.h>
#include <stdint.h>

#include "../sim/can/bus.h"
#include "../sim/cut_plant.h"
#include "bench_seat.h"
#include "faults.h"
#include "lateness.h"
#include "run.h"

enum { SERVE_SLIP_us = 100000, SERVE_RATE_MAX_permille = 60000 };

/// What the command hook wants. It is asked again at the next boundary, while paused every 10 ms.
typedef enum { SERVE_GO, SERVE_PAUSE, SERVE_STOP, SERVE_END } serve_wish_t; ///< END: judged

typedef struct {
  bus_t *bus; ///< open; NULL: board and core are in this process
  uint16_t session; ///< not 0
  uint16_t timeout_ms; ///< until a silent ECU is lost
  uint16_t rate_permille; ///< of real time
  uint8_t is_stepped, is_fd;
  uint8_t has_no_seat; ///< an ECU that knows CAN alone: nobody is waited for
  uint8_t vehicle_is_elsewhere; ///< frames of vehicle and charger come from the bus
  const bench_file_t *bench; ///< frames of somebody else's DBC, both ways; NULL: none
  uint32_t wait_s; ///< for the first ECU; 0: as long as it takes
  uint8_t is_judged_at_stop;
  const volatile sig_atomic_t *stop; ///< not 0: end
  /// At each boundary, with everything at rest: faults and stimulus may be changed here, and the
  /// run put back to a checkpoint. NULL: SERVE_GO always.
  serve_wish_t (*command)(void *user, hil_t *hil);
  /// While paused: wait for a command, at most wait_ms; NULL: whoever commands is asked each 10 ms.
  void (*wait)(void *user, int wait_ms);
  void *user;
  cut_words_t words;
} serve_config_t;

typedef struct serve serve_t;

typedef struct {
  lateness_t lateness; ///< of the ticks in paced time
  uint64_t overrun_count; ///< ticks that began when the next one was due
  uint64_t slip_count, slip_us; ///< moves of the schedule, their sum
  uint64_t wait_us_max; ///< longest wait for the ECU in stepped time
  uint8_t nobody_came;
  cut_plant_stats_t cut;
} serve_figures_t;

/// NULL iff there is no memory.
serve_t *serve_open(const serve_config_t *config);
const run_port_t *serve_port(const serve_t *serve);
const hil_guest_t *serve_guest(const serve_t *serve); ///< NULL without a bus

/// From the next tick on so many permille of real time; not in stepped time.
void serve_set_rate(serve_t *serve, uint16_t rate_permille);
uint16_t serve_ecu(const serve_t *serve); ///< session of the one in the seat, 0: none
serve_figures_t serve_figures(const serve_t *serve);

/// Tells the ECU that the plant leaves; the bus stays open.
void serve_close(serve_t *serve);

/// 1 iff a fault lies inside of an ECU in another process.
int serve_is_inside(const fault_row_t *row);

/// What of a scenario lies inside of an ECU in another process. 0, or -1 with one line in why.
int serve_allows(const scenario_t *scenario, char *why, uint32_t why_bytes);

/// Listen for 150 ms: 1 iff another plant drives this bus already.
int serve_is_taken(bus_t *bus);

/// CLOCK_MONOTONIC.
uint64_t serve_clock_us(void);

#endif
