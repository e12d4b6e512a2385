/// The plant on a real bus: pace at the boundary of ticks, the bus within them.
#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../sim/cut_belief.h"
#include "plan.h"

enum { TICK_us = 1000, MILLION = 1000000, PERMILLE = 1000, PAUSE_ms = 10, STEP_WAIT_ms = 10 };
enum { SEND_MAX = 16 };
enum { LISTEN_us = 150000, WATCH_us = 10000 };

struct serve {
  serve_config_t config;
  run_port_t port;
  hil_guest_t guest;
  cut_plant_t cut;
  bench_seat_t bench;
  serve_figures_t figures;
  uint64_t base_us, base_tick; ///< wall time of a tick
  uint64_t wall_us; ///< the clock when it was last looked at
  uint16_t ecu; ///< in the seat, as belief knows it
  uint8_t has_begun, is_paced;
};

uint64_t serve_clock_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * MILLION + (uint64_t)now.tv_nsec / 1000u;
}

static void sleep_until(uint64_t wall_us) {
  const struct timespec until = {.tv_sec = (time_t)(wall_us / MILLION),
                                 .tv_nsec = (long)(wall_us % MILLION * 1000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
}

static int is_stopped(const serve_t *serve) {
  return serve->config.stop != NULL && *serve->config.stop != 0;
}

/* --- the bus --------------------------------------------------------------------------------- */

static uint64_t look_at_clock(serve_t *serve) {
  serve->wall_us = serve_clock_us();
  return serve->wall_us;
}

/// All that waits to be sent. What is lost is said again.
static void send_all(serve_t *serve) {
  can_frame_t frame[SEND_MAX];
  for (uint32_t count = SEND_MAX; count == SEND_MAX;) {
    for (count = 0; count < SEND_MAX && cut_plant_next_frame(&serve->cut, &frame[count]);) count++;
    (void)bus_send_all(serve->config.bus, serve->wall_us, frame, count);
  }
}

/// At the time of the last look at the clock.
static void exchange_now(serve_t *serve) {
  bus_rx_t rx;
  if (serve->config.bus == NULL) return;
  while (bus_recv(serve->config.bus, serve->wall_us, &rx) == BUS_OK)
    cut_plant_take(&serve->cut, serve->wall_us, &rx.frame);
  cut_plant_watch(&serve->cut, serve->wall_us);
  send_all(serve);
}

static void exchange(serve_t *serve) {
  (void)look_at_clock(serve);
  exchange_now(serve);
}

/// Until there is a frame or a command, at most wait_ms.
static void rest(serve_t *serve, int wait_ms) {
  if (serve->config.wait != NULL)
    serve->config.wait(serve->config.user, wait_ms);
  else if (serve->config.bus != NULL)
    (void)bus_wait(serve->config.bus, wait_ms);
  else
    sleep_until(serve_clock_us() + (uint64_t)wait_ms * TICK_us);
}

/// In stepped time until the ECU is through with this tick, or lost. What it says before it is
/// waited for belongs to later ticks, and may lie.
static void wait_for_ecu(serve_t *serve) {
  send_all(serve);
  if (!cut_plant_is_waiting(&serve->cut)) return;
  const uint64_t begin_us = look_at_clock(serve);
  while (cut_plant_is_waiting(&serve->cut) && !is_stopped(serve)) {
    (void)bus_wait(serve->config.bus, STEP_WAIT_ms);
    exchange(serve);
  }
  const uint64_t wait_us = serve->wall_us - begin_us;
  if (wait_us > serve->figures.wait_us_max) serve->figures.wait_us_max = wait_us;
}

/// Another ECU, or the same after a reset: what was believed of it is over.
static void meet(serve_t *serve, bms_t *belief) {
  if (serve->ecu == serve->cut.ecu) return;
  serve->ecu = serve->cut.ecu;
  if (serve->ecu == 0) return;
  memset(belief->dtc, 0, sizeof belief->dtc);
  for (uint32_t i = 0; i < DTC_COUNT; i++) belief->dtc[i].location = BMS_NO_LOCATION;
  belief->state = BMS_STATE_RESET;
}

/// What the ECU said to the vehicle, onto the simulated bus.
static void take_app(serve_t *serve, const hil_guest_io_t *io) {
  const int has_bench = serve->config.bench != NULL;
  while (io->out->can_tx_count < BMS_CAN_TX_MAX) {
    can_frame_t *frame = &io->out->can_tx[io->out->can_tx_count];
    if (!cut_plant_next_app(&serve->cut, frame)) return;
    if (has_bench && bench_seat_take(&serve->bench, io->now_us, frame) && serve->config.has_no_seat)
      continue; /* its own frame, whatever our id means */
    if (!has_bench || !serve->config.has_no_seat) cut_belief_take(io->belief, io->out, frame);
    io->out->can_tx_count++;
  }
}

static void step(void *user, const hil_guest_io_t *io) {
  serve_t *serve = user;
  for (uint32_t i = 0; i < io->in->can_rx_count; i++)
    cut_plant_send(&serve->cut, &io->in->can_rx[i]);
  serve->cut.tx_waiting = io->in->can_tx_waiting;
  cut_plant_begin(&serve->cut, io->now_us, io->pins_in);
  if (serve->is_paced)
    exchange_now(serve); /* the tick began when the clock was looked at */
  else
    wait_for_ecu(serve);
  meet(serve, io->belief);
  take_app(serve, io);
  cut_plant_end(&serve->cut, io->pins_out, io->pins_in->supply_V);
  uint8_t coils = serve->cut.coils;
  if (serve->config.bench != NULL) {
    bench_seat_drive(&serve->bench, io);
    coils = 0;
    for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++)
      coils |= (uint8_t)((io->pins_out->coil_V[coil] > 0.0) << coil);
  }
  io->belief->coil_command = coils;
  io->out->coil_command = coils;
  io->out->coil_command_inverse = (uint16_t) ~(uint32_t)coils;
}

/* --- the clock ------------------------------------------------------------------------------- */

static uint64_t due_us(const serve_t *serve, uint64_t tick) {
  return serve->base_us +
         (tick - serve->base_tick) * TICK_us * PERMILLE / serve->config.rate_permille;
}

static void set_base(serve_t *serve, uint64_t tick) {
  serve->base_us = serve_clock_us();
  serve->base_tick = tick;
}

/// Sleep until the tick is due; while that is far, the bus is looked after.
static void keep_pace(serve_t *serve, uint64_t tick) {
  const uint64_t due = due_us(serve, tick), period_us = due_us(serve, tick + 1) - due;
  while (period_us > WATCH_us && look_at_clock(serve) + WATCH_us < due && !is_stopped(serve)) {
    sleep_until(serve->wall_us + WATCH_us);
    exchange(serve);
  }
  sleep_until(due); /* at once where it is late */
  const uint64_t now_us = look_at_clock(serve);
  const uint64_t late_us = now_us > due ? now_us - due : 0;
  lateness_add(&serve->figures.lateness, late_us);
  if (late_us >= period_us) serve->figures.overrun_count++;
  if (late_us < SERVE_SLIP_us) return;
  serve->figures.slip_count++;
  serve->figures.slip_us += late_us;
  cut_say(&serve->config.words, "stood still for %llu ms: the schedule moves by as much",
          (unsigned long long)(late_us / 1000u));
  set_base(serve, tick);
  cut_plant_slept(&serve->cut, now_us);
}

static serve_wish_t wish(serve_t *serve, hil_t *hil) {
  if (is_stopped(serve)) return SERVE_STOP;
  return serve->config.command != NULL ? serve->config.command(serve->config.user, hil) : SERVE_GO;
}

static int run_wish(serve_wish_t now) {
  return now == SERVE_STOP ? RUN_STOP : now == SERVE_END ? RUN_END : RUN_GO;
}

/// RUN_GO, or how the run is to end.
static int stand(serve_t *serve, hil_t *hil) {
  const uint64_t tick = hil->tick;
  serve_wish_t now = wish(serve, hil);
  if (hil->tick != tick) set_base(serve, hil->tick); /* back at a checkpoint */
  if (now != SERVE_PAUSE) return run_wish(now);
  if (serve->config.bus != NULL) cut_plant_pause(&serve->cut, 1);
  while (now == SERVE_PAUSE) {
    exchange(serve);
    rest(serve, PAUSE_ms);
    now = wish(serve, hil);
  }
  if (serve->config.bus != NULL) cut_plant_pause(&serve->cut, 0);
  set_base(serve, hil->tick);
  return run_wish(now);
}

/// The first tick waits for an ECU. RUN_GO once it is there; commands are taken meanwhile.
static int wait_for_seat(serve_t *serve, hil_t *hil) {
  const uint64_t until_us = serve_clock_us() + serve->config.wait_s * (uint64_t)MILLION;
  while (serve->config.bus != NULL && !serve->config.has_no_seat && serve->cut.ecu == 0 &&
         !is_stopped(serve)) {
    exchange(serve);
    if (serve->cut.ecu != 0) break;
    const int wanted = run_wish(wish(serve, hil));
    if (wanted != RUN_GO) return wanted;
    if (serve->config.wait_s > 0 && serve_clock_us() >= until_us) {
      serve->figures.nobody_came = 1;
      return RUN_STOP;
    }
    (void)bus_wait(serve->config.bus, PAUSE_ms);
  }
  return is_stopped(serve) ? RUN_STOP : RUN_GO;
}

static int boundary(void *user, hil_t *hil) {
  serve_t *serve = user;
  if (!serve->has_begun) {
    const int wanted = wait_for_seat(serve, hil);
    if (wanted != RUN_GO) return wanted;
    serve->has_begun = 1;
    set_base(serve, hil->tick);
  }
  const int wanted = stand(serve, hil);
  if (wanted != RUN_GO) return wanted;
  if (serve->config.bench != NULL) bench_seat_send(&serve->bench, hil);
  const int is_alone = serve->config.bus != NULL && serve->cut.ecu == 0;
  const int is_paced = !serve->config.is_stepped || is_alone;
  if (is_paced && !serve->is_paced) set_base(serve, hil->tick);
  serve->is_paced = (uint8_t)is_paced;
  if (is_paced) keep_pace(serve, hil->tick);
  return is_stopped(serve) ? RUN_STOP : RUN_GO;
}

void serve_set_rate(serve_t *serve, uint16_t rate_permille) {
  serve->config.rate_permille = rate_permille;
  serve->cut.config.rate_permille = rate_permille;
  serve->is_paced = 0; /* the schedule begins anew */
}

uint16_t serve_ecu(const serve_t *serve) { return serve->cut.ecu; }

/* --- begin and end --------------------------------------------------------------------------- */

serve_t *serve_open(const serve_config_t *config) {
  serve_t *serve = calloc(1, sizeof *serve);
  if (serve == NULL) return NULL;
  serve->config = *config;
  serve->port = (run_port_t){
      .boundary = boundary, .user = serve, .is_judged_at_stop = config->is_judged_at_stop};
  serve->guest = (hil_guest_t){.step = step, .user = serve};
  const cut_plant_config_t cut = {.session = config->session,
                                  .timeout_ms = config->timeout_ms,
                                  .rate_permille = config->rate_permille,
                                  .is_stepped = config->is_stepped,
                                  .is_fd = config->is_fd,
                                  .has_no_seat = config->has_no_seat,
                                  .vehicle_is_elsewhere = config->vehicle_is_elsewhere,
                                  .words = config->words};
  cut_plant_init(&serve->cut, &cut, serve_clock_us());
  if (config->bench != NULL) bench_seat_init(&serve->bench, config->bench, &config->words);
  return serve;
}

const run_port_t *serve_port(const serve_t *serve) { return &serve->port; }
const hil_guest_t *serve_guest(const serve_t *serve) {
  return serve->config.bus != NULL ? &serve->guest : NULL;
}

serve_figures_t serve_figures(const serve_t *serve) {
  serve_figures_t figures = serve->figures;
  figures.cut = serve->cut.stats;
  return figures;
}

void serve_close(serve_t *serve) {
  if (serve == NULL) return;
  if (serve->config.bus != NULL) cut_plant_leave(&serve->cut);
  exchange(serve);
  free(serve);
}

int serve_is_inside(const fault_row_t *row) {
  return strcmp(row->layer, "afe") == 0 || strcmp(row->layer, "mcu") == 0;
}

int serve_allows(const scenario_t *scenario, char *why, uint32_t why_bytes) {
  const scenario_plan_t *plan = scenario->plan;
  for (uint32_t i = 0; i < plan->event_count; i++) {
    const plan_event_t *event = &plan->event[i];
    if (!event->has_fault) continue;
    const char *layer = event->fault.row->layer;
    if (!serve_is_inside(event->fault.row)) continue;
    snprintf(why, why_bytes,
             "event %s: a fault of %s.* lies inside of the ECU, allowed those of "
             "wire, pin, phys, sense, supply, can",
             event->id, layer);
    return -1;
  }
  for (uint32_t i = 0; i < plan->probe_signal_count; i++) {
    const char *name = signals_at(plan->probe_signal[i])->name;
    if (cut_belief_tells(name)) continue;
    snprintf(why, why_bytes,
             "%s: no frame of the ECU tells it, allowed what docs/two-processes.md "
             "lists",
             name);
    return -1;
  }
  return 0;
}

int serve_is_taken(bus_t *bus) {
  const uint64_t until_us = serve_clock_us() + LISTEN_us;
  cut_message_t message;
  cut_rx_t rx;
  bus_rx_t got;
  int is_taken = 0;
  memset(&rx, 0, sizeof rx);
  while (!is_taken && serve_clock_us() < until_us) {
    (void)bus_wait(bus, PAUSE_ms);
    while (bus_recv(bus, serve_clock_us(), &got) == BUS_OK)
      if (cut_take(&rx, &got.frame, &message) == CUT_RX_MESSAGE && message.kind == CUT_SYNC &&
          (message.is.sync.flags & CUT_FLAG_END) == 0)
        is_taken = 1;
  }
  return is_taken;
}
