/// Serves a Unix socket without ever waiting for a client: see control_socket.h.
#include "control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { OUT_FIRST = 65536, BACKLOG = 8, LINGER_ms = 50, LINGER_WAITS = 10 };

typedef struct {
  int fd; ///< < 0: free
  uint32_t number;
  size_t in_bytes, in_taken; ///< read; of them given out
  size_t out_bytes, out_sent, out_room;
  char *in, *out;
  uint8_t is_skipping; ///< the rest of a line that was too long
  uint8_t is_over; ///< it sends no more
  uint8_t is_deaf; ///< it reads no more: its lines count, nothing is sent to it
} client_t;

typedef struct {
  uint32_t client;
  const char *why;
} gone_t;

struct control_socket {
  int fd;
  uint32_t last_number, turn, gone_count;
  dev_t device;
  ino_t inode; ///< what stands at the path is ours iff it has these
  client_t client[CONTROL_SOCKET_CLIENT_MAX];
  gone_t gone[4 * CONTROL_SOCKET_CLIENT_MAX];
  char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* ---- clients ---- */

static void drop(control_socket_t *socket, client_t *client, const char *why) {
  if (socket->gone_count < sizeof socket->gone / sizeof socket->gone[0])
    socket->gone[socket->gone_count++] = (gone_t){client->number, why};
  (void)close(client->fd);
  free(client->in);
  free(client->out);
  *client = (client_t){.fd = -1};
}

static int set_flags(int fd) {
  return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? 0 : -1;
}

static void add(control_socket_t *socket, int fd) {
  static const char full[] = "{\"ok\":false,\"error\":\"16 clients, allowed no more\"}\n";
  client_t *client = NULL;
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX && client == NULL; i++)
    if (socket->client[i].fd < 0) client = &socket->client[i];
  char *in = client != NULL ? malloc(CONTROL_SOCKET_LINE_MAX + 2) : NULL;
  char *out = client != NULL ? malloc(OUT_FIRST) : NULL;
  if (in == NULL || out == NULL || set_flags(fd) != 0) {
    (void)send(fd, full, sizeof full - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)close(fd);
    free(in);
    free(out);
    return;
  }
  *client = (client_t){
      .fd = fd, .number = ++socket->last_number, .in = in, .out = out, .out_room = OUT_FIRST};
}

static void fall_deaf(client_t *client) {
  client->is_deaf = 1;
  client->out_bytes = client->out_sent = 0;
}

