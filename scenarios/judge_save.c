/// A judge's memory as bytes: checkpoints of a run hold it.
#include <string.h>

#include "judge_state.h"

typedef struct {
  uint64_t profile_us;
  uint32_t pending_count, open_check_count;
  uint16_t open_check[RESULT_CHECK_MAX];
} head_t;

typedef struct {
  size_t mark, when, check, pending;
} sizes_t;

static sizes_t sizes(const judge_t *judge) {
  const scenario_plan_t *plan = judge->plan;
  return (sizes_t){.mark = plan->mark_count * sizeof *judge->mark_us,
                   .when = plan->when_count * sizeof *judge->when,
                   .check = plan->check_count * sizeof *judge->check,
                   .pending = (plan->event_count + plan->trigger_count) * sizeof *judge->pending};
}

size_t judge_checkpoint_bytes(const judge_t *judge) {
  sizes_t size = sizes(judge);
  return sizeof(head_t) + size.mark + size.when + size.check + size.pending;
}

void judge_save(const judge_t *judge, void *checkpoint) {
  sizes_t size = sizes(judge);
  char *to = checkpoint;
  head_t head = {.profile_us = judge->profile_us,
                 .pending_count = judge->pending_count,
                 .open_check_count = judge->open_check_count};
  memcpy(head.open_check, judge->open_check, sizeof head.open_check);
  memcpy(to, &head, sizeof head);
  to += sizeof head;
  memcpy(to, judge->mark_us, size.mark);
  to += size.mark;
  memcpy(to, judge->when, size.when);
  to += size.when;
  memcpy(to, judge->check, size.check);
  to += size.check;
  memcpy(to, judge->pending, size.pending);
}

void judge_restore(judge_t *judge, const void *checkpoint) {
  sizes_t size = sizes(judge);
  const char *from = checkpoint;
  head_t head;
  memcpy(&head, from, sizeof head);
  judge->profile_us = head.profile_us;
  judge->pending_count = head.pending_count;
  judge->open_check_count = head.open_check_count;
  memcpy(judge->open_check, head.open_check, sizeof head.open_check);
  from += sizeof head;
  memcpy(judge->mark_us, from, size.mark);
  from += size.mark;
  memcpy(judge->when, from, size.when);
  from += size.when;
  memcpy(judge->check, from, size.check);
  from += size.check;
  memcpy(judge->pending, from, size.pending);
}

judge_standing_t judge_standing(const judge_t *judge, uint32_t check) {
  const plan_check_t *asked = &judge->plan->check[check];
  const judge_check_t *state = &judge->check[check];
  int is_decided = state->phase == JUDGE_DECIDED;
  judge_standing_t standing = {.is_decided = (uint8_t)is_decided,
                               .verdict = state->verdict,
                               .has_extreme = state->has_extreme,
                               .begin_us = judge_begin_us(judge, asked),
                               .until_us = JUDGE_NEVER,
                               .decided_us = is_decided ? state->decided_us : JUDGE_NEVER,
                               .came_us = state->true_us,
                               .extreme = state->extreme,
                               .extreme_limit = state->extreme_limit,
                               .text = state->text};
  if (standing.begin_us != JUDGE_NEVER && asked->from_us > standing.begin_us) {
    standing.begin_us = asked->from_us;
  }
  if (asked->has_deadline && standing.begin_us != JUDGE_NEVER) {
    standing.until_us = standing.begin_us + asked->within_us;
  }
  return standing;
}
