/// Back end slcan: a serial line (pty) that answers like a LAWICEL adapter.
///
/// Model    the peer opens the pty, sends S6 and O, and exchanges frames. Until O, and after C,
///          nobody listens and frames pass by. A command ends with a carriage return and is
///          answered by one (z or Z before it for a frame sent), or by BEL if it is unknown,
///          malformed, or not allowed now. When the peer closes its side the channel closes too
/// Source   LAWICEL CAN232 manual; python-can 4.1, interfaces/slcan
#define _XOPEN_SOURCE 700 /* posix_openpt NOLINT(bugprone-reserved-identifier) */
#define _DEFAULT_SOURCE /* cfmakeraw NOLINT(bugprone-reserved-identifier) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "bus_backend.h"
#include "can_slcan_line.h"

enum { COMMAND_CHARS_MIN = 6 /* "t0010" and its end */, CHUNK_BYTES = 1024 };

static void flush(bus_t *bus) {
  bus_slcan_t *line = &bus->slcan;
  while (line->out.count > 0) {
    const char *byte;
    size_t count = bus_out_front(&line->out, &byte);
    ssize_t sent = write(line->fd, byte, count);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    bus_out_drop(&line->out, (size_t)sent);
  }
}

static void hang_up(bus_t *bus) {
  bus_slcan_t *line = &bus->slcan;
  line->is_on = line->listens_only = line->has_stamp = line->has_bitrate = 0;
  line->is_hung_up = 1;
  line->line_count = 0;
  line->out.head = line->out.count = 0;
  (void)tcflush(line->fd, TCIOFLUSH);
  bus->stats.peer_count = bus->stats.listener_count = 0;
}

/* --- commands -------------------------------------------------------------------------------- */

/// C always works: clients begin with it.
static int switch_channel(bus_t *bus, char letter) {
  bus_slcan_t *line = &bus->slcan;
  if (letter != 'C' && line->is_on) return letter == 'O' && !line->listens_only;
  line->is_on = letter != 'C';
  line->listens_only = letter == 'L';
  bus->stats.peer_count = bus->stats.listener_count = line->is_on;
  return 1;
}

static int is_hex(const char *text, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (text[i] == '\0' || strchr("0123456789abcdefABCDEF", text[i]) == NULL) return 0;
  }
  return 1;
}

static const char *send_from_peer(bus_t *bus, uint64_t now_us, const char *text, size_t count) {
  can_frame_t frame;
  if (!bus->slcan.is_on || bus->slcan.listens_only) return "\a";
  if (can_slcan_parse(text, count, &frame) != 0) return "\a";
  bus_put(bus, now_us, 0, &frame);
  return (frame.flags & CAN_FRAME_EXTENDED) != 0 ? "Z\r" : "z\r";
}

/// The answer to a command.
static const char *obey(bus_t *bus, uint64_t now_us, const char *text, size_t count) {
  bus_slcan_t *line = &bus->slcan;
  if (count == 0) return "\r"; /* clients clear the line with empty ones */
  switch (text[0]) {
  case 't':
  case 'T':
  case 'r':
  case 'R':
    return send_from_peer(bus, now_us, text, count);
  case 'O':
  case 'L':
  case 'C':
    return count == 1 && switch_channel(bus, text[0]) ? "\r" : "\a";
  case 'S':
    return count == 2 && !line->is_on && text[1] >= '0' && text[1] <= '8' ? "\r" : "\a";
  case 's':
    return (count == 5 || count == 7) && !line->is_on && is_hex(text + 1, count - 1) ? "\r" : "\a";
  case 'V':
    return count == 1 ? "V1013\r" : "\a";
  case 'N':
    return count == 1 ? "NPS01\r" : "\a";
  case 'F':
    return count == 1 && line->is_on ? "F00\r" : "\a";
  case 'Z':
    if (count != 2 || line->is_on || (text[1] != '0' && text[1] != '1')) return "\a";
    line->has_stamp = text[1] == '1';
    return "\r";
  case 'M':
  case 'm':
    return count == 9 && !line->is_on && is_hex(text + 1, 8) ? "\r" : "\a";
  default:
    return "\a";
  }
}

static void take_byte(bus_t *bus, uint64_t now_us, char byte) {
  bus_slcan_t *line = &bus->slcan;
  if (byte != '\r' && byte != '\n') {
    if (line->line_count < BUS_LINE_CHARS) line->line[line->line_count++] = byte;
    return;
  }
  if (byte == '\n' && line->line_count == 0) return;
  int is_too_long = line->line_count == BUS_LINE_CHARS;
  const char *text = is_too_long ? "\a" : obey(bus, now_us, line->line, line->line_count);
  if (text[0] == '\a') bus->stats.garbage_count++;
  (void)bus_out_put(&line->out, text, strlen(text)); /* a peer that reads nothing misses it */
  line->line_count = 0;
}

