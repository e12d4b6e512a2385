/// The out folder: see outdir.h.
#define _DEFAULT_SOURCE /* flock */
#include "outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { PATH_BYTES = 512, SLOT_BYTES = PATH_BYTES + 32 };

int outdir_make(const char *path) { return mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : -1; }

static int exists(const char *path) {
  struct stat info;
  return lstat(path, &info) == 0;
}

static int is_result(const char *dir) {
  char path[PATH_BYTES];
  int length = snprintf(path, sizeof path, "%s/results.json", dir);
  return length > 0 && length < PATH_BYTES && exists(path);
}

static int is_empty_folder(const char *dir) {
  DIR *folder = opendir(dir);
  if (!folder) return 0;
  int is_empty = 1;
  for (struct dirent *entry; is_empty && (entry = readdir(folder));) {
    is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
  }
  closedir(folder);
  return is_empty;
}

/* Remove the files and the folders of a folder; links are removed, never followed. */
static int remove_inside(int folder_fd, int depth) {
  DIR *folder = fdopendir(folder_fd);
  if (!folder) {
    close(folder_fd);
    return -1;
  }
  int status = 0;
  for (struct dirent *entry; status == 0 && (entry = readdir(folder));) {
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    if (unlinkat(dirfd(folder), name, 0) == 0) continue;
    int inner_fd =
        depth > 0 ? openat(dirfd(folder), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) : -1;
    status = inner_fd < 0 ? -1 : remove_inside(inner_fd, depth - 1);
    if (status == 0) status = unlinkat(dirfd(folder), name, AT_REMOVEDIR);
  }
  closedir(folder);
  return status;
}

int outdir_remove(const char *dir) {
  int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (fd < 0 || remove_inside(fd, 8)) return -1;
  return rmdir(dir);
}

/* mkdir -p */
static int make_with_parents(const char *dir) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s", dir);
  for (char *at = path + 1; *at; at++) {
    if (*at != '/') continue;
    *at = 0;
    if (outdir_make(path)) return -1;
    *at = '/';
  }
  return outdir_make(path);
}

/* dir.previous, dir.previous.2, ...: the older the higher. */
static void slot_path(const char *dir, uint32_t slot, char path[SLOT_BYTES]) {
  if (slot == 0) {
    snprintf(path, SLOT_BYTES, "%s", dir);
  } else if (slot == 1) {
    snprintf(path, SLOT_BYTES, "%s.previous", dir);
  } else {
    snprintf(path, SLOT_BYTES, "%s.previous.%u", dir, slot);
  }
}

/* Nothing is touched where a slot holds what is not ours. */
static int slots_check(const char *verb, const char *dir, uint32_t slot_count) {
  for (uint32_t slot = 1; slot <= slot_count; slot++) {
    char path[SLOT_BYTES];
    slot_path(dir, slot, path);
    if (!exists(path) || is_result(path) || is_empty_folder(path)) continue;
    return cli_usage(
        verb, "--out: %s is in the way and is no result of packsim, allowed another --out", path);
  }
  return CLI_OK;
}

static int slot_remove(const char *verb, const char *path, uint32_t keep_count) {
  int was_result = is_result(path);
  if (outdir_remove(path)) {
    return cli_usage(verb, "--out: %s cannot be replaced: %s", path, strerror(errno));
  }
  if (was_result) {
    fprintf(stderr, "packsim %s: the oldest result, %s, was removed: --keep %u\n", verb, path,
            keep_count);
  }
  return CLI_OK;
}

/* Each result one slot on; the one behind the last slot is removed. */
static int move_aside(const char *verb, const char *dir, uint32_t keep_count) {
  char from[SLOT_BYTES], to[SLOT_BYTES];
  uint32_t free_slot = keep_count > 0 ? 1 : 0;
  int status = slots_check(verb, dir, keep_count);
  if (status) return status;
  for (; free_slot < keep_count; free_slot++) {
    slot_path(dir, free_slot, to);
    if (!exists(to)) break;
  }
  slot_path(dir, free_slot, to);
  if (exists(to)) status = slot_remove(verb, to, keep_count);
  for (uint32_t slot = free_slot; slot > 0 && status == CLI_OK; slot--) {
    slot_path(dir, slot - 1, from);
    slot_path(dir, slot, to);
    if (rename(from, to)) {
      status = cli_usage(verb, "--out: %s cannot be moved to %s: %s", from, to, strerror(errno));
    }
  }
  return status;
}

/* Held until the process ends, also by its workers. */
static int folder_lock(const char *verb, const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return cli_usage(verb, "--out: %s cannot be opened: %s", path, strerror(errno));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return CLI_OK;
  close(fd);
  return cli_usage(verb, "--out: %s is being written by another packsim, allowed another --out",
                   path);
}

int outdir_prepare(const char *verb, const char *dir, uint32_t keep_count, int is_quiet) {
  char path[PATH_BYTES];
  size_t length = strlen(dir);
  while (length > 1 && dir[length - 1] == '/') length--;
  if (length == 0 || length > PATH_BYTES - 200) {
    return cli_usage(verb, "--out: %s, allowed a folder of 1..%d characters",
                     length ? dir : "(empty)", PATH_BYTES - 200);
  }
  snprintf(path, sizeof path, "%.*s", (int)length, dir);
  if (exists(path) && !is_empty_folder(path)) {
    if (!is_result(path)) {
      return cli_usage(
          verb, "--out: %s exists and is no result of packsim, allowed a new or empty folder",
          path);
    }
    int status = folder_lock(verb, path);
    if (status == CLI_OK) status = move_aside(verb, path, keep_count);
    if (status) return status;
    if (keep_count > 0 && !is_quiet) printf("the result before is in %s.previous\n", path);
  }
  if (make_with_parents(path) == 0) return folder_lock(verb, path);
  return cli_usage(verb, "--out: %s cannot be made: %s", path, strerror(errno));
}

static int file_copy(int from_fd, int to_fd) {
  static char block[1 << 16];
  for (;;) {
    ssize_t count = read(from_fd, block, sizeof block);
    if (count <= 0) return count < 0 ? -1 : 0;
    for (ssize_t at = 0; at < count;) {
      ssize_t written = write(to_fd, block + at, (size_t)(count - at));
      if (written <= 0) return -1;
      at += written;
    }
  }
}

static int entry_copy(int from_folder_fd, int to_folder_fd, const char *name) {
  struct stat info;
  if (fstatat(from_folder_fd, name, &info, AT_SYMLINK_NOFOLLOW)) return -1;
  if (!S_ISREG(info.st_mode)) return 0;
  int from_fd = openat(from_folder_fd, name, O_RDONLY | O_NOFOLLOW);
  int to_fd = openat(to_folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
  int status = from_fd >= 0 && to_fd >= 0 ? file_copy(from_fd, to_fd) : -1;
  int reason = errno;
  if (from_fd >= 0) close(from_fd);
  if (to_fd >= 0 && close(to_fd) && status == 0) return -1;
  errno = reason;
  return status;
}

int outdir_copy(const char *from, const char *to) {
  DIR *folder = opendir(from);
  int to_fd = open(to, O_RDONLY | O_DIRECTORY);
  int status = folder && to_fd >= 0 ? 0 : -1;
  for (struct dirent *entry; status == 0 && (entry = readdir(folder));) {
    status = entry_copy(dirfd(folder), to_fd, entry->d_name);
  }
  int reason = errno;
  if (folder) closedir(folder);
  if (to_fd >= 0) close(to_fd);
  errno = reason;
  return status;
}
