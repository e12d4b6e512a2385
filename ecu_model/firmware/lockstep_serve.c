/// The loop of an ECU on the lockstep link; see lockstep_serve.h.
#include "lockstep_serve.h"

#include <string.h>

#include "lockstep_layout.h"

enum { PORTION = LOCKSTEP_HEAD_BYTES + sizeof(bms_in_t) };

typedef enum { HEARD, WORLD_IS_GONE, NOT_UNDERSTOOD } heard_t;

static int say(lockstep_server_t *server, lockstep_kind_t kind, uint32_t sequence,
               uint32_t body_bytes) {
  uint32_t bytes = lockstep_seal(&server->message, kind, sequence, body_bytes);
  return server->port.write(server->port.user, &server->message, bytes);
}

static int say_hello(lockstep_server_t *server) {
  memcpy(server->message.body.bytes, lockstep_place, sizeof lockstep_place);
  return say(server, LOCKSTEP_HELLO, 0, sizeof lockstep_place);
}

/// One whole message. The link hands over bytes in any portion.
static heard_t hear(lockstep_server_t *server, lockstep_status_t *status) {
  uint8_t *to = (uint8_t *)&server->message;
  uint32_t used = 0, wanted = LOCKSTEP_HEAD_BYTES;
  while (used < wanted) {
    /* as much as there is: what comes is one message, for the world waits for the answer */
    uint32_t room = (uint32_t)sizeof server->message - used;
    if (used < LOCKSTEP_HEAD_BYTES && room > PORTION) room = PORTION; /* a BOOT takes more */
    int32_t bytes = server->port.read(server->port.user, to + used, room);
    if (bytes <= 0 || (uint32_t)bytes > room) return WORLD_IS_GONE;
    used += (uint32_t)bytes;
    if (used < LOCKSTEP_HEAD_BYTES) continue;
    *status = lockstep_head_check(&server->message.head);
    if (*status != LOCKSTEP_OK) return NOT_UNDERSTOOD;
    wanted = LOCKSTEP_HEAD_BYTES + server->message.head.body_bytes;
  }
  *status = used == wanted ? lockstep_check(&server->message) : LOCKSTEP_ERR_LENGTH;
  return *status == LOCKSTEP_OK ? HEARD : NOT_UNDERSTOOD;
}

static lockstep_status_t boot(lockstep_server_t *server) {
  const lockstep_message_t *message = &server->message;
  if (message->head.body_bytes != sizeof message->body.boot) return LOCKSTEP_ERR_LENGTH;
  bms_init(&server->bms, bms_config_soul_ev(), &message->body.boot);
  return LOCKSTEP_OK;
}

static lockstep_status_t step(lockstep_server_t *server) {
  const lockstep_port_t *port = &server->port;
  const lockstep_message_t *message = &server->message;
  lockstep_status_t status =
      lockstep_unpack_in(message->body.bytes, message->head.body_bytes, &server->in);
  if (status != LOCKSTEP_OK) return status;
  port->before_step(port->user);
  bms_step(&server->bms, &server->in, &server->out);
  lockstep_cost_t cost = {.cost_raw = port->after_step(port->user)};
  uint32_t bytes = lockstep_pack_out(server->message.body.bytes, &cost, &server->out);
  (void)say(server, LOCKSTEP_OUT, message->head.sequence, bytes); /* the next read sees its end */
  return LOCKSTEP_OK;
}

static lockstep_status_t answer(lockstep_server_t *server) {
  const uint32_t sequence = server->message.head.sequence;
  lockstep_status_t status;
  switch (server->message.head.kind) {
  case LOCKSTEP_BOOT:
    status = boot(server);
    if (status == LOCKSTEP_OK) (void)say(server, LOCKSTEP_BOOTED, sequence, 0);
    return status;
  case LOCKSTEP_IN:
    return step(server);
  default:
    return LOCKSTEP_ERR_VERSION;
  }
}

lockstep_status_t lockstep_serve(lockstep_server_t *server) {
  lockstep_status_t status = LOCKSTEP_OK;
  heard_t heard = say_hello(server) == 0 ? HEARD : WORLD_IS_GONE;
  while (heard == HEARD && status == LOCKSTEP_OK) {
    heard = hear(server, &status);
    if (heard != HEARD) break;
    if (server->message.head.kind == LOCKSTEP_BYE) {
      const uint32_t sequence = server->message.head.sequence;
      server->port.report(server->port.user, &server->message.body.report);
      (void)say(server, LOCKSTEP_REPORT, sequence, sizeof(lockstep_report_t));
      return LOCKSTEP_OK;
    }
    status = answer(server);
  }
  if (heard == WORLD_IS_GONE) return LOCKSTEP_OK;
  lockstep_fault_t fault = {.cause = LOCKSTEP_CAUSE_LINK, .status = (uint32_t)-status};
  lockstep_serve_fault(server, &fault);
  return status;
}

void lockstep_serve_fault(lockstep_server_t *server, const lockstep_fault_t *fault) {
  memcpy(&server->message.body.fault, fault, sizeof *fault);
  (void)say(server, LOCKSTEP_FAULT, 0, sizeof *fault);
}
