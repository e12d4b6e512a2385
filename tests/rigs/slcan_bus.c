/// A wire between two serial adapters that the kernel takes for CAN interfaces (slcan).
///
/// Model    two ptys with the kernel's slcan line discipline; frames go over to the other side. A
///          frame with id 666 throws its sender off the bus: the kernel reads a state line with
///          both error counters at 255. Prints the names of both interfaces, then works until it
///          is ended
/// Source   LAWICEL's protocol; Linux drivers/net/can/slcan/slcan-core.c
#define _GNU_SOURCE /* cfmakeraw NOLINT(bugprone-reserved-identifier) */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_DISCIPLINE_SLCAN = 17, LINE_CHARS = 64 };

/// The kernel's side stays open in fd_kernel, else the interface would vanish.
typedef struct {
  int fd, fd_kernel;
  size_t count;
  char line[LINE_CHARS];
} side_t;

static int fail(const char *what) {
  fprintf(stderr, "slcan_bus: %s: %s\n", what, strerror(errno));
  return -1;
}

static int open_side(side_t *side) {
  struct termios raw;
  struct ifreq interface;
  int discipline = LINE_DISCIPLINE_SLCAN;
  memset(side, 0, sizeof *side);
  memset(&interface, 0, sizeof interface);
  side->fd = posix_openpt(O_RDWR | O_NOCTTY);
  if (side->fd < 0 || grantpt(side->fd) != 0 || unlockpt(side->fd) != 0) return fail("pty");
  const char *name = ptsname(side->fd);
  side->fd_kernel = name == NULL ? -1 : open(name, O_RDWR | O_NOCTTY);
  if (side->fd_kernel < 0 || tcgetattr(side->fd_kernel, &raw) != 0) return fail("pty");
  cfmakeraw(&raw);
  if (tcsetattr(side->fd_kernel, TCSANOW, &raw) != 0) return fail("pty");
  if (ioctl(side->fd_kernel, TIOCSETD, &discipline) != 0) return fail("no slcan in this kernel");
  if (ioctl(side->fd_kernel, SIOCGIFNAME, &interface) != 0) return fail("interface");
  printf("%s\n", interface.ifr_name);
  return 0;
}

static void put(const side_t *side, const char *text, size_t count) {
  if (write(side->fd, text, count) != (ssize_t)count) (void)fail("write");
}

static void take_line(side_t *from, const side_t *to) {
  static const char bus_off[] = "sb255255\r";
  if (from->count < 2 || strchr("tTrR", from->line[0]) == NULL) return; /* a command */
  if (strncmp(from->line, "t666", 4) == 0)
    put(from, bus_off, sizeof bus_off - 1);
  else
    put(to, from->line, from->count);
}

static void take(side_t *from, const side_t *to) {
  char text[512];
  ssize_t count = read(from->fd, text, sizeof text);
  for (ssize_t i = 0; i < count; i++) {
    if (from->count < LINE_CHARS) from->line[from->count++] = text[i];
    if (text[i] != '\r') continue;
    if (from->count < LINE_CHARS) take_line(from, to);
    from->count = 0;
  }
}

int main(void) {
  side_t side[2];
  if (open_side(&side[0]) != 0 || open_side(&side[1]) != 0) return 3;
  (void)fflush(stdout);
  for (;;) {
    struct pollfd wait[2] = {{side[0].fd, POLLIN, 0}, {side[1].fd, POLLIN, 0}};
    if (poll(wait, 2, -1) < 0 && errno != EINTR) return 1;
    for (int i = 0; i < 2; i++) {
      if ((wait[i].revents & POLLIN) != 0) take(&side[i], &side[1 - i]);
    }
  }
}
