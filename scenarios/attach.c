/// The client of a control socket that a window needs: see attach.h.
#include "attach.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "json_doc.h"
#include "plan.h"

enum { IN_MAX = 4 << 20, ASK_MAX = 1024, FIRST_WAIT_ms = 5000, ID_STATE = 1, ID_ACT = 2 };

struct attach {
  int fd;
  char *in;
  size_t bytes, taken;
  scenario_t *point;
  char layout[20];
  char message[240];
  double speed_ratio;
  uint64_t faults_there;
  size_t state_bytes; ///< that follow; 0: a line follows
  uint8_t is_paused, is_gone, is_asked;
};

/* ---- lines ---- */

static void say(attach_t *attach, const char *text) {
  snprintf(attach->message, sizeof attach->message, "%.*s", (int)sizeof attach->message - 1, text);
}

static void lose(attach_t *attach, const char *text) {
  if (attach->is_gone) return;
  attach->is_gone = 1;
  if (attach->message[0] == '\0' || strncmp(attach->message, "ended", 5) != 0) say(attach, text);
}

static void put(attach_t *attach, const char *text, size_t bytes) {
  while (bytes > 0 && !attach->is_gone) {
    const ssize_t sent = send(attach->fd, text, bytes, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return; /* it has gone; what it said last is still to be read */
    text += sent;
    bytes -= (size_t)sent;
  }
}

void attach_ask(attach_t *attach, const char *format, ...) {
  char line[ASK_MAX];
  va_list arguments;
  int used = snprintf(line, sizeof line, "{\"id\":%d,", ID_ACT);
  va_start(arguments, format);
  used += vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
  va_end(arguments);
  if (used < 0 || (size_t)used + 3 > sizeof line) return;
  line[used++] = '}';
  line[used++] = '\n';
  put(attach, line, (size_t)used);
}

static void ask_state(attach_t *attach) {
  char line[80];
  const int bytes = snprintf(line, sizeof line, "{\"id\":%d,\"do\":\"state\",\"layout\":\"%s\"}\n",
                             ID_STATE, attach->layout);
  put(attach, line, (size_t)bytes);
  attach->is_asked = 1;
}

/// Read what there is, wait for it at most wait_ms.
static void fetch(attach_t *attach, int wait_ms) {
  struct pollfd fd = {.fd = attach->fd, .events = POLLIN};
  if (attach->taken > 0) {
    memmove(attach->in, attach->in + attach->taken, attach->bytes - attach->taken);
    attach->bytes -= attach->taken;
    attach->taken = 0;
  }
  if (attach->is_gone || poll(&fd, 1, wait_ms) <= 0) return;
  while (attach->bytes < IN_MAX) {
    const ssize_t got =
        recv(attach->fd, attach->in + attach->bytes, IN_MAX - attach->bytes, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (got <= 0) {
      lose(attach, "the plant has gone");
      return;
    }
    attach->bytes += (size_t)got;
  }
}

/// The next whole line; 0 iff there is none yet.
static int next_line(attach_t *attach, const char **line, size_t *bytes) {
  const char *begin = attach->in + attach->taken;
  const char *end = memchr(begin, '\n', attach->bytes - attach->taken);
  if (end == NULL) {
    if (attach->bytes - attach->taken == IN_MAX) lose(attach, "the plant sends no lines");
    return 0;
  }
  *line = begin;
  *bytes = (size_t)(end - begin);
  attach->taken += *bytes + 1;
  return 1;
}

static const char *text_of(const cJSON *object, const char *key) {
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  return cJSON_IsString(value) ? value->valuestring : "";
}

/* ---- what comes ---- */

static int nibble(char digit) {
  return digit >= '0' && digit <= '9'   ? digit - '0'
         : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                        : -1;
}

static void hear_frame(const cJSON *event, const attach_hear_t *hear) {
  const char *data = text_of(event, "data");
  can_mem_rx_t rx;
  memset(&rx, 0, sizeof rx);
  rx.time_ns = (uint64_t)plan_number(event, "time_ns", 0.0);
  rx.node = (uint8_t)plan_number(event, "node", 0.0);
  rx.frame.id = (uint32_t)plan_number(event, "id", 0.0);
  rx.frame.flags = (uint8_t)plan_number(event, "flags", 0.0);
  for (; rx.frame.len < sizeof rx.frame.data && nibble(data[0]) >= 0 && nibble(data[1]) >= 0;
       data += 2)
    rx.frame.data[rx.frame.len++] = (uint8_t)(nibble(data[0]) * 16 + nibble(data[1]));
  hear->frame(hear->user, &rx);
}

static void hear_event(attach_t *attach, const cJSON *event, const attach_hear_t *hear) {
  const char *name = text_of(event, "event");
  const double time_s = plan_number(event, "time_s", 0.0);
  char text[200];
  if (strcmp(name, "frame") == 0) {
    hear_frame(event, hear);
  } else if (strcmp(name, "mark") == 0) {
    hear->mark(hear->user, plan_us(time_s), text_of(event, "kind"), text_of(event, "name"),
               text_of(event, "detail"));
  } else if (strcmp(name, "end") == 0) {
    snprintf(text, sizeof text, "ended at %.3f s: %.40s", time_s, text_of(event, "verdict"));
    say(attach, text);
    attach->is_gone = 1;
  }
}

static void hear_answer(attach_t *attach, const cJSON *answer) {
  const cJSON *is_paused = cJSON_GetObjectItemCaseSensitive(answer, "paused");
  if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok"))) {
    say(attach, text_of(answer, "error"));
    return;
  }
  if (plan_number(answer, "id", 0.0) >= ID_ACT) return;
  attach->is_paused = (uint8_t)cJSON_IsTrue(is_paused);
  attach->speed_ratio = plan_number(answer, "speed", 0.0);
  attach->faults_there = strtoull(text_of(answer, "faults_at"), NULL, 16);
  attach->state_bytes = (size_t)plan_number(answer, "bytes", 0.0);
}

static void hear_line(attach_t *attach, const char *line, size_t bytes, const attach_hear_t *hear) {
  json_doc_t doc;
  scenario_error_t error;
  if (json_doc_parse("answer", line, bytes, &doc, &error) != 0) {
    lose(attach, error.text);
    return;
  }
  if (cJSON_GetObjectItemCaseSensitive(doc.root, "event") != NULL)
    hear_event(attach, doc.root, hear);
  else
    hear_answer(attach, doc.root);
  json_doc_free(&doc);
}

/// 1 iff the state is there.
static int take_state(attach_t *attach, scenario_run_t *run) {
  const size_t bytes = attach->state_bytes;
  if (bytes != run_checkpoint_bytes(run)) {
    lose(attach, "the plant's state has another size");
    return 0;
  }
  if (attach->bytes - attach->taken < bytes) return 0;
  void *state = malloc(bytes); /* it is moved to where its fields are aligned */
  attach->state_bytes = 0;
  attach->is_asked = 0;
  if (state != NULL) {
    memcpy(state, attach->in + attach->taken, bytes);
    run_adopt(run, state, attach->faults_there);
  }
  attach->taken += bytes;
  free(state);
  return state != NULL;
}

attach_seen_t attach_look(attach_t *attach, scenario_run_t *run, const attach_hear_t *hear,
                          int wait_ms) {
  const char *line;
  size_t bytes;
  int has_state = 0;
  if (!attach->is_asked && !attach->is_gone) ask_state(attach);
  fetch(attach, wait_ms);
  for (;;) {
    if (attach->state_bytes > 0) {
      if (!take_state(attach, run)) break;
      has_state = 1;
    } else if (next_line(attach, &line, &bytes)) {
      hear_line(attach, line, bytes, hear);
    } else {
      break;
    }
  }
  if (attach->is_gone) return ATTACH_GONE;
  return has_state ? ATTACH_STATE : ATTACH_NOTHING;
}

int attach_is_paused(const attach_t *attach) { return attach->is_paused; }
double attach_speed(const attach_t *attach) { return attach->speed_ratio; }
const char *attach_message(const attach_t *attach) { return attach->message; }
const scenario_t *attach_point(const attach_t *attach) { return attach->point; }

/* ---- open and close ---- */

static int dial(const char *path, char *why) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path) {
    snprintf(why, ATTACH_WHY_BYTES, "%.120s: a path of %zu bytes, allowed 1..%zu", path,
             strlen(path), sizeof address.sun_path - 1);
    return -1;
  }
  memcpy(address.sun_path, path, strlen(path) + 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address) == 0)
    return fd;
  snprintf(why, ATTACH_WHY_BYTES,
           "%s: no plant is there (%s), allowed the path of packsim serve "
           "--control",
           path, strerror(errno));
  if (fd >= 0) (void)close(fd);
  return -1;
}

