/// A bench file: which frames of somebody else's DBC an ECU gets and gives, what they mean here.
///
/// Model    JSON beside a DBC. to_ecu: messages with a period, their signals from the simulator's
///          signals or constant; of a multiplexed one the pages in turn. from_ecu: messages with a
///          time limit, their signals to coils, fan and the frames of our own BMS that vehicle and
///          charger obey
/// Units    value in the DBC's unit = the simulator's * scale + offset, and the other way round
/// Memory   bench_file_free gives the DBC back
/// Errors   "file:line:col: $.path: found X, allowed Y"
#ifndef SCENARIOS_BENCH_FILE_H
#define SCENARIOS_BENCH_FILE_H

#include "../sim/can/can_checksum.h"
#include "../sim/can/dbc.h"
#include "scenario.h"
#include "schema.h"

enum {
  BENCH_FILE_MESSAGES = 32,
  BENCH_FILE_SIGNALS = 512,
  BENCH_FILE_PAIRS = 16,
  BENCH_FILE_PAGES = 64 ///< of a multiplexed message
};

/// What a signal of the ECU's acts on.
typedef enum { BENCH_FILE_COIL, BENCH_FILE_FAN, BENCH_FILE_FRAME } bench_file_target_t;

typedef struct {
  uint32_t signal; ///< of the DBC
  int32_t source; ///< to_ecu: index of the simulator's signal; -1: the constant offset
  bench_file_target_t target; ///< from_ecu
  uint32_t coil; ///< pins_coil_t
  uint32_t own_message, own_signal; ///< BENCH_FILE_FRAME: can_msg, can_signal
  double scale, offset;
  uint32_t pair_count; ///< not 0: theirs becomes ours, all others 0
  double pair[BENCH_FILE_PAIRS][2];
} bench_file_signal_t;

typedef struct {
  uint32_t message; ///< of the DBC
  uint64_t period_us; ///< to_ecu
  uint64_t timeout_us; ///< from_ecu
  int32_t counter; ///< signal of the DBC that counts frames; -1: none
  uint64_t counter_max; ///< after which it begins at 0
  int32_t checksum; ///< signal of the DBC, on whole bytes; -1: none
  can_checksum_t rule; ///< of the checksum
  uint8_t checksum_bytes[64]; ///< 1: holds the checksum
  int32_t selector; ///< to_ecu: signal of the DBC that says which page a frame has; -1: no pages
  uint32_t page_count, page[BENCH_FILE_PAGES]; ///< sent in turn
  uint32_t first_signal, signal_count; ///< of bench_file_t.signal
} bench_file_message_t;

typedef struct {
  char file[SCENARIO_FILE_MAX];
  char dbc_file[2 * SCENARIO_FILE_MAX];
  char bus[108]; ///< "": the command line says it
  char rest_bus[16];
  uint8_t has_seat;
  uint32_t out_count, in_count, signal_count;
  bench_file_message_t out[BENCH_FILE_MESSAGES], in[BENCH_FILE_MESSAGES];
  bench_file_signal_t signal[BENCH_FILE_SIGNALS];
  dbc_t dbc;
} bench_file_t;

/// Read and check a file and its DBC; signals_init before. 0, or -1 with one line; bench is then
/// empty.
int bench_file_load(const char *file, bench_file_t *bench, scenario_error_t *error);
void bench_file_free(bench_file_t *bench);

/// 1 iff the file is JSON with the key packsim_bench.
int bench_file_is_one(const char *path);

#endif
