/// Texts that a test compares with files of tests/golden; UPDATE_GOLDEN=1 writes them.
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void golden_path(const char *name, char *path, size_t path_bytes) {
  const char *home = getenv("PACKSIM_HOME");
  snprintf(path, path_bytes, "%s/tests/golden/%s.txt", home != NULL ? home : ".", name);
}

/// Number of the first line that differs, 0 iff none.
static inline int golden_difference(const char *text, const char *golden) {
  int line = 1;
  for (; *text != '\0' && *text == *golden; text++, golden++) line += *text == '\n';
  return *text == *golden ? 0 : line;
}

/// The test fails unless text is what the file says.
static inline void golden_check(const char *name, const char *text) {
  char path[600];
  golden_path(name, path, sizeof path);
  if (getenv("UPDATE_GOLDEN") != NULL) {
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
    return;
  }
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "%s: not there; UPDATE_GOLDEN=1 writes it", path);
  size_t bytes = strlen(text) + 65536;
  char *golden = calloc(1, bytes);
  golden[fread(golden, 1, bytes - 1, file)] = '\0';
  fclose(file);
  int line = golden_difference(text, golden);
  if (line > 0) {
    char path_new[700];
    snprintf(path_new, sizeof path_new, "%s.new", path);
    file = fopen(path_new, "w");
    if (file != NULL) {
      fputs(text, file);
      fclose(file);
    }
    ck_abort_msg("%s:%d: differs from %s.new", path, line, path);
  }
  free(golden);
}

#endif