/// The point that the plant's text says.
static int read_point(attach_t *attach, const char *line, size_t bytes, char *why) {
  json_doc_t doc;
  scenario_error_t error = {""};
  if (json_doc_parse("answer", line, bytes, &doc, &error) != 0) {
    snprintf(why, ATTACH_WHY_BYTES, "%s", error.text);
    return -1;
  }
  snprintf(attach->layout, sizeof attach->layout, "%.16s", text_of(doc.root, "layout"));
  const int status = attach->layout[0] == '\0'
                         ? -1
                         : scenario_from_text(text_of(doc.root, "file"), text_of(doc.root, "text"),
                                              &attach->point, &error);
  if (status != 0) snprintf(why, ATTACH_WHY_BYTES, "%s%s", text_of(doc.root, "error"), error.text);
  json_doc_free(&doc);
  return status;
}

static int ask_point(attach_t *attach, char *why) {
  const char *line;
  size_t bytes;
  attach_ask(attach, "\"do\":\"scenario\"");
  for (int waited_ms = 0; waited_ms < FIRST_WAIT_ms && !attach->is_gone; waited_ms += 100) {
    fetch(attach, 100);
    while (next_line(attach, &line, &bytes)) {
      if (bytes > 8 && strncmp(line, "{\"event\"", 8) == 0) continue;
      return read_point(attach, line, bytes, why);
    }
  }
  snprintf(why, ATTACH_WHY_BYTES, "no answer within 5 s, allowed a plant that runs");
  return -1;
}

attach_t *attach_open(const char *path, char why[ATTACH_WHY_BYTES]) {
  attach_t *attach = calloc(1, sizeof *attach);
  snprintf(why, ATTACH_WHY_BYTES, "no memory");
  if (attach == NULL) return NULL;
  attach->in = malloc(IN_MAX);
  attach->fd = attach->in != NULL ? dial(path, why) : -1;
  if (attach->fd < 0 || ask_point(attach, why) != 0) {
    attach_close(attach);
    return NULL;
  }
  attach_ask(attach, "\"do\":\"events\",\"on\":true,\"frames\":true");
  return attach;
}

void attach_close(attach_t *attach) {
  if (attach == NULL) return;
  if (attach->fd >= 0) (void)close(attach->fd);
  scenario_free(attach->point);
  free(attach->in);
  free(attach);
}
