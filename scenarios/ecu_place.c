/// The list behind --ecu; see ecu_place.h.
#include "ecu_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALLOWED "allowed inproc, process, qemu, qemu:IMAGE"

static int is_in_path(const char *name) {
  const char *path = getenv("PATH");
  char file[ECU_PLACE_PATH_BYTES];
  for (const char *at = path ? path : ""; *at;) {
    size_t length = strcspn(at, ":");
    snprintf(file, sizeof file, "%.*s/%s", (int)length, at, name);
    if (length > 0 && access(file, X_OK) == 0) return 1;
    at += length;
    if (*at) at++;
  }
  return 0;
}

static void default_image(const char *program, char *path) {
  const char *slash = strrchr(program, '/');
  int folder_bytes = slash ? (int)(slash - program) + 1 : 0;
  snprintf(path, ECU_PLACE_PATH_BYTES, "%.*sfirmware/mps2-Os.elf", folder_bytes, program);
}

static ecu_status_t place_read(ecu_place_t *place, const char *program, char *why,
                               size_t why_bytes) {
  if (strcmp(place->name, "inproc") == 0) {
    place->kind = ECU_INPROC;
    return ECU_LIST_OK;
  }
  if (strcmp(place->name, "process") == 0) {
    place->kind = ECU_PROCESS;
    snprintf(place->path, sizeof place->path, "%s", program);
    return ECU_LIST_OK;
  }
  if (strcmp(place->name, "qemu") != 0 && strncmp(place->name, "qemu:", 5) != 0) {
    snprintf(why, why_bytes, "%.80s, " ALLOWED, place->name[0] ? place->name : "(empty)");
    return ECU_LIST_ERR_TEXT;
  }
  place->kind = ECU_QEMU;
  if (place->name[4] == ':')
    snprintf(place->path, sizeof place->path, "%s", place->name + 5);
  else
    default_image(program, place->path);
  if (!is_in_path("qemu-system-arm")) {
    snprintf(why, why_bytes, "qemu: qemu-system-arm is not installed; apt install qemu-system-arm");
    return ECU_LIST_ERR_MISSING;
  }
  if (access(place->path, R_OK) == 0) return ECU_LIST_OK;
  snprintf(why, why_bytes, "qemu: %.120s: no such image; make firmware builds it", place->path);
  return ECU_LIST_ERR_MISSING;
}

ecu_status_t ecu_list_read(ecu_list_t *list, const char *text, const char *program, char *why,
                           size_t why_bytes) {
  memset(list, 0, sizeof *list);
  for (const char *at = text;; at++) {
    size_t length = strcspn(at, ",");
    if (list->count == ECU_PLACE_MAX || length >= ECU_PLACE_NAME_BYTES) {
      snprintf(why, why_bytes, "%.80s: allowed at most %d places of at most %d bytes", text,
               ECU_PLACE_MAX, ECU_PLACE_NAME_BYTES - 1);
      return ECU_LIST_ERR_TEXT;
    }
    ecu_place_t *place = &list->place[list->count++];
    memcpy(place->name, at, length);
    ecu_status_t status = place_read(place, program, why, why_bytes);
    if (status != ECU_LIST_OK) return status;
    at += length;
    if (*at == '\0') return ECU_LIST_OK;
  }
}
