/// Tells a run for those who read its report: story.json, beside its recording.
///
/// Model    the time line (events, faults, states, DTCs, decided checks), every fault with its
///          targets and interval, every check with its rule in words and its deadline, and every
///          DTC that the ECU's memory holds at the end with its freeze frame
/// Units    times in s of simulated time
/// Memory   story_close frees it; at most STORY_MARK_MAX marks are kept, the rest is counted
#ifndef SCENARIOS_STORY_H
#define SCENARIOS_STORY_H

#include "judge.h"
#include "result.h"

enum { STORY_MARK_MAX = 400, STORY_FORMAT_VERSION = 1 };

typedef struct story story_t;

/// NULL iff there is no memory.
story_t *story_open(void);
void story_close(story_t *story); ///< NULL is allowed

/// A line of the time line: kind "fault", "event", "state", "DTC" ..., name, and what more there is
/// to say.
void story_mark(story_t *story, uint64_t time_us, const char *kind, const char *name,
                const char *detail);

/// What the run came to.
typedef struct {
  const scenario_plan_t *plan;
  const judge_t *judge;
  const hil_t *hil;
  const char *run_name;
} story_end_t;

/// Write dir/story.json. 0, or -1 iff not everything reached the file.
int story_write(const story_t *story, const story_end_t *end, const char *dir);

#endif
