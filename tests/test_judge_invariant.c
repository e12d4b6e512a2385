/// Always and never against a second judge, which remembers every tick: each operator, one signal,
/// several and a moving limit, on drawn courses. The judge itself skips what cannot matter.
#include <check.h>
#include <math.h>
#include <stdio.h>

#include "judge_rig.h"

enum { TICK_COUNT = 12, GROUP_COUNT = 3, COURSE_COUNT = 40 };

typedef enum { ONE, RUN, LIST, MOVING, SIGNALS_COUNT } signals_t;

typedef struct {
  double group_V[GROUP_COUNT], pack_V, pack_A;
} show_t;

static const char *const op_text[] = {"gt", "lt", "ge", "le"};
enum { OP_COUNT = 4 };
static const char *const signal_text[SIGNALS_COUNT] = {"\"phys.pack.V\"", "\"phys.group.M1C*.V\"",
                                                       "[\"phys.pack.V\", \"phys.pack.A\"]",
                                                       "\"phys.pack.V\""};
static const double fixed_limit = 2.5;
static uint32_t random_state;

/// 0 to 5 in quarters, mostly near the middle, so that limits are met, crossed and repeated.
static double draw(void) {
  random_state = random_state * 1664525u + 1013904223u;
  return 0.25 *
         ((random_state >> 13) % 6u + (random_state >> 23) % 6u + (random_state >> 27) % 6u + 2u);
}

static int meets(uint32_t op, double value, double limit) {
  if (op == 0) return value > limit;
  if (op == 1) return value < limit;
  return op == 2 ? value >= limit : value <= limit;
}

/// What the second judge has seen.
typedef struct {
  int is_broken, broken_tick;
  double value, limit; ///< that came nearest to breaking it, the first of equals
} seen_t;

static uint32_t values_of(signals_t signals, const show_t *show, double value[GROUP_COUNT]) {
  if (signals == RUN) {
    memcpy(value, show->group_V, sizeof show->group_V);
    return GROUP_COUNT;
  }
  value[0] = show->pack_V;
  value[1] = show->pack_A;
  return signals == LIST ? 2 : 1;
}

static seen_t second_judge(int is_never, uint32_t op, signals_t signals, const show_t *course) {
  seen_t seen = {0, 0, 0.0, 0.0};
  double nearest = (double)INFINITY;
  for (int t = 0; t < TICK_COUNT && !seen.is_broken; t++) {
    double value[GROUP_COUNT];
    const uint32_t count = values_of(signals, &course[t], value);
    const double limit = signals == MOVING ? course[t].pack_A : fixed_limit;
    for (uint32_t i = 0; i < count; i++) {
      const double beyond = op == 0 || op == 2 ? value[i] - limit : limit - value[i];
      const double far = is_never ? -beyond : beyond;
      if (meets(op, value[i], limit) == is_never && !seen.is_broken) {
        seen.is_broken = 1;
        seen.broken_tick = t + 1;
      }
      if (far < nearest) {
        nearest = far;
        seen.value = value[i];
        seen.limit = limit;
      }
    }
  }
  return seen;
}

static void draw_course(signals_t signals, show_t *course) {
  const double offset = 0.625 * (double)(random_state >> 9 & 7u) - 2.1875;
  for (int t = 0; t < TICK_COUNT; t++) {
    for (uint32_t i = 0; i < GROUP_COUNT; i++) course[t].group_V[i] = draw() + offset;
    course[t].pack_V = draw() + offset;
    course[t].pack_A = draw() + (signals == MOVING ? 0.0 : offset);
  }
}

static void show_course(const show_t *course) {
  uint16_t notes[JUDGE_NOTE_MAX];
  for (int t = 0; t < TICK_COUNT; t++) {
    (void)judge_events(judge, hil, notes);
    hil->now_us += 1000;
    for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++)
      hil->pack.group_V[g] = course[t].group_V[g % GROUP_COUNT];
    hil->pack_V = course[t].pack_V;
    hil->pack_A = course[t].pack_A;
    (void)judge_tick(judge, hil, notes);
  }
}

static void judge_course(int is_never, uint32_t op, signals_t signals) {
  show_t course[TICK_COUNT];
  char text[400];
  snprintf(text, sizeof text, END ", \"%s\": [{\"id\": \"x\", \"signal\": %s, \"%s\": %s}]",
           is_never ? "never" : "always", signal_text[signals], op_text[op],
           signals == MOVING ? "{\"signal\": \"phys.pack.A\"}" : "2.5");
  draw_course(signals, course);
  begin(text);
  show_course(course);
  const check_result_t *check = finish();
  const seen_t seen = second_judge(is_never, op, signals, course);
  ck_assert_msg(check->verdict == (seen.is_broken ? VERDICT_FAIL : VERDICT_PASS), "%s: %s, %s",
                text, verdict_text(check->verdict), check->text);
  if (seen.is_broken) ck_assert_double_eq_tol(check->at_s, 1e-3 * seen.broken_tick, 1e-9);
  if (!seen.is_broken && (signals == ONE || signals == MOVING)) {
    char nearest[80];
    snprintf(nearest, sizeof nearest, "nearest: phys.pack.V was %g V", seen.value);
    ck_assert_str_eq(check->text, nearest);
  }
  if (signals == MOVING)
    ck_assert_msg(fabs(check->value - (seen.value - seen.limit)) < 1e-9, "%s: %g of %g - %g", text,
                  check->value, seen.value, seen.limit);
  else if (signals != LIST) /* volts and amperes: the text names which */
    ck_assert_msg(fabs(check->value - seen.value) < 1e-9, "%s: %g, not %g; %s", text, check->value,
                  seen.value, check->text);
  judge_close(judge);
  scenario_free(point);
  judge = NULL;
  point = NULL;
  memset(hil, 0, sizeof *hil);
}

START_TEST(a_second_judge_agrees) {
  int breaks = 0, judged = 0;
  for (uint32_t course = 0; course < COURSE_COUNT; course++) {
    for (int is_never = _i == LIST; is_never <= 1; is_never++) { /* lists are for never alone */
      for (uint32_t op = 0; op < OP_COUNT; op++) {
        random_state = 7919u * course + 31u * op + (uint32_t)_i;
        judge_course(is_never, op, (signals_t)_i);
        judged++;
        breaks += result.check[0].verdict == VERDICT_FAIL;
      }
    }
  }
  ck_assert_int_gt(4 * breaks, judged); /* both ends are common */
  ck_assert_int_gt(8 * (judged - breaks), judged);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("judge_invariant");
  TCase *tests = tcase_create("second judge");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_loop_test(tests, a_second_judge_agrees, 0, SIGNALS_COUNT);
  suite_add_tcase(suite, tests);
  return suite;
}
