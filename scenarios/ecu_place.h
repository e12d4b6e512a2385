/// Where the BMS core runs: the list behind --ecu.
///
/// Model    inproc, process, qemu, qemu:IMAGE; several, with commas: all make every step side by
///          side, the first acts on the plant
#ifndef SCENARIOS_ECU_PLACE_H
#define SCENARIOS_ECU_PLACE_H

#include <stddef.h>
#include <stdint.h>

enum { ECU_PLACE_MAX = 8, ECU_PLACE_NAME_BYTES = 200, ECU_PLACE_PATH_BYTES = 512 };

typedef enum { ECU_INPROC, ECU_PROCESS, ECU_QEMU } ecu_kind_t;

typedef struct {
  uint8_t kind; ///< ecu_kind_t
  char name[ECU_PLACE_NAME_BYTES]; ///< as it was asked for
  char path[ECU_PLACE_PATH_BYTES]; ///< program of the process, image for QEMU
} ecu_place_t;

typedef struct {
  ecu_place_t place[ECU_PLACE_MAX];
  uint32_t count;
} ecu_list_t;

typedef enum { ECU_LIST_OK = 0, ECU_LIST_ERR_TEXT = -1, ECU_LIST_ERR_MISSING = -2 } ecu_status_t;

/// program: packsim's own; the images lie in the folder firmware beside it. why gets what was found
/// and what is allowed. ECU_LIST_ERR_TEXT iff the list is none, ECU_LIST_ERR_MISSING iff this
/// machine lacks QEMU or the image.
ecu_status_t ecu_list_read(ecu_list_t *list, const char *text, const char *program, char *why,
                           size_t why_bytes);

#endif
