/// The out folder: see outdir.h.
#include "outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { PATH_BYTES = 512 };

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

static int remove_result(const char *dir) {
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

static int move_aside(const char *verb, const char *dir) {
  char previous[PATH_BYTES + 16];
  snprintf(previous, sizeof previous, "%s.previous", dir);
  if (exists(previous)) {
    if (!is_result(previous) && !is_empty_folder(previous)) {
      return cli_usage(verb,
                       "--out: %s is in the way and is no result of packsim, allowed another --out",
                       previous);
    }
    if (remove_result(previous)) {
      return cli_usage(verb, "--out: %s cannot be replaced: %s", previous, strerror(errno));
    }
  }
  if (rename(dir, previous) == 0) return CLI_OK;
  return cli_usage(verb, "--out: %s cannot be moved to %s: %s", dir, previous, strerror(errno));
}

int outdir_prepare(const char *verb, const char *dir, int *moved) {
  char path[PATH_BYTES];
  size_t length = strlen(dir);
  *moved = 0;
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
    int status = move_aside(verb, path);
    if (status) return status;
    *moved = 1;
  }
  if (make_with_parents(path) == 0) return CLI_OK;
  return cli_usage(verb, "--out: %s cannot be made: %s", path, strerror(errno));
}
