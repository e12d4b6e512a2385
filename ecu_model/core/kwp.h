/// The car's own diagnostic services: values by local id, trouble codes, session.
///
/// Model    21 01..05 byte by byte as public readers of this car know them; every value is what the
///          core believes. A temperature without a value is -128, a group's voltage FF
/// Units    as docs/diagnostics.md tells for each byte; big-endian
/// Sign     current > 0 discharges
/// Source   public notes on the Soul EV: docs/diagnostics.md says which byte was seen, inferred or
///          assumed
#ifndef ECU_MODEL_CORE_KWP_H
#define ECU_MODEL_CORE_KWP_H

#include "server.h"

enum { KWP_SESSION = 0x81 }; ///< the only one that the car accepts

int32_t kwp_session(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);
int32_t kwp_clear(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);
int32_t kwp_present(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);

/// 0x18: by status and group.
int32_t kwp_codes(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);

/// 0x03, as OBD asks it.
int32_t kwp_stored_codes(bms_t *bms, bms_out_t *out, const server_request_t *request,
                         uint8_t *reply);

/// 0x21.
int32_t kwp_values(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);

#endif
