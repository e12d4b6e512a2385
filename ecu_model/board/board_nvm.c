/// NVM: one request is written, one may wait.
#include "board_nvm.h"

#include <string.h>

void board_nvm_init(board_nvm_t *nvm) {
  memset(nvm, 0, sizeof *nvm);
  memset(nvm->image, 0xFF, sizeof nvm->image);
}

void board_nvm_restart(board_nvm_t *nvm) {
  memset(&nvm->active, 0, sizeof nvm->active);
  memset(&nvm->waiting, 0, sizeof nvm->waiting);
  nvm->written_bytes = 0;
  nvm->sequence = nvm->ack = nvm->ok = 0;
}

void board_nvm_take(board_nvm_t *nvm, const bms_out_t *out) {
  nvm->sequence = out->nvm_request;
  board_nvm_request_t *slot = nvm->active.is_valid ? &nvm->waiting : &nvm->active;
  if (slot->is_valid) nvm->refused_count++;
  slot->is_valid = 1;
  slot->sequence = out->nvm_request;
  slot->offset = out->nvm_offset;
  slot->bytes = out->nvm_bytes;
  memcpy(slot->data, out->nvm_data, sizeof slot->data);
}

static int is_allowed(const board_nvm_request_t *request) {
  return request->bytes <= BOARD_NVM_PAGE_BYTES &&
         request->offset + request->bytes <= BMS_NVM_BYTES;
}

static void finish(board_nvm_t *nvm, uint8_t ok) {
  nvm->ack = nvm->active.sequence;
  nvm->ok = ok;
  nvm->active = nvm->waiting;
  nvm->waiting.is_valid = 0;
  nvm->written_bytes = 0;
}

void board_nvm_write(board_nvm_t *nvm) {
  const board_nvm_request_t *request = &nvm->active;
  if (nvm->fault.refuses_writes || !is_allowed(request)) {
    nvm->refused_count++;
    finish(nvm, 0);
    return;
  }
  uint32_t step = request->bytes - (uint32_t)nvm->written_bytes;
  if (step > BOARD_NVM_BYTES_PER_ms) step = BOARD_NVM_BYTES_PER_ms;
  memcpy(&nvm->image[request->offset + nvm->written_bytes], &request->data[nvm->written_bytes],
         step);
  nvm->written_bytes = (uint16_t)(nvm->written_bytes + step);
  if (nvm->written_bytes < request->bytes) return;
  nvm->finished_count++;
  finish(nvm, 1);
}
