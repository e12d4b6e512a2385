/// Faults of messages, nodes and the bus, set in the bus model and in the vehicle controller.
#include "faults_can.h"

#include "../ecu_model/gen/can_table.h"

enum { BABBLE_ID = 0 }; /* the highest priority there is */

_Static_assert((int)CAN_MSG_COUNT <= (int)CAN_MEM_FAULT_MAX, "each message may have its fault");

typedef void set_t(can_mem_fault_t *message, uint32_t value);

/// Sets one member for each target; value 0 takes it back.
static void set_all(hil_t *hil, const fault_t *fault, uint32_t value, set_t *set) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    const can_msg_t *msg = &can_msg[fault->target[i]];
    can_mem_fault_t *message =
        can_mem_fault(&hil->bus, msg->id, (msg->flags & CAN_FRAME_EXTENDED) != 0);
    if (message == NULL) continue; /* there is a place for each message of the DBC */
    set(message, value);
    can_mem_fault_done(&hil->bus, message);
  }
}

static int is_request(const fault_t *fault) {
  return fault->target_count == 1 && fault->target[0] == CAN_MSG_VCM_REQUEST;
}

static void set_drop(can_mem_fault_t *message, uint32_t value) {
  message->drop_every = (uint16_t)value;
  message->drop_count = 0;
}

static void set_frozen(can_mem_fault_t *message, uint32_t value) {
  message->is_frozen = (uint8_t)value;
}

static void set_crc(can_mem_fault_t *message, uint32_t value) {
  message->crc_is_wrong = (uint8_t)value;
}

static void set_delay(can_mem_fault_t *message, uint32_t value) { message->delay_us = value; }

static void set_flip(can_mem_fault_t *message, uint32_t value) {
  message->flip_bit = (uint16_t)value;
}

static void set_copies(can_mem_fault_t *message, uint32_t value) {
  message->copy_count = (uint8_t)value;
}

static void set_len(can_mem_fault_t *message, uint32_t value) { message->len = (uint8_t)value; }

static void set_error(can_mem_fault_t *message, uint32_t value) {
  message->error_every = (uint16_t)value;
  message->error_count = 0;
}

void faults_can_silent(hil_t *hil, const fault_t *fault, int begin) {
  if (is_request(fault))
    hil->vcm.fault.is_silent = begin ? 1 : 0;
  else
    set_all(hil, fault, begin ? 1 : 0, set_drop);
}

/// The vehicle controller goes on with new data; of the others the whole frame stands still.
void faults_can_frozen_counter(hil_t *hil, const fault_t *fault, int begin) {
  if (is_request(fault))
    hil->vcm.fault.counter_is_frozen = begin ? 1 : 0;
  else
    set_all(hil, fault, begin ? 1 : 0, set_frozen);
}

void faults_can_wrong_crc(hil_t *hil, const fault_t *fault, int begin) {
  set_all(hil, fault, begin ? 1 : 0, set_crc);
}

void faults_can_drop(hil_t *hil, const fault_t *fault, int begin) {
  set_all(hil, fault, begin ? (uint32_t)fault->value : 0, set_drop);
}

void faults_can_delay(hil_t *hil, const fault_t *fault, int begin) {
  set_all(hil, fault, begin ? (uint32_t)(fault->value * 1000.0) : 0, set_delay);
}

void faults_can_corrupt(hil_t *hil, const fault_t *fault, int begin) {
  set_all(hil, fault, begin ? 1 + (uint32_t)fault->value : 0, set_flip);
}

void faults_can_duplicate(hil_t *hil, const fault_t *fault, int begin) {
  set_all(hil, fault, begin ? 1 : 0, set_copies);
}

void faults_can_wrong_dlc(hil_t *hil, const fault_t *fault, int begin) {
  set_all(hil, fault, begin ? 1 + (uint32_t)fault->value : 0, set_len);
}

void faults_can_bit_error(hil_t *hil, const fault_t *fault, int begin) {
  set_all(hil, fault, begin ? (uint32_t)fault->value : 0, set_error);
}

void faults_can_babble(hil_t *hil, const fault_t *fault, int begin) {
  can_mem_babble(&hil->bus, HIL_NODE_TESTER, BABBLE_ID, begin ? fault->value : 0.0);
}

void faults_can_bus_off(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++)
    can_mem_hold_off(&hil->bus, fault->target[i], begin);
}

void faults_can_absent(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++)
    can_mem_set_absent(&hil->bus, fault->target[i], begin);
}
