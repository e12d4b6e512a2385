/// docs/state-machine.md is what the transition table says. UPDATE_DOCS=1 writes it.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "sm_events.h"

Suite *test_suite(void);

enum { DOCUMENT_MAX = 20000 };

static const char *const state_name[BMS_STATE_COUNT] = {
    [BMS_STATE_RESET] = "RESET",     [BMS_STATE_SELFTEST] = "SELFTEST",
    [BMS_STATE_STANDBY] = "STANDBY", [BMS_STATE_PRECHARGE] = "PRECHARGE",
    [BMS_STATE_DRIVE] = "DRIVE",     [BMS_STATE_CHARGE] = "CHARGE",
    [BMS_STATE_BALANCE] = "BALANCE", [BMS_STATE_OPENING] = "OPENING",
    [BMS_STATE_FAULT] = "FAULT",     [BMS_STATE_SLEEP] = "SLEEP",
};

/// What ends a state at the latest.
static const char *const state_end[BMS_STATE_COUNT] = {
    [BMS_STATE_RESET] = "one task of 10 ms",
    [BMS_STATE_SELFTEST] = "selftest_max_ms, 2 s, then FAULT",
    [BMS_STATE_STANDBY] = "at rest; sleep when asked for 5 s, or 60 s after the last request",
    [BMS_STATE_PRECHARGE] = "5 s, then OPENING; each of its steps has its own time",
    [BMS_STATE_DRIVE] = "the request's: 300 ms without one, limits to 0 in 1 s, then OPENING",
    [BMS_STATE_CHARGE] = "as DRIVE",
    [BMS_STATE_BALANCE] = "1 h, then STANDBY; earlier when no group has charge to lose",
    [BMS_STATE_OPENING] = "1 s, then all coils at once and FAULT",
    [BMS_STATE_FAULT] = "at rest, until cleared; sleep as in STANDBY",
    [BMS_STATE_SLEEP] = "at rest, until woken",
};

static const char *const entry_words[] = {
    [SM_ENTRY_NONE] = "",
    [SM_ENTRY_TEST] = "begin the tests",
    [SM_ENTRY_CLOSE] = "close",
    [SM_ENTRY_OPEN_NOW] = "open",
    [SM_ENTRY_OPEN_LOCKED] = "open, lock",
    [SM_ENTRY_OPEN_GRACEFUL] = "open gracefully",
    [SM_ENTRY_DROP] = "drop all coils, lock",
};

static const char *const guard_words[SM_GUARD_COUNT] = {
    [SM_GUARD_ALWAYS] = "always",
    [SM_GUARD_TEST_IS_DONE] = "all tests done",
    [SM_GUARD_TEST_IS_LATE] = "tests not done in selftest_max_ms",
    [SM_GUARD_IS_FAULTY] = "an opening or a latched DTC",
    [SM_GUARD_MAY_SLEEP] =
        ("sleep asked or nobody asks, long enough, ignition and plug off, all open, no group "
         "to bleed"),
    [SM_GUARD_MAY_CLOSE] = "drive or charge asked, nothing inhibits",
    [SM_GUARD_MUST_NOT_CLOSE] =
        "an opening, zero or inhibiting DTC, or another reason not to close",
    [SM_GUARD_CLOSING_FAILED] = "closing failed, or longer than 5 s",
    [SM_GUARD_IS_WITHDRAWN] = "neither drive nor charge asked any more",
    [SM_GUARD_IS_CLOSED_FOR_CHARGE] = "closed, charge asked",
    [SM_GUARD_IS_CLOSED] = "closed",
    [SM_GUARD_MUST_OPEN] = "an opening DTC",
    [SM_GUARD_IS_SHUT] = "a zero DTC has brought the limits to 0",
    [SM_GUARD_IS_TOLD_TO_OPEN] = "standby or sleep asked",
    [SM_GUARD_WANTS_CHARGE] = "charge asked",
    [SM_GUARD_WANTS_DRIVE] = "drive asked",
    [SM_GUARD_BALANCE_IS_WANTED] = "groups have charge to lose, neither drive nor charge asked",
    [SM_GUARD_BALANCE_IS_OVER] =
        "longer than 1 h, no group has charge to lose, or drive or charge asked",
    [SM_GUARD_MUST_HURRY] = "an opening DTC while a graceful opening takes its time",
    [SM_GUARD_IS_OPEN_AND_FAULTY] = "all open; an opening, latched or zero DTC",
    [SM_GUARD_IS_OPEN] = "all open",
    [SM_GUARD_OPENING_FAILED] = "not open after 1 s",
    [SM_GUARD_IS_RECOVERED] = "no opening, latched or zero DTC, neither drive nor charge asked",
    [SM_GUARD_IS_WOKEN] = "ignition, plug, a request for anything but sleep, or a new danger",
};

static char document[DOCUMENT_MAX];

