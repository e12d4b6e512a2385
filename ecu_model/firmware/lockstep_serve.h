/// The ECU's side of the lockstep link: the core of the firmware and of the ECU process alike.
///
/// Model    says HELLO, then answers each message of the world until BYE or the end of the link
/// Memory   the caller owns the server; no heap
#ifndef ECU_MODEL_FIRMWARE_LOCKSTEP_SERVE_H
#define ECU_MODEL_FIRMWARE_LOCKSTEP_SERVE_H

#include <stdint.h>

#include "lockstep.h"

/// What differs between machines.
typedef struct {
  /// At least one and at most max_bytes bytes; 0 or less: the world is gone.
  int32_t (*read)(void *user, void *data, uint32_t max_bytes);
  /// All bytes; not 0: the world is gone.
  int (*write)(void *user, const void *data, uint32_t bytes);
  /// Right before and right after bms_step: watchdog and counter. after returns the cost.
  void (*before_step)(void *user);
  uint32_t (*after_step)(void *user);
  void (*report)(void *user, lockstep_report_t *report);
  void *user;
} lockstep_port_t;

typedef struct {
  lockstep_port_t port;
  bms_t bms;
  bms_in_t in;
  bms_out_t out;
  lockstep_message_t message;
} lockstep_server_t;

/// LOCKSTEP_OK after BYE or when the world is gone; else what was wrong with its last message, of
/// which it was told. server->port is filled by the caller, the rest is 0.
lockstep_status_t lockstep_serve(lockstep_server_t *server);

/// The last word of an ECU in trouble.
void lockstep_serve_fault(lockstep_server_t *server, const lockstep_fault_t *fault);

#endif
