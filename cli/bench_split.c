/// What the parts of a tick take: see bench_split.h.
#include "bench_split.h"

#include <string.h>
#include <time.h>

#include "../scenarios/judge.h"

enum { JUDGE = HIL_PART_COUNT, REST, WATCH_COUNT, CLOCK_PASSES = 20000, FOREIGN_ns = 20000 };

typedef struct {
  int64_t since_ns;
  uint32_t running; ///< what has begun last
  int64_t sum_ns[WATCH_COUNT];
  uint64_t count[WATCH_COUNT]; ///< how often it has begun
} watch_t;

static int64_t clock_ns(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void turn(watch_t *watch, uint32_t to) {
  int64_t now_ns = clock_ns();
  if (now_ns - watch->since_ns < FOREIGN_ns) {
    watch->sum_ns[watch->running] += now_ns - watch->since_ns;
    watch->count[watch->running]++;
  }
  watch->running = to;
  watch->since_ns = now_ns;
}

static void part_begins(void *user, hil_part_t part) {
  turn(user, part < HIL_PART_COUNT ? (uint32_t)part : REST);
}

static void start(watch_t *watch) {
  memset(watch, 0, sizeof *watch);
  watch->running = REST;
  watch->since_ns = clock_ns();
}

/* From one look at the clock to the next, with nothing between. */
static double turn_ns(void) {
  watch_t watch;
  start(&watch);
  for (uint32_t i = 0; i < CLOCK_PASSES; i++) part_begins(&watch, HIL_PART_VOLTAGE);
  return (double)watch.sum_ns[HIL_PART_VOLTAGE] / (double)watch.count[HIL_PART_VOLTAGE];
}

static void take_tick(hil_t *hil, judge_t *judge, const hil_probe_t *probe, watch_t *watch) {
  uint16_t note[JUDGE_NOTE_MAX];
  can_mem_rx_t rx;
  (void)hil_step_probed(hil, probe);
  while (hil_next_frame(hil, &rx)) {
  }
  turn(watch, JUDGE);
  (void)judge_events(judge, hil, note);
  (void)judge_tick(judge, hil, note);
  turn(watch, REST);
}

int bench_split_measure(const scenario_plan_t *plan, hil_t *hil, uint32_t tick_count,
                        bench_split_t *split) {
  judge_t *judge = judge_open(plan, NULL);
  if (judge == NULL) return -1;
  const double clock_cost_ns = turn_ns();
  watch_t watch;
  const hil_probe_t probe = {part_begins, &watch};
  start(&watch);
  for (uint32_t i = 0; i < tick_count; i++) take_tick(hil, judge, &probe, &watch);
  judge_close(judge);
  for (uint32_t i = 0; i < REST; i++) {
    double ns = ((double)watch.sum_ns[i] - clock_cost_ns * (double)watch.count[i]) / tick_count;
    if (i == JUDGE)
      split->judge_ns = ns;
    else
      split->part_ns[i] = ns;
  }
  return 0;
}