static void read_in(client_t *client) {
  if (client->in_taken > 0) {
    memmove(client->in, client->in + client->in_taken, client->in_bytes - client->in_taken);
    client->in_bytes -= client->in_taken;
    client->in_taken = 0;
  }
  while (!client->is_over && client->in_bytes < (size_t)CONTROL_SOCKET_LINE_MAX + 1) {
    const size_t room = (size_t)CONTROL_SOCKET_LINE_MAX + 1 - client->in_bytes;
    const ssize_t got = recv(client->fd, client->in + client->in_bytes, room, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (got < 0) fall_deaf(client);
    if (got <= 0) client->is_over = 1;
    if (got > 0) client->in_bytes += (size_t)got;
  }
}

static void write_out(client_t *client) {
  while (client->out_sent < client->out_bytes) {
    const ssize_t sent = send(client->fd, client->out + client->out_sent,
                              client->out_bytes - client->out_sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (sent < 0) {
      fall_deaf(client);
      return;
    }
    client->out_sent += (size_t)sent;
  }
  client->out_bytes = client->out_sent = 0;
}

static client_t *find(control_socket_t *socket, uint32_t number) {
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++)
    if (socket->client[i].fd >= 0 && socket->client[i].number == number) return &socket->client[i];
  return NULL;
}

void control_socket_send(control_socket_t *socket, uint32_t number, const char *text,
                         size_t bytes) {
  client_t *client = find(socket, number);
  if (client == NULL || client->is_deaf) return;
  if (client->out_sent > 0) {
    memmove(client->out, client->out + client->out_sent, client->out_bytes - client->out_sent);
    client->out_bytes -= client->out_sent;
    client->out_sent = 0;
  }
  size_t room = client->out_room;
  while (room < client->out_bytes + bytes) room *= 2;
  char *grown = client->out;
  if (room > client->out_room)
    grown = room <= CONTROL_SOCKET_OUT_MAX ? realloc(client->out, room) : NULL;
  if (grown == NULL) {
    drop(socket, client, "does not read what it asked for: dropped");
    return;
  }
  client->out = grown;
  client->out_room = room;
  memcpy(client->out + client->out_bytes, text, bytes);
  client->out_bytes += bytes;
  write_out(client);
}

/// A line of this client. 0 iff there is none.
static int take(client_t *client, control_line_t *line) {
  for (;;) {
    char *begin = client->in + client->in_taken;
    const size_t bytes = client->in_bytes - client->in_taken;
    char *end = memchr(begin, '\n', bytes);
    const int is_full = end == NULL && bytes > CONTROL_SOCKET_LINE_MAX;
    if (end == NULL && !is_full) return 0;
    const size_t length = is_full ? bytes : (size_t)(end - begin);
    client->in_taken += is_full ? bytes : length + 1;
    const int was_skipping = client->is_skipping;
    client->is_skipping = (uint8_t)is_full;
    if (was_skipping) continue;
    begin[length] = '\0'; /* the line's end, or the byte behind the buffer */
    *line = (control_line_t){
        .client = client->number, .text = begin, .bytes = length, .is_too_long = (uint8_t)is_full};
    return 1;
  }
}

static int has_line(const client_t *client) {
  const size_t bytes = client->in_bytes - client->in_taken;
  return memchr(client->in + client->in_taken, '\n', bytes) != NULL;
}

int control_socket_next(control_socket_t *socket, int (*is_held)(void *user, uint32_t client),
                        void *user, control_line_t *line) {
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) {
    client_t *client = &socket->client[(socket->turn + i) % CONTROL_SOCKET_CLIENT_MAX];
    if (client->fd < 0) continue;
    if (is_held(user, client->number)) {
      if (client->is_over && client->is_deaf && !has_line(client)) drop(socket, client, "has gone");
      continue;
    }
    if (take(client, line)) {
      socket->turn = (socket->turn + i + 1) % CONTROL_SOCKET_CLIENT_MAX;
      return 1;
    }
    if (client->is_over && client->out_bytes == 0) drop(socket, client, "has gone");
  }
  return 0;
}

uint32_t control_socket_gone(control_socket_t *socket, const char **why) {
  if (socket->gone_count == 0) return 0;
  const gone_t first = socket->gone[0];
  socket->gone_count--;
  memmove(&socket->gone[0], &socket->gone[1], socket->gone_count * sizeof socket->gone[0]);
  *why = first.why;
  return first.client;
}

uint32_t control_socket_count(const control_socket_t *socket) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) count += socket->client[i].fd >= 0;
  return count;
}

uint32_t control_socket_at(const control_socket_t *socket, uint32_t index) {
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++)
    if (socket->client[i].fd >= 0 && index-- == 0) return socket->client[i].number;
  return 0;
}

typedef struct {
  nfds_t count;
  struct pollfd fds[CONTROL_SOCKET_CLIENT_MAX + 1]; ///< the first is the socket's own
  client_t *client[CONTROL_SOCKET_CLIENT_MAX + 1];
} poll_set_t;

/// One call for all that may have something: at most wait_ms until one has.
static void ask_all(control_socket_t *socket, poll_set_t *set, int wait_ms) {
  set->count = 1;
  set->fds[0] = (struct pollfd){.fd = socket->fd, .events = POLLIN};
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) {
    client_t *client = &socket->client[i];
    const int is_full = client->in_bytes - client->in_taken > CONTROL_SOCKET_LINE_MAX;
    const short events = (short)((client->is_over || is_full ? 0 : POLLIN) |
                                 (client->out_bytes > client->out_sent ? POLLOUT : 0));
    /* a peer that has gone would wake at once, for ever */
    if (client->fd < 0 || events == 0) continue;
    set->client[set->count] = client;
    set->fds[set->count++] = (struct pollfd){.fd = client->fd, .events = events};
  }
  if (poll(set->fds, set->count, wait_ms) <= 0)
    for (nfds_t i = 0; i < set->count; i++) set->fds[i].revents = 0;
}

