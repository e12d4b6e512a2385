/// Reads bms.dbc, checks that bits do not collide, and works out the fields of each message.
#include "gen_can.h"

#include <string.h>

enum { CAN_BITS_MAX = 512, CAN_RAW_BITS_MAX = 32 };

/// Mark the bits of a signal with its number. Returns the number that held one of them, 0 iff none.
static uint32_t mark_bits(uint32_t owner[CAN_BITS_MAX], const dbc_signal_t *signal,
                          uint32_t number) {
  uint32_t other = 0;
  uint32_t at = signal->start;
  for (uint32_t i = 0; i < signal->length; i++) {
    if (owner[at] != 0 && owner[at] != number) other = owner[at];
    owner[at] = number;
    if (!signal->is_big_endian)
      at++;
    else
      at = at % 8 == 0 ? at + 15 : at - 1;
  }
  return other;
}

static int has_same_layout(const dbc_signal_t *a, const dbc_signal_t *b) {
  return a->start == b->start && a->length == b->length && a->is_signed == b->is_signed &&
         a->is_big_endian == b->is_big_endian && memcmp(&a->factor, &b->factor, 8) == 0 &&
         memcmp(&a->offset, &b->offset, 8) == 0;
}

/// Signals that are on the bus at the same time must not share bits.
static void check_overlap(const char *path, const dbc_signal_t *signal, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t owner[CAN_BITS_MAX] = {0};
    for (uint32_t k = 0; k < count; k++) {
      int is_other_page = signal[i].mux == DBC_MUX_PAGE && signal[k].mux == DBC_MUX_PAGE &&
                          signal[i].page != signal[k].page;
      if (signal[i].mux != DBC_MUX_PAGE && signal[k].mux == DBC_MUX_PAGE) continue;
      if (is_other_page) continue;
      uint32_t other = mark_bits(owner, &signal[k], k + 1);
      if (other != 0)
        gen_fail(path, signal[k].line, "signal '%s' overlaps '%s'", signal[k].name,
                 signal[other - 1].name);
    }
    if (signal[i].length > CAN_RAW_BITS_MAX || signal[i].number != DBC_NUMBER_INTEGER)
      gen_fail(path, signal[i].line, "signal '%s': found %d bits or a float, allowed 1..%d bits",
               signal[i].name, signal[i].length, CAN_RAW_BITS_MAX);
  }
}

/// 1 iff any two page signals that share a bit have the same layout, so that pages can share slots.
static int pages_share_layout(const dbc_signal_t *signal, uint32_t count) {
  uint32_t owner[CAN_BITS_MAX] = {0};
  for (uint32_t i = 0; i < count; i++) {
    if (signal[i].mux != DBC_MUX_PAGE) continue;
    uint32_t number = i + 1;
    for (uint32_t k = 0; k < i; k++) {
      if (signal[k].mux == DBC_MUX_PAGE && has_same_layout(&signal[k], &signal[i])) {
        number = k + 1;
        break;
      }
    }
    if (mark_bits(owner, &signal[i], number) != 0) return 0;
  }
  return 1;
}

static can_field_t *add_field(const char *path, can_layout_t *layout, const char *name,
                              const dbc_signal_t *signal) {
  if (layout->field_count == CAN_FIELD_MAX)
    gen_fail(path, signal->line, "more than %d fields in a message", CAN_FIELD_MAX);
  can_field_t *field = &layout->field[layout->field_count++];
  memset(field, 0, sizeof *field);
  (void)snprintf(field->name, sizeof field->name, "%s", name);
  field->page = CAN_PAGE_ALL;
  field->slot[0] = signal;
  return field;
}

/// Put a page's signal into the array field named like the part behind its last _, ordered by bit.
static void add_slot(const char *path, can_layout_t *layout, const dbc_signal_t *signal) {
  const char *last = strrchr(signal->name, '_');
  const char *name = last == NULL ? signal->name : last + 1;
  can_field_t *field = NULL;
  for (uint32_t i = 0; i < layout->field_count; i++) {
    if (layout->field[i].slot_count > 0 && strcmp(layout->field[i].name, name) == 0)
      field = &layout->field[i];
  }
  if (field == NULL) field = add_field(path, layout, name, signal);
  for (uint32_t i = 0; i < field->slot_count; i++) {
    if (has_same_layout(field->slot[i], signal)) return;
  }
  if (field->slot_count == CAN_SLOT_MAX)
    gen_fail(path, signal->line, "more than %d slots", CAN_SLOT_MAX);
  uint32_t at = field->slot_count++;
  for (; at > 0 && field->slot[at - 1]->start > signal->start; at--)
    field->slot[at] = field->slot[at - 1];
  field->slot[at] = signal;
}

void gen_can_layout(const char *path, const dbc_t *dbc, uint32_t message, can_layout_t *layout) {
  memset(layout, 0, sizeof *layout);
  layout->message = &dbc->message[message];
  (void)snprintf(layout->upper, sizeof layout->upper, "%s", out_upper(layout->message->name));
  (void)snprintf(layout->lower, sizeof layout->lower, "%s", out_lower(layout->message->name));
  layout->e2e_data_id = (uint32_t)dbc_attribute_number(dbc, "E2EDataId", (int32_t)message, 0);
  const dbc_signal_t *signal = &dbc->signal[layout->message->first_signal];
  uint32_t count = layout->message->signal_count;
  check_overlap(path, signal, count);
  int is_shared = pages_share_layout(signal, count);
  for (uint32_t i = 0; i < count; i++) {
    if (signal[i].mux == DBC_MUX_SWITCH) layout->mux = &signal[i];
    if (signal[i].mux == DBC_MUX_NESTED || signal[i].range_count > 0)
      gen_fail(path, signal[i].line, "signal '%s': found extended multiplexing, allowed one page",
               signal[i].name);
    if (signal[i].mux != DBC_MUX_PAGE) {
      (void)add_field(path, layout, signal[i].name, &signal[i]);
      continue;
    }
    if (signal[i].page + 1 > layout->page_count) layout->page_count = signal[i].page + 1;
    if (is_shared)
      add_slot(path, layout, &signal[i]);
    else
      add_field(path, layout, signal[i].name, &signal[i])->page = signal[i].page;
  }
}

void gen_can(const char *db_dir, const char *gen_dir) {
  char path[512];
  dbc_t dbc;
  dbc_error_t error;
  (void)snprintf(path, sizeof path, "%s/bms.dbc", db_dir);
  if (dbc_read(&dbc, path, &error) != DBC_OK) gen_fail(path, error.line, "%s", error.text);
  gen_can_codec(path, &dbc, gen_dir);
  gen_can_table(path, &dbc, gen_dir);
  dbc_free(&dbc);
}
