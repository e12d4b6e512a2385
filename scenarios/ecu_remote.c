/// An ECU outside this process: talking to it; see ecu_remote.h. Starting is in ecu_spawn.c.
#include "ecu_remote.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../ecu_model/firmware/lockstep_layout.h"
#include "ecu_spawn.h"
#include "runner.h"

enum { LEAVE_MS = 2000, FIRST_WORDS_BYTES = 120 };

/* The first line that it wrote on stderr, after ": ". */
static void first_words(const ecu_remote_t *remote, char text[FIRST_WORDS_BYTES]) {
  text[0] = '\0';
  ssize_t bytes = read(remote->error_fd, text + 2, FIRST_WORDS_BYTES - 3);
  if (bytes <= 0) return;
  text[0] = ':';
  text[1] = ' ';
  text[2 + bytes] = '\0';
  text[2 + strcspn(text + 2, "\n")] = '\0';
}

static void nap(void) {
  struct timespec span = {.tv_nsec = 1000000};
  nanosleep(&span, NULL);
}

/* Reaps it, by force where it does not leave by itself in time. Returns its status. */
static int reap(ecu_remote_t *remote, uint32_t wait_ms) {
  int status = 0;
  pid_t done = 0;
  for (uint32_t ms = 0; ms < wait_ms && done == 0; ms++) {
    done = waitpid(remote->pid, &status, WNOHANG);
    if (done == 0) nap();
  }
  if (done == 0) {
    kill(remote->pid, SIGKILL);
    while (waitpid(remote->pid, &status, 0) < 0 && errno == EINTR) continue;
  }
  remote->pid = 0;
  return status;
}

/* Its pipe has ended: say what became of it. */
static int is_gone(ecu_remote_t *remote) {
  char words[FIRST_WORDS_BYTES];
  int status = reap(remote, LEAVE_MS);
  first_words(remote, words);
  if (WIFSIGNALED(status)) {
    snprintf(remote->error, sizeof remote->error, "died of signal %d (%s)%s", WTERMSIG(status),
             runner_signal_name(WTERMSIG(status)), words);
  } else {
    snprintf(remote->error, sizeof remote->error, "left with status %d%s", WEXITSTATUS(status),
             words);
  }
  return -1;
}

static int is_hanging(ecu_remote_t *remote) {
  snprintf(remote->error, sizeof remote->error, "gave no answer within %u ms of wall time; ended",
           remote->hang_ms);
  (void)reap(remote, 0);
  return -1;
}

static int send_message(ecu_remote_t *remote, lockstep_kind_t kind, uint32_t body_bytes) {
  uint32_t left = lockstep_seal(&remote->message, kind, ++remote->sequence, body_bytes);
  const uint8_t *from = (const uint8_t *)&remote->message;
  while (left > 0) {
    ssize_t count = write(remote->to_fd, from, left);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return is_gone(remote);
    from += count;
    left -= (uint32_t)count;
  }
  return 0;
}

/* Bytes of the answer from used on; 0 or less: none. Its end is mostly there with its beginning. */
static ssize_t receive(ecu_remote_t *remote, uint32_t used, uint32_t wanted) {
  struct pollfd wait = {.fd = remote->from_fd, .events = POLLIN};
  for (int waits = used == 0;; waits = 1) {
    int ready = waits ? poll(&wait, 1, (int)remote->hang_ms) : 1;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return is_hanging(remote);
    ssize_t count = read(remote->from_fd, (uint8_t *)&remote->message + used, wanted - used);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    return count > 0 ? count : is_gone(remote);
  }
}

static int refuse(ecu_remote_t *remote, lockstep_status_t status) {
  const lockstep_head_t *head = &remote->message.head;
  static const char *const what[] = {"", "no message of this link", "another version",
                                     "a length that does not fit", "a wrong check sum"};
  snprintf(remote->error, sizeof remote->error,
           "answered with %s (magic %08x, version %u, %u bytes), allowed magic %08x, version %d",
           what[-status], head->magic, head->version, head->body_bytes, LOCKSTEP_MAGIC,
           LOCKSTEP_VERSION);
  return -1;
}

static int tell_fault(ecu_remote_t *remote) {
  const lockstep_fault_t *fault = &remote->message.body.fault;
  static const char *const what[] = {"exception", "reset",    "NMI (its watchdog)", "HardFault",
                                     "MemManage", "BusFault", "UsageFault"};
  const char *name = fault->cause <= LOCKSTEP_CAUSE_USAGE ? what[fault->cause] : what[0];
  if (fault->cause == LOCKSTEP_CAUSE_LINK) name = "it cannot take the message";
  snprintf(remote->error, sizeof remote->error,
           "entered its safe state: %s, pc 0x%08x, status 0x%08x", name, fault->pc, fault->status);
  return -1;
}

