/// Files that a test writes and removes again.
#ifndef TESTS_TEMP_FILE_H
#define TESTS_TEMP_FILE_H

#include <check.h>
#include <stdio.h>
#include <unistd.h>

/// Write bytes to /tmp/packsim_<name>_<pid>.json, whose name goes to path.
static inline void temp_file_write(char *path, size_t path_bytes, const char *name,
                                   const char *text, size_t bytes) {
  snprintf(path, path_bytes, "/tmp/packsim_%s_%ld.json", name, (long)getpid());
  FILE *stream = fopen(path, "wb");
  ck_assert_ptr_nonnull(stream);
  ck_assert_uint_eq(fwrite(text, 1, bytes, stream), bytes);
  ck_assert_int_eq(fclose(stream), 0);
}

#endif
