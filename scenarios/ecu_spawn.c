/// Starts packsim ecu or QEMU with two pipes, so that it cannot outlive this process.
#include "ecu_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { FD_MAX = 1024, PIPES = 3, AWAY_FD = 64 };
typedef enum { TO_ECU, FROM_ECU, WORDS } pipe_name_t;

/* One instruction takes 64 ns of the board's time, 1.6 ticks of its 25 MHz counter. */
static void run_qemu(const ecu_remote_t *remote) {
  char image[ECU_PLACE_PATH_BYTES];
  snprintf(image, sizeof image, "%s", remote->place->path);
  char *arguments[] = {"qemu-system-arm",
                       "-M",
                       "mps2-an386",
                       "-nodefaults",
                       "-display",
                       "none",
                       "-serial",
                       "none",
                       "-monitor",
                       "none",
                       "-action",
                       "reboot=shutdown",
                       "-semihosting-config",
                       "enable=on,target=native",
                       "-kernel",
                       image,
                       remote->is_counting ? "-icount" : NULL,
                       "shift=6,sleep=off",
                       NULL};
  execvp(arguments[0], arguments);
}

static void run_process(const ecu_remote_t *remote) {
  char program[ECU_PLACE_PATH_BYTES];
  snprintf(program, sizeof program, "%s", remote->place->path);
  char *arguments[] = {program, "ecu", "--lockstep", NULL};
  execv(program, arguments);
}

/* In the child: nothing of the parent but the two pipes, stderr as the third. */
static void become(const ecu_remote_t *remote, int pipes[PIPES][2], pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  setpgid(0, 0); /* Ctrl-C is the parent's affair */
  signal(SIGPIPE, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  int from = fcntl(pipes[TO_ECU][0], F_DUPFD, AWAY_FD);
  int to = fcntl(pipes[FROM_ECU][1], F_DUPFD, AWAY_FD);
  int words = fcntl(pipes[WORDS][1], F_DUPFD, AWAY_FD);
  int nothing = open("/dev/null", O_RDWR);
  if (from < 0 || to < 0 || words < 0 || nothing < 0) _exit(1);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(words, STDERR_FILENO);
  dup2(from, LOCKSTEP_IN_FD);
  dup2(to, LOCKSTEP_OUT_FD);
  for (int fd = STDERR_FILENO + 1; fd < FD_MAX; fd++) {
    if (fd != LOCKSTEP_IN_FD && fd != LOCKSTEP_OUT_FD) close(fd);
  }
  if (remote->place->kind == ECU_QEMU)
    run_qemu(remote);
  else
    run_process(remote);
  fprintf(stderr, "%s\n", strerror(errno));
  _exit(127);
}

static void close_pipes(int pipes[PIPES][2], int count) {
  for (int i = 0; i < count; i++) {
    close(pipes[i][0]);
    close(pipes[i][1]);
  }
}

static int fail(ecu_remote_t *remote) {
  snprintf(remote->error, sizeof remote->error, "cannot be started: %s", strerror(errno));
  return -1;
}

int ecu_spawn(ecu_remote_t *remote) {
  int pipes[PIPES][2];
  for (int i = 0; i < PIPES; i++) {
    if (pipe(pipes[i]) == 0) continue;
    close_pipes(pipes, i);
    return fail(remote);
  }
  fflush(NULL);
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) become(remote, pipes, parent);
  if (pid < 0) {
    close_pipes(pipes, PIPES);
    return fail(remote);
  }
  close(pipes[TO_ECU][0]);
  close(pipes[FROM_ECU][1]);
  close(pipes[WORDS][1]);
  remote->pid = pid;
  remote->to_fd = pipes[TO_ECU][1];
  remote->from_fd = pipes[FROM_ECU][0];
  remote->error_fd = pipes[WORDS][0];
  for (int i = 0; i < PIPES; i++) {
    int fd = i == TO_ECU ? remote->to_fd : i == FROM_ECU ? remote->from_fd : remote->error_fd;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  fcntl(remote->error_fd, F_SETFL, O_NONBLOCK);
  fcntl(remote->from_fd, F_SETFL, O_NONBLOCK);
  return 0;
}
