/// Courses: values that move by themselves, of loads, air, supply, charger and faults.
///
/// Model    points of time and value from the course's begin on, straight lines or steps between
///          them; repeated, then the last value stays. A load follows its course each tick, a fault
///          every 10 ms.
/// Units    values in the unit of the key that has the course, times in us
/// Memory   courses_t belongs to a run; the courses themselves are the plan's
/// Threads  one run each
#ifndef SCENARIOS_COURSE_H
#define SCENARIOS_COURSE_H

#include "plan.h"

enum { COURSE_FIELD_MAX = 40 };

/// One course that is being followed.
typedef struct {
  uint32_t course; ///< number from 1; 0: none
  uint64_t start_us;
  double from; ///< value before, of courses that begin with it
} course_run_t;

struct courses {
  course_run_t field[COURSE_FIELD_MAX]; ///< by row of the load's fields
  uint32_t field_count; ///< how many are followed
  course_run_t *fault; ///< by event
  fault_t *fault_now; ///< by event: the fault with its present value
  uint32_t fault_count;
};

/// Value of course number (from 1) elapsed_us after its begin.
double course_value(const scenario_plan_t *plan, uint32_t number, double from, uint64_t elapsed_us);

/// 1 iff it stands still from then on.
int course_is_over(const scenario_plan_t *plan, uint32_t number, uint64_t elapsed_us);

/// Read a course in place of a number of the unit, low..high. Its number goes to *number. 0, or -1
/// with the reason.
typedef struct {
  double low, high;
  const char *unit;
  int may_begin_with_now; ///< a ramp without "from" begins with the present value
} course_range_t;
int course_add(plan_build_t *build, const cJSON *json, const json_path_t *path,
               course_range_t range, uint32_t *number);

/// 0, or -1 iff there is no memory.
int course_open(courses_t *courses, const scenario_plan_t *plan);
void course_close(courses_t *courses);

/// The fault of an event as it is to be applied now; follows its course from now_us on if it has
/// one.
const fault_t *course_begin_fault(courses_t *courses, const scenario_plan_t *plan, uint32_t event,
                                  uint64_t now_us);

/// The same at its end.
const fault_t *course_end_fault(courses_t *courses, uint32_t event);

/// Bring all values to where they are at hil->now_us. 0, or -1 iff a fault could not be applied.
int course_follow(courses_t *courses, const scenario_plan_t *plan, hil_t *hil);

#endif