void control_socket_poll(control_socket_t *socket) {
  poll_set_t set;
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++)
    if (socket->client[i].fd >= 0) write_out(&socket->client[i]);
  ask_all(socket, &set, 0);
  for (uint32_t i = 1; i < set.count; i++) {
    if ((set.fds[i].revents & POLLHUP) != 0) fall_deaf(set.client[i]);
    if (set.fds[i].revents != 0) read_in(set.client[i]);
  }
  if (set.fds[0].revents == 0) return;
  for (int fd; (fd = accept(socket->fd, NULL, NULL)) >= 0;) add(socket, fd);
}

void control_socket_wait(control_socket_t *socket, int wait_ms) {
  poll_set_t set;
  ask_all(socket, &set, wait_ms);
}

/* ---- the path ---- */

/// 1: nothing stands at the path any more; 0: it is in use, or not ours to remove.
static int make_room(const struct sockaddr_un *address, char *why) {
  struct stat found;
  if (lstat(address->sun_path, &found) != 0) {
    return 1; /* nothing there; whatever else is wrong, bind says */
  }
  if (!S_ISSOCK(found.st_mode)) {
    snprintf(why, CONTROL_SOCKET_WHY_BYTES,
             "%s: is there and no socket, allowed a path that is free", address->sun_path);
    return 0;
  }
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  const int is_alive = fd >= 0 && (connect(fd, (const struct sockaddr *)(const void *)address,
                                           sizeof *address) == 0 ||
                                   errno != ECONNREFUSED);
  if (fd >= 0) (void)close(fd);
  if (is_alive) {
    snprintf(why, CONTROL_SOCKET_WHY_BYTES,
             "%s: another plant serves it, allowed a path that is free", address->sun_path);
    return 0;
  }
  (void)unlink(address->sun_path);
  return 1;
}

static int serve_at(control_socket_t *made, const struct sockaddr_un *address) {
  struct stat own;
  made->fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (made->fd < 0 || set_flags(made->fd) != 0) return -1;
  const mode_t before = umask(0177);
  const int status =
      bind(made->fd, (const struct sockaddr *)(const void *)address, sizeof *address);
  const int reason = errno;
  (void)umask(before);
  errno = reason;
  if (status != 0) return -1;
  snprintf(made->path, sizeof made->path, "%s", address->sun_path);
  if (lstat(made->path, &own) != 0 || listen(made->fd, BACKLOG) != 0) return -1;
  made->device = own.st_dev;
  made->inode = own.st_ino;
  return 0;
}

control_socket_t *control_socket_open(const char *path, int *is_usage,
                                      char why[CONTROL_SOCKET_WHY_BYTES]) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  *is_usage = 1;
  if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path) {
    snprintf(why, CONTROL_SOCKET_WHY_BYTES, "%.120s: a path of %zu bytes, allowed 1..%zu", path,
             strlen(path), sizeof address.sun_path - 1);
    return NULL;
  }
  memcpy(address.sun_path, path, strlen(path) + 1);
  if (!make_room(&address, why)) return NULL;
  control_socket_t *made = calloc(1, sizeof *made);
  if (made == NULL) {
    *is_usage = 0;
    snprintf(why, CONTROL_SOCKET_WHY_BYTES, "no memory");
    return NULL;
  }
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) made->client[i].fd = -1;
  if (serve_at(made, &address) == 0) return made;
  snprintf(why, CONTROL_SOCKET_WHY_BYTES, "%s: no socket can be made there: %s", path,
           strerror(errno));
  control_socket_close(made);
  return NULL;
}

/// Last words: who reads gets them.
static void linger(control_socket_t *socket) {
  struct pollfd fd = {.events = POLLOUT};
  int waits = LINGER_WAITS;
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) {
    client_t *client = &socket->client[i];
    while (client->fd >= 0 && client->out_bytes > client->out_sent && waits > 0) {
      fd.fd = client->fd;
      if (poll(&fd, 1, LINGER_ms) <= 0) waits--;
      write_out(client);
    }
  }
}

void control_socket_close(control_socket_t *socket) {
  struct stat there;
  if (socket == NULL) return;
  linger(socket);
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) {
    client_t *client = &socket->client[i];
    if (client->fd < 0) continue;
    drop(socket, client, "");
  }
  if (socket->path[0] != '\0' && lstat(socket->path, &there) == 0 &&
      there.st_dev == socket->device && there.st_ino == socket->inode)
    (void)unlink(socket->path);
  if (socket->fd >= 0) (void)close(socket->fd);
  free(socket);
}
