/// Raw terminal that is always put back: see terminal.h.
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { WRITE_WAIT_ms = 1000, SEQUENCE_WAIT_ms = 20, SEQUENCE_BYTES = 8 };

static const char enter[] = "\033[?1049h\033[?25l\033[0m\033[2J";
static const char leave[] = "\033[0m\033[?25h\033[?1049l";

static struct termios before;
static volatile sig_atomic_t is_open, must_end, must_stop;

/* ---- what the environment says ---- */

static const char *value_of(const char *name) {
  const char *value = getenv(name);
  return value != NULL ? value : "";
}

int terminal_is_there(void) {
  const char *kind = value_of("TERM");
  return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && kind[0] != '\0' &&
         strcmp(kind, "dumb") != 0;
}

int terminal_is_utf8(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = value_of(names[i]);
    if (value[0] == '\0') continue;
    return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
           strstr(value, "utf-8") != NULL;
  }
  return 0;
}

int terminal_has_color(void) { return value_of("NO_COLOR")[0] == '\0'; }

/* ---- begin and end ---- */

/// Only what a signal handler may do.
static void give_back(void) {
  if (!is_open) return;
  is_open = 0;
  ssize_t ignored = write(STDOUT_FILENO, leave, sizeof leave - 1);
  (void)ignored;
  (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

static void on_end(int number) {
  (void)number;
  must_end = 1;
}

static void on_stop(int number) {
  (void)number;
  must_stop = 1;
}

/// SA_RESETHAND: the second time it kills.
static void on_crash(int number) {
  give_back();
  (void)raise(number);
}

static int take(void) {
  if (tcgetattr(STDIN_FILENO, &before) != 0) return -1;
  struct termios raw = before;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) != 0) return -1;
  is_open = 1;
  return terminal_write(enter, sizeof enter - 1);
}

int terminal_open(void) {
  static const int ends[] = {SIGINT, SIGTERM, SIGHUP},
                   crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};
  struct sigaction end = {.sa_handler = on_end}, stop = {.sa_handler = on_stop},
                   crash = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND},
                   ignore = {.sa_handler = SIG_IGN};
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) sigaction(ends[i], &end, NULL);
  for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
    sigaction(crashes[i], &crash, NULL);
  }
  sigaction(SIGTSTP, &stop, NULL);
  sigaction(SIGPIPE, &ignore, NULL);
  return take();
}

void terminal_close(void) { give_back(); }

/// Stop as Ctrl-Z asks, with the terminal as it was; go on behind SIGCONT.
static int stop_here(void) {
  must_stop = 0;
  give_back();
  (void)raise(SIGSTOP);
  return take() == 0 ? TERMINAL_AGAIN : TERMINAL_END;
}

/* ---- keys ---- */

static int is_ready(int timeout_ms) {
  struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
  int status = poll(&in, 1, timeout_ms);
  if (status > 0 && (in.revents & POLLIN) == 0) return -1; /* hung up */
  return status > 0;
}

/// What follows ESC: "[A", "[5~", "OH".
static int sequence(void) {
  static const struct {
    const char *text;
    int key;
  } rows[] = {{"[A", TERMINAL_UP},         {"[B", TERMINAL_DOWN},  {"[5~", TERMINAL_PAGE_UP},
              {"[6~", TERMINAL_PAGE_DOWN}, {"[H", TERMINAL_HOME},  {"[F", TERMINAL_LAST},
              {"[1~", TERMINAL_HOME},      {"[4~", TERMINAL_LAST}, {"OA", TERMINAL_UP},
              {"OB", TERMINAL_DOWN},       {"OH", TERMINAL_HOME},  {"OF", TERMINAL_LAST}};
  char text[SEQUENCE_BYTES] = "";
  for (size_t used = 0; used + 1 < sizeof text && is_ready(SEQUENCE_WAIT_ms) > 0; used++) {
    if (read(STDIN_FILENO, &text[used], 1) != 1) break;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      if (strcmp(text, rows[i].text) == 0) return rows[i].key;
    }
    int is_last = used > 0 && text[used] >= '@' && text[used] <= '~';
    if (is_last) return TERMINAL_NONE; /* a sequence that means nothing here */
  }
  return text[0] == '\0' ? 27 : TERMINAL_NONE;
}

int terminal_key(int timeout_ms) {
  unsigned char byte;
  if (must_end) return TERMINAL_END;
  if (must_stop) return stop_here();
  int status = is_ready(timeout_ms);
  if (must_end || (status < 0 && errno != EINTR)) return TERMINAL_END;
  if (must_stop) return stop_here();
  if (status <= 0) return TERMINAL_NONE;
  ssize_t count = read(STDIN_FILENO, &byte, 1);
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) return TERMINAL_END;
  if (count < 0) return TERMINAL_NONE;
  return byte == 27 ? sequence() : byte;
}

/* ---- page ---- */

void terminal_size(int *columns, int *rows) {
  struct winsize size = {.ws_col = 0};
  *columns = 80;
  *rows = 24;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return;
  *columns = size.ws_col;
  *rows = size.ws_row;
}

int terminal_write(const char *text, size_t bytes) {
  while (bytes > 0) {
    ssize_t count = write(STDOUT_FILENO, text, bytes);
    if (count < 0 && errno == EAGAIN) {
      struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
      if (poll(&out, 1, WRITE_WAIT_ms) <= 0) return -1;
      continue;
    }
    if (count < 0 && errno != EINTR) return -1;
    if (count < 0) continue;
    text += count;
    bytes -= (size_t)count;
  }
  return 0;
}