static void slcan_run(bus_t *bus, uint64_t now_us) {
  char chunk[CHUNK_BYTES];
  bus_slcan_t *line = &bus->slcan;
  size_t limit = (size_t)bus_room(bus) * (COMMAND_CHARS_MIN - 1);
  flush(bus);
  if (limit == 0) return;
  ssize_t count = read(line->fd, chunk, limit < sizeof chunk ? limit : sizeof chunk);
  if (count < 0 && errno == EIO && !line->is_hung_up) hang_up(bus);
  if (count < 0 && errno == EAGAIN) line->is_hung_up = 0;
  if (count <= 0) return;
  line->is_hung_up = 0;
  for (ssize_t i = 0; i < count; i++) take_byte(bus, now_us, chunk[i]);
  flush(bus);
}

static bus_status_t slcan_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  char text[CAN_SLCAN_LINE_CHARS];
  bus_slcan_t *line = &bus->slcan;
  if (!line->is_on) {
    slcan_run(bus, now_us);
    if (!line->is_on) return BUS_OK; /* nobody listens */
  }
  size_t count = can_slcan_format(text, frame, line->has_stamp, now_us);
  if (!bus_out_put(&line->out, text, count)) {
    slcan_run(bus, now_us); /* the peer may be gone */
    return line->is_on ? BUS_ERR_FULL : BUS_OK;
  }
  flush(bus);
  return BUS_OK;
}

/* --- open and close -------------------------------------------------------------------------- */

/// The master of a new raw pty, -1 iff the system refuses.
static int open_pty(char *path, size_t path_chars) {
  struct termios settings;
  int fd = posix_openpt(O_RDWR | O_NOCTTY);
  if (fd < 0) return -1;
  const char *name = grantpt(fd) == 0 && unlockpt(fd) == 0 ? ptsname(fd) : NULL;
  if (name != NULL && bus_fd_prepare(fd) == 0 && tcgetattr(fd, &settings) == 0) {
    (void)snprintf(path, path_chars, "%s", name);
    cfmakeraw(&settings);
    if (tcsetattr(fd, TCSANOW, &settings) == 0) return fd;
  }
  close(fd);
  return -1;
}

/// A link that points to where nothing is any more is left over from a run that was killed.
static int make_link(const char *path, const char *link) {
  char target[BUS_PATH_CHARS];
  if (symlink(path, link) == 0) return 0;
  int is_ours =
      errno == EEXIST && readlink(link, target, sizeof target) > 0 && access(link, F_OK) != 0;
  return is_ours && unlink(link) == 0 ? symlink(path, link) : -1;
}

static bus_status_t slcan_open(bus_t *bus, const bus_url_t *url, uint64_t now_us,
                               bus_error_t *error) {
  char path[64];
  bus_slcan_t *line = &bus->slcan;
  (void)now_us;
  line->fd = open_pty(path, sizeof path);
  if (line->fd < 0) {
    return bus_refuse(error, BUS_ERR_MACHINE,
                      "slcan: no pty: %s; as root: mount -t devpts devpts /dev/pts",
                      strerror(errno));
  }
  if (url->path[0] != '\0' && make_link(path, url->path) != 0) {
    (void)bus_refuse(error, BUS_ERR_MACHINE,
                     "slcan: cannot make the link %s: %s; give a path that is free", url->path,
                     strerror(errno == 0 ? EEXIST : errno));
    close(line->fd);
    return BUS_ERR_MACHINE;
  }
  (void)snprintf(line->link, sizeof line->link, "%s", url->path);
  bus->caps = BUS_CAP_REMOTE | BUS_CAP_KIND_OF_ID | BUS_CAP_PEERS;
  (void)snprintf(bus->name, sizeof bus->name, "slcan");
  (void)snprintf(bus->place, sizeof bus->place, "%s", line->link[0] != '\0' ? line->link : path);
  return BUS_OK;
}

/// A line that is hung up would wake poll() again and again; it is looked at by time instead.
static uint32_t slcan_poll_set(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]) {
  const bus_slcan_t *line = &bus->slcan;
  short events = (short)(line->out.count > 0 ? POLLIN | POLLOUT : POLLIN);
  if (line->is_hung_up) return 0;
  set[0] = (struct pollfd){.fd = line->fd, .events = events};
  return 1;
}

static uint32_t slcan_pending(const bus_t *bus) { return bus->slcan.out.count; }

static void slcan_close(bus_t *bus) {
  if (bus->slcan.link[0] != '\0') (void)unlink(bus->slcan.link);
  close(bus->slcan.fd);
}

static int slcan_probe(char *text, uint32_t text_bytes) {
  char path[64];
  int fd = open_pty(path, sizeof path);
  (void)snprintf(text, text_bytes, "%s",
                 fd >= 0 ? "serial line (pty); python-can and slcand attach"
                         : "no pty; as root: mount -t devpts devpts /dev/pts");
  if (fd >= 0) close(fd);
  return fd >= 0;
}

const bus_backend_t can_slcan_backend = {
    slcan_open,    slcan_send,  slcan_run,   slcan_poll_set,
    slcan_pending, slcan_close, slcan_probe, NULL,
};
