/// Clients of a Unix socket, line by line: none of them holds up the one who serves.
///
/// Model    a stream socket at a path, mode 0600. Nothing here blocks but control_socket_wait.
///          Lines of all clients come in turns, also those that one has sent before it went,
///          whether or not it waited for an answer. A client whose CONTROL_SOCKET_OUT_MAX bytes
///          of answers are not taken is dropped
/// Errors   one line in why: what was found, what is allowed
/// Memory   control_socket_open allocates, control_socket_close frees and removes the path
/// Threads  one
#ifndef SCENARIOS_CONTROL_SOCKET_H
#define SCENARIOS_CONTROL_SOCKET_H

#include <stddef.h>
#include <stdint.h>

enum {
  CONTROL_SOCKET_CLIENT_MAX = 16,
  CONTROL_SOCKET_LINE_MAX = 65536,
  CONTROL_SOCKET_OUT_MAX = 4 << 20,
  CONTROL_SOCKET_WHY_BYTES = 300
};

typedef struct control_socket control_socket_t;

/// NULL iff the path is too long, is no socket, has a living server, or the system refuses;
/// is_usage then says whether the path is to blame. A socket that nobody serves is replaced.
control_socket_t *control_socket_open(const char *path, int *is_usage,
                                      char why[CONTROL_SOCKET_WHY_BYTES]);
void control_socket_close(control_socket_t *socket);

/// Take new clients, read and write what the system has room for.
void control_socket_poll(control_socket_t *socket);

/// Wait until a client has something to say or can take something, at most wait_ms.
void control_socket_wait(control_socket_t *socket, int wait_ms);

typedef struct {
  uint32_t client; ///< number from 1, never used again
  const char *text; ///< without its end, followed by 0; until the next call
  size_t bytes;
  uint8_t is_too_long; ///< more than CONTROL_SOCKET_LINE_MAX bytes: text is its begin
} control_line_t;

/// The next whole line of a client of whom is_held says 0. 0 iff there is none.
int control_socket_next(control_socket_t *socket, int (*is_held)(void *user, uint32_t client),
                        void *user, control_line_t *line);

/// A line for a client; a client that is gone gets nothing.
void control_socket_send(control_socket_t *socket, uint32_t client, const char *text, size_t bytes);

/// Number of the next client that has gone since the last call, and why; 0: none.
uint32_t control_socket_gone(control_socket_t *socket, const char **why);

uint32_t control_socket_count(const control_socket_t *socket);
uint32_t control_socket_at(const control_socket_t *socket, uint32_t index); ///< of count clients

#endif
