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

#include "../scenarios/run.h"
#include "command.h"
#include "view.h"

typedef struct session session_t;

/// Open a point: it stays the caller's and must outlive the session. NULL iff there is no memory.
/// A run that cannot begin shows as VIEW_FAILED.
session_t *session_open(const scenario_t *point);

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
