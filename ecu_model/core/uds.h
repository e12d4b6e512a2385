/// UDS services: session, reset, trouble codes with their freeze frames, values by identifier.
///
/// Model    sub-functions carry bit 7 "no positive reply"; of service 0x10 the values 81..83 are
///          the car's, so there it does not exist. A test of a DTC counts as completed once it had
///          its time, up_ms + down_ms and at least a second, since the tester's clearing and the
///          begin of the operating cycle
/// Source   ISO 14229-1
#ifndef ECU_MODEL_CORE_UDS_H
#define ECU_MODEL_CORE_UDS_H

#include "server.h"

enum { UDS_VALUES_MAX = 16 }; ///< identifiers in one request

/// Status byte of a DTC.
typedef enum {
  UDS_STATUS_FAILED = 0x01, ///< now
  UDS_STATUS_FAILED_THIS_CYCLE = 0x02,
  UDS_STATUS_PENDING = 0x04, ///< in this operating cycle or the last one
  UDS_STATUS_CONFIRMED = 0x08, ///< stored
  UDS_STATUS_UNTESTED_SINCE_CLEAR = 0x10,
  UDS_STATUS_FAILED_SINCE_CLEAR = 0x20,
  UDS_STATUS_UNTESTED_THIS_CYCLE = 0x40,
  UDS_STATUS_LAMP = 0x80, ///< active, and at least a warning
  UDS_STATUS_ALL = 0xFF
} uds_status_t;

uint8_t uds_status(const bms_t *bms, uint32_t dtc);

int32_t uds_session(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);
int32_t uds_reset(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);
int32_t uds_clear(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);
int32_t uds_codes(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);
int32_t uds_values(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);
int32_t uds_present(bms_t *bms, bms_out_t *out, const server_request_t *request, uint8_t *reply);

#endif
