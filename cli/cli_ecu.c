/// What verbs with --ecu share.
#include "cli_ecu.h"

#include <stdio.h>
#include <unistd.h>

ecu_status_t cli_ecu_list(ecu_list_t *list, const char *text, char *why, size_t why_bytes) {
  char program[ECU_PLACE_PATH_BYTES];
  ssize_t bytes = readlink("/proc/self/exe", program, sizeof program - 1);
  program[bytes > 0 ? bytes : 0] = '\0';
  return ecu_list_read(list, text, program, why, why_bytes);
}
