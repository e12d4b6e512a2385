/// What the control of a plant remembers. Shared by control*.c only.
#ifndef SCENARIOS_CONTROL_STATE_H
#define SCENARIOS_CONTROL_STATE_H

#include <stdio.h>

#include "control.h"
#include "control_text.h"
#include "plan.h"
#include "schema.h"

enum {
  CONTROL_WATCH_MAX = 64,
  CONTROL_WATCH_SIGNAL_MAX = 512, ///< of one watch
  CONTROL_POINT_MAX = 8, ///< checkpoints
  CONTROL_ID_BYTES = 128,
  CONTROL_LINE_MAX = 32, ///< lines at one boundary; the rest waits for the next
  CONTROL_NAME_BYTES = 40
};

typedef struct {
  uint32_t client; ///< 0: free
  uint32_t number;
  uint32_t count, period_ticks;
  uint64_t next_tick;
  uint8_t on_change, has_sent;
  uint16_t *signal;
  double *last;
} control_watch_t;

/// A run or wait that is answered when it is over. client 0: free, or (is_run) gone.
typedef struct {
  uint32_t client;
  uint8_t is_used, is_run, is_met;
  uint64_t begin_tick, until_tick;
  scenario_plan_t *plan; ///< of the condition; NULL: none
  plan_probe_t probe;
  char id[CONTROL_ID_BYTES];
} control_goal_t;

typedef struct {
  char name[CONTROL_NAME_BYTES]; ///< "": free
  void *saved;
} control_point_t;

/// A client that waits for the whole state.
typedef struct {
  uint32_t client; ///< 0: free
  char id[CONTROL_ID_BYTES];
} control_wish_t;

typedef struct control_words {
  struct control_words *next;
  live_words_t words;
  char json[];
} control_words_t;

struct control {
  control_config_t config;
  control_socket_t *socket;
  control_run_t run;
  hil_t *hil; ///< NULL between runs
  live_t live;
  control_words_t *words;
  control_watch_t watch[CONTROL_WATCH_MAX];
  uint32_t last_watch;
  control_goal_t goal[CONTROL_SOCKET_CLIENT_MAX + 1];
  control_point_t point[CONTROL_POINT_MAX];
  uint32_t listener[CONTROL_SOCKET_CLIENT_MAX]; ///< clients that want events
  uint8_t wants_frames[CONTROL_SOCKET_CLIENT_MAX]; ///< of listener
  control_wish_t wish[CONTROL_SOCKET_CLIENT_MAX];
  uint8_t is_ending;
  uint8_t was_paused;
  uint32_t act_count; ///< lines in the log
  FILE *log;
  control_text_t out, event, gathered;
  uint32_t line_client; ///< of control_line: its events are gathered
};

/// One line as a command sees it.
typedef struct {
  control_t *control;
  uint32_t client;
  const json_doc_t *doc;
  char id[CONTROL_ID_BYTES]; ///< as JSON; "": none
  scenario_error_t error;
} control_request_t;

typedef enum { CONTROL_OK, CONTROL_REFUSED, CONTROL_LATER } control_status_t;

typedef struct {
  const char *name;
  const schema_t *schema;
  uint8_t is_act; ///< it may change the course: it goes into the log
  control_status_t (*take)(control_request_t *request);
} control_command_t;

const control_command_t *control_command_at(uint32_t index); ///< NULL behind the last
const control_command_t *control_command_find(const char *name);
const schema_t *control_load_schema(void);
const schema_t *control_fault_schema(void);

/* commands: the answer's keys behind "ok" go to control->out */
control_status_t control_take_help(control_request_t *request);
control_status_t control_take_list(control_request_t *request);
control_status_t control_take_read(control_request_t *request);
control_status_t control_take_watch(control_request_t *request);
control_status_t control_take_unwatch(control_request_t *request);
control_status_t control_take_load(control_request_t *request);
control_status_t control_take_fault(control_request_t *request);
control_status_t control_take_clear(control_request_t *request);
control_status_t control_take_faults(control_request_t *request);
control_status_t control_take_run(control_request_t *request);
control_status_t control_take_step(control_request_t *request);
control_status_t control_take_wait(control_request_t *request);
control_status_t control_take_pause(control_request_t *request);
control_status_t control_take_resume(control_request_t *request);
control_status_t control_take_speed(control_request_t *request);
control_status_t control_take_checkpoint(control_request_t *request);
control_status_t control_take_restore(control_request_t *request);
control_status_t control_take_save(control_request_t *request);
control_status_t control_take_status(control_request_t *request);
control_status_t control_take_events(control_request_t *request);
control_status_t control_take_scenario(control_request_t *request);
control_status_t control_take_state(control_request_t *request);
control_status_t control_take_end(control_request_t *request);

/* shared */
const cJSON *control_value(const control_request_t *request,
                           const char *key); ///< NULL: no such key
json_path_t control_path(const char *key);
control_status_t control_refuse(control_request_t *request, const char *key, int at_key,
                                const char *found, const char *allowed);
void control_send(control_t *control, uint32_t client, const control_text_t *text);
void control_add_time(const control_t *control, control_text_t *to); ///< ,"tick":..,"time_s":..
void control_add_ok(control_text_t *to, const char *id); ///< {"id":..,"ok":true

/* control_signal.c */
void control_watch_publish(control_t *control);
void control_watch_forget(control_t *control, uint32_t client); ///< 0: all

/* control_state.c */
void control_state_look(control_t *control); ///< at each boundary
void control_state_forget(control_t *control, uint32_t client); ///< 0: all

/* control_time.c */
void control_goal_look(control_t *control); ///< at each boundary
void control_goal_end(control_t *control, const char *why, int only_runs);
void control_goal_forget(control_t *control, uint32_t client);
int control_goal_is_held(void *control, uint32_t client);
void control_points_free(control_t *control);
void control_event(control_t *control, const char *name, const char *why);

#endif
