/// What verbs with --ecu share.
#ifndef CLI_CLI_ECU_H
#define CLI_CLI_ECU_H

#include "../scenarios/ecu_place.h"

/// ecu_list_read with this program and the images beside it.
ecu_status_t cli_ecu_list(ecu_list_t *list, const char *text, char *why, size_t why_bytes);

#endif