/* A FAULT, its last word, is shorter than this and may come instead. */
static uint32_t least_bytes(lockstep_kind_t kind) {
  return LOCKSTEP_HEAD_BYTES + (kind == LOCKSTEP_OUT ? lockstep_out_bytes_min() : 0u);
}

static int hear(ecu_remote_t *remote, lockstep_kind_t kind) {
  uint32_t used = 0, wanted = LOCKSTEP_HEAD_BYTES, room = least_bytes(kind);
  const lockstep_head_t *head = &remote->message.head;
  while (used < wanted) {
    ssize_t count = receive(remote, used, room);
    if (count <= 0) return -1;
    const int head_was_here = used >= LOCKSTEP_HEAD_BYTES;
    used += (uint32_t)count;
    if (used < LOCKSTEP_HEAD_BYTES || head_was_here) continue;
    lockstep_status_t status = lockstep_head_check(head);
    if (status != LOCKSTEP_OK) return refuse(remote, status);
    room = wanted = LOCKSTEP_HEAD_BYTES + head->body_bytes;
  }
  lockstep_status_t status =
      used == wanted ? lockstep_check(&remote->message) : LOCKSTEP_ERR_LENGTH;
  if (status != LOCKSTEP_OK) return refuse(remote, status);
  if (head->kind == LOCKSTEP_FAULT && head->body_bytes == sizeof(lockstep_fault_t))
    return tell_fault(remote);
  if (head->kind == kind && head->sequence == remote->sequence) return 0;
  snprintf(remote->error, sizeof remote->error, "answered %u with kind %u, allowed %u with kind %d",
           head->sequence, head->kind, remote->sequence, kind);
  return -1;
}

/* Both sides lay out the structs alike, or nothing of what follows would mean what it says. */
static int compare_layouts(ecu_remote_t *remote) {
  const lockstep_message_t *message = &remote->message;
  uint32_t count = message->head.body_bytes / (uint32_t)sizeof(lockstep_place_t);
  if (count != LOCKSTEP_FIELD_COUNT || message->head.body_bytes % sizeof(lockstep_place_t) != 0) {
    snprintf(remote->error, sizeof remote->error,
             "has %u fields on its link, allowed %u: build it anew (make firmware)", count,
             (uint32_t)LOCKSTEP_FIELD_COUNT);
    return -1;
  }
  for (uint32_t i = 0; i < count; i++) {
    lockstep_place_t here = lockstep_place[i], there;
    memcpy(&there, message->body.bytes + i * sizeof there, sizeof there);
    if (memcmp(&here, &there, sizeof here) == 0) continue;
    snprintf(remote->error, sizeof remote->error,
             "lays out %s at %u, %u bytes of %u, allowed at %u, %u of %u: build it anew "
             "(make firmware)",
             lockstep_layout[i].name, there.offset, there.bytes, there.total_bytes, here.offset,
             here.bytes, here.total_bytes);
    return -1;
  }
  return 0;
}

int ecu_remote_open(ecu_remote_t *remote, const ecu_place_t *place, uint32_t hang_ms,
                    int is_counting) {
  memset(remote, 0, sizeof *remote);
  remote->place = place;
  remote->hang_ms = hang_ms;
  remote->is_counting = is_counting != 0;
  remote->to_fd = remote->from_fd = remote->error_fd = -1;
  if (ecu_spawn(remote) != 0) return -1;
  if (hear(remote, LOCKSTEP_HELLO) != 0) return -1;
  return compare_layouts(remote);
}

int ecu_remote_boot(ecu_remote_t *remote, const bms_boot_t *boot) {
  memcpy(&remote->message.body.boot, boot, sizeof *boot);
  if (send_message(remote, LOCKSTEP_BOOT, sizeof *boot) != 0) return -1;
  return hear(remote, LOCKSTEP_BOOTED);
}

int ecu_remote_ask(ecu_remote_t *remote, const bms_in_t *in) {
  return send_message(remote, LOCKSTEP_IN, lockstep_pack_in(remote->message.body.bytes, in));
}

int ecu_remote_answer(ecu_remote_t *remote, lockstep_cost_t *cost, bms_out_t *out) {
  if (hear(remote, LOCKSTEP_OUT) != 0) return -1;
  lockstep_status_t status =
      lockstep_unpack_out(remote->message.body.bytes, remote->message.head.body_bytes, cost, out);
  return status == LOCKSTEP_OK ? 0 : refuse(remote, status);
}

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

void ecu_remote_close(ecu_remote_t *remote) {
  if (remote->pid > 0 && remote->error[0] == '\0' && send_message(remote, LOCKSTEP_BYE, 0) == 0 &&
      hear(remote, LOCKSTEP_REPORT) == 0) {
    remote->report = remote->message.body.report;
  }
  close_fd(&remote->to_fd);
  close_fd(&remote->from_fd);
  if (remote->pid > 0) (void)reap(remote, LEAVE_MS);
  close_fd(&remote->error_fd);
}
