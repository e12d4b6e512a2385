/// A scenario as somebody watches it: ticks it, keeps histories and checkpoints, takes commands,
/// fills views.
///
/// Model    session_tick advances by one tick, session_command acts between two ticks, and
///          session_fill copies what is to be seen. Nothing of that acts on the run beyond the
///          commands: its hashes are those of packsim run. Checkpoints lie one simulated second
///          apart; when there are VIEW_CHECKPOINT_MAX, every second one is dropped and the distance
///          doubles
/// Memory   owns run, histories and checkpoints (some 60 MB); session_close
/// Threads  one at a time; worker.h runs one in a thread
#ifndef GUI_SESSION_H
#define GUI_SESSION_H

#include "../scenarios/attach.h"
#include "../scenarios/run.h"
#include "command.h"
#include "view.h"

typedef struct session session_t;

/// Open a point: it stays the caller's and must outlive the session. NULL iff there is no memory.
/// A run that cannot begin shows as VIEW_FAILED.
session_t *session_open(const scenario_t *point);

/// Look at the plant that serves a control socket: commands go there, and the run in this process
/// is only ever where that one is. NULL with the reason iff it cannot be.
session_t *session_attach(const char *path, char why[ATTACH_WHY_BYTES]);
int session_is_attached(const session_t *session);
const scenario_t *session_point(const session_t *session);

/// Of an attached one: hear what the plant says, wait at most wait_ms for it. 1 iff there is
/// something new to show. session_tick does nothing then.
int session_look(session_t *session, int wait_ms);

/// The same until there is a state, for one picture. 0, or -1 with the reason.
int session_look_once(session_t *session, char why[ATTACH_WHY_BYTES]);

/// Of an attached one: the plant's pace, 0: as fast as it goes.
double session_speed(const session_t *session);

/// Free it. result, unless NULL, gets what the run came to.
void session_close(session_t *session, run_result_t *result);

/// One tick. 0 while the run goes on; 1 at its end or failure: then nothing happens any more.
int session_tick(session_t *session);

uint64_t session_now_us(const session_t *session);

/// FAULT, CLEAR, CLEAR_ALL, LOAD, SEEK, TRACE, RECORD, SAVE. The answer, also why it was refused,
/// is session_message. Those of the window are none of its business.
void session_command(session_t *session, const command_t *command);

const char *session_message(const session_t *session);

/// Fill a view; speed, pause and sequence are the caller's.
void session_fill(session_t *session, view_t *view);

#endif