static void write_diagram(FILE *file) {
  fputs("```mermaid\nstateDiagram-v2\n  [*] --> RESET\n", file);
  for (uint32_t i = 0; i < SM_ROW_COUNT; i++) {
    const sm_row_t *row = sm_row_at(i);
    int is_told = 0;
    for (uint32_t k = 0; k < i; k++) {
      is_told |= sm_row_at(k)->from == row->from && sm_row_at(k)->to == row->to;
    }
    if (!is_told) fprintf(file, "  %s --> %s\n", state_name[row->from], state_name[row->to]);
  }
  fputs("```\n", file);
}

static void write_rows(FILE *file) {
  fputs("| from | when | to | action |\n|---|---|---|---|\n", file);
  for (uint32_t i = 0; i < SM_ROW_COUNT; i++) {
    const sm_row_t *row = sm_row_at(i);
    fprintf(file, "| %s | %s | %s | %s |\n", state_name[row->from], guard_words[row->guard],
            state_name[row->to], entry_words[row->entry]);
  }
}

static void write_states(FILE *file) {
  fputs("| state | ends at the latest |\n|---|---|\n", file);
  for (uint32_t state = 0; state < BMS_STATE_COUNT; state++) {
    fprintf(file, "| %s | %s |\n", state_name[state], state_end[state]);
  }
}

static void write_events(FILE *file) {
  fputs("| event |", file);
  for (uint32_t state = 0; state < BMS_STATE_COUNT; state++) {
    fprintf(file, " %s |", state_name[state]);
  }
  fputs("\n|---|", file);
  for (uint32_t state = 0; state < BMS_STATE_COUNT; state++) fputs("---|", file);
  for (uint32_t event = 0; event < EVENT_COUNT; event++) {
    fprintf(file, "\n| %s |", sm_event[event].words);
    for (uint32_t state = 0; state < BMS_STATE_COUNT; state++) {
      sm_out_t out = sm_next(state, &sm_event[event].in);
      fprintf(file, " %s |", out.taken ? state_name[out.to] : ".");
    }
  }
  fputs("\n", file);
}

static void write_document(FILE *file) {
  fputs(
      "# State machine of the BMS\n\n"
      "Written by `make docs` from the table in `ecu_model/core/sm.c`: do not edit. It runs every "
      "10 ms; of a state's rows the first that holds is taken. A state that does not exist leads "
      "to FAULT and drops all coils.\n\n",
      file);
  write_diagram(file);
  fputs(
      "\n## Transitions\n"
      "An opening that locks needs a request of standby or sleep before the next closing. A "
      "latched DTC goes only by the defined clearing: `VCM_Request.clear_faults` rises, in STANDBY "
      "or FAULT, after the fault has healed. An opening DTC, a zero DTC and an inhibiting DTC have "
      "the reaction `open`, `limit_zero_open` and `inhibit_close` in `ecu_model/db/dtc.csv`.\n\n",
      file);
  write_rows(file);
  fputs("\n## Time\n", file);
  write_states(file);
  fputs("\n## Every state, every event\n"
        "Each event alone, on a quiet background; a point: the state stays. All combinations are "
        "gone through by `tests/test_core_sm.c`.\n\n",
        file);
  write_events(file);
}

static void document_path(char *path, size_t bytes) {
  const char *home = getenv("PACKSIM_HOME");
  snprintf(path, bytes, "%s/docs/state-machine.md", home != NULL ? home : ".");
}

START_TEST(document_is_what_the_table_says) {
  static char found[DOCUMENT_MAX];
  char path[600];
  document_path(path, sizeof path);
  FILE *memory = fmemopen(document, sizeof document, "w");
  write_document(memory);
  ck_assert_int_gt((int)ftell(memory), 3000);
  ck_assert_int_lt((int)ftell(memory), DOCUMENT_MAX - 1);
  fclose(memory);
  if (getenv("UPDATE_DOCS") != NULL) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(document, file);
    fclose(file);
  }
  FILE *file = fopen(path, "r");
  ck_assert_ptr_nonnull(file);
  size_t bytes = fread(found, 1, sizeof found - 1, file);
  fclose(file);
  found[bytes] = '\0';
  ck_assert_msg(strcmp(found, document) == 0, "%s is not what the table says: make docs", path);
}
END_TEST

START_TEST(every_row_and_word_is_there) {
  uint32_t used = 0;
  for (uint32_t i = 0; i < SM_ROW_COUNT; i++) used |= 1u << sm_row_at(i)->guard;
  ck_assert_uint_eq(used, (1u << SM_GUARD_COUNT) - 1);
  ck_assert_ptr_null(sm_row_at(SM_ROW_COUNT));
  for (uint32_t i = 0; i < SM_GUARD_COUNT; i++) ck_assert_ptr_nonnull(guard_words[i]);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("state_machine_doc");
  TCase *tests = tcase_create("document");
  tcase_add_test(tests, document_is_what_the_table_says);
  tcase_add_test(tests, every_row_and_word_is_there);
  suite_add_tcase(suite, tests);
  return suite;
}
