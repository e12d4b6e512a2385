/// Runs a fuzz target without a fuzzer: over all files of folders, each also cut and flipped.
///
/// Prints "FOLDER: N inputs" and ends with 0 iff nothing ended the program before.
#include <dirent.h>

#include "fuzz.h"

enum { INPUT_BYTES_MAX = 1 << 16, CHANGES_MAX = 300 };

/// The input in a block of its own size, so that reading beyond it is seen.
static void run(const uint8_t *bytes, size_t count) {
  uint8_t *block = malloc(count > 0 ? count : 1);
  if (block == NULL) abort();
  memcpy(block, bytes, count);
  (void)LLVMFuzzerTestOneInput(block, count);
  free(block);
}

static uint32_t run_file(const char *file) {
  static uint8_t bytes[INPUT_BYTES_MAX];
  FILE *stream = fopen(file, "rb");
  uint32_t done = 1;
  if (stream == NULL) return 0;
  size_t count = fread(bytes, 1, sizeof bytes, stream);
  fclose(stream);
  run(bytes, count);
  size_t step = count / CHANGES_MAX + 1;
  for (size_t at = 0; at < count; at += step) {
    uint8_t kept = bytes[at];
    run(bytes, at);
    bytes[at] = (uint8_t)(kept ^ 1u << (at % 8));
    run(bytes, count);
    bytes[at] = (uint8_t)(at * 37);
    run(bytes, count);
    bytes[at] = kept;
    done += 3;
  }
  return done;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    DIR *folder = opendir(argv[i]);
    uint32_t done = 0;
    if (folder == NULL) return EXIT_FAILURE;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
      char file[1024];
      if (entry->d_name[0] == '.') continue;
      snprintf(file, sizeof file, "%s/%s", argv[i], entry->d_name);
      done += run_file(file);
    }
    closedir(folder);
    printf("%s: %u inputs\n", argv[i], (unsigned)done);
  }
  return EXIT_SUCCESS;
}
