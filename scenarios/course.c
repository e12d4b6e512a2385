/// Follows courses: values at a time, loads each tick, faults every 10 ms.
#include "course.h"

#include <stdlib.h>

enum { FAULT_STEP_us = 10000 };

double course_value(const scenario_plan_t *plan, uint32_t number, double from,
                    uint64_t elapsed_us) {
  const plan_course_t *course = &plan->course[number - 1];
  const plan_point_t *point = &plan->point[course->first];
  uint64_t period_us = point[course->count - 1].at_us;
  uint32_t low = 0, high = course->count;
  if (course_is_over(plan, number, elapsed_us)) {
    return point[course->count - 1].value;
  }
  uint64_t at_us = elapsed_us % period_us;
  while (high - low > 1) { /* point[low] is due, point[high] is not */
    uint32_t middle = (low + high) / 2;
    if (point[middle].at_us <= at_us) {
      low = middle;
    } else {
      high = middle;
    }
  }
  double value = low == 0 && course->begins_with_now ? from : point[low].value;
  if (course->is_steps || at_us <= point[low].at_us) {
    return value;
  }
  double share =
      (double)(at_us - point[low].at_us) / (double)(point[low + 1].at_us - point[low].at_us);
  return value + (point[low + 1].value - value) * share;
}

int course_is_over(const scenario_plan_t *plan, uint32_t number, uint64_t elapsed_us) {
  const plan_course_t *course = &plan->course[number - 1];
  uint64_t period_us = plan->point[course->first + course->count - 1].at_us;
  return period_us == 0 || elapsed_us / period_us >= course->repeat;
}

int course_open(courses_t *courses, const scenario_plan_t *plan) {
  *courses = (courses_t){.fault = NULL};
  courses->fault = calloc(plan->event_count + 1, sizeof *courses->fault);
  courses->fault_now = calloc(plan->event_count + 1, sizeof *courses->fault_now);
  return courses->fault != NULL && courses->fault_now != NULL ? 0 : -1;
}

void course_close(courses_t *courses) {
  free(courses->fault);
  free(courses->fault_now);
  courses->fault = NULL;
  courses->fault_now = NULL;
}

const fault_t *course_begin_fault(courses_t *courses, const scenario_plan_t *plan, uint32_t event,
                                  uint64_t now_us) {
  const plan_event_t *begun = &plan->event[event];
  courses->fault_now[event] = begun->fault;
  if (begun->course > 0) {
    courses->fault[event] = (course_run_t){.course = begun->course, .start_us = now_us};
    courses->fault_now[event].value = course_value(plan, begun->course, 0.0, 0);
    courses->fault_count++;
  }
  return &courses->fault_now[event];
}

const fault_t *course_end_fault(courses_t *courses, uint32_t event) {
  if (courses->fault[event].course > 0) {
    courses->fault[event].course = 0;
    courses->fault_count--;
  }
  return &courses->fault_now[event];
}

static int follow_fault(courses_t *courses, const scenario_plan_t *plan, uint32_t event,
                        hil_t *hil) {
  course_run_t *run = &courses->fault[event];
  uint64_t elapsed_us = hil->now_us - run->start_us;
  int is_over = course_is_over(plan, run->course, elapsed_us);
  if (elapsed_us % FAULT_STEP_us != 0 && !is_over) {
    return 0;
  }
  fault_t *now = &courses->fault_now[event];
  double value = course_value(plan, run->course, 0.0, elapsed_us);
  if (is_over) {
    run->course = 0;
    courses->fault_count--;
  }
  if (value >= now->value && value <= now->value) {
    return 0;
  }
  int status = faults_apply(hil, now, 0);
  now->value = value;
  return status == 0 ? faults_apply(hil, now, 1) : -1;
}

int course_follow(courses_t *courses, const scenario_plan_t *plan, hil_t *hil) {
  for (uint32_t i = 0; courses->field_count > 0 && i < COURSE_FIELD_MAX; i++) {
    course_run_t *run = &courses->field[i];
    if (run->course == 0) {
      continue;
    }
    uint64_t elapsed_us = hil->now_us - run->start_us;
    plan_set_value(i, course_value(plan, run->course, run->from, elapsed_us), hil);
    if (course_is_over(plan, run->course, elapsed_us)) {
      run->course = 0;
      courses->field_count--;
    }
  }
  for (uint32_t i = 0; courses->fault_count > 0 && i < plan->event_count; i++) {
    if (courses->fault[i].course > 0 && follow_fault(courses, plan, i, hil) != 0) {
      return -1;
    }
  }
  return 0;
}
