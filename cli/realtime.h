/// What a real-time process asks of the system: priority, memory that stays, an end on signals.
#ifndef CLI_REALTIME_H
#define CLI_REALTIME_H

#include <signal.h>

/// Set by SIGINT and SIGTERM after realtime_begin.
extern volatile sig_atomic_t cli_realtime_stop;

/// Toggled by SIGUSR1 after realtime_begin.
extern volatile sig_atomic_t cli_realtime_is_paused;

/// SCHED_FIFO and locked memory where allowed; one line on stderr where not, unless is_quiet.
/// wants_priority 0: only the signals.
void cli_realtime_begin(const char *verb, int wants_priority, int is_quiet);

/// A session id that differs from those of other processes, not 0.
unsigned short cli_realtime_session(void);

#endif
