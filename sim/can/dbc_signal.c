/// Takes the bits of a DBC signal out of a frame's data and puts them in.
#include <string.h>

#include "dbc.h"

/// Position of bit number index (0 = lowest of the signal) as byte * 8 + bit.
static uint32_t bit_position(const dbc_signal_t *signal, uint32_t index) {
  if (!signal->is_big_endian) return signal->start + index;
  uint32_t from_top = signal->length - 1u - index;
  uint32_t along = signal->start / 8u * 8u + 7u - signal->start % 8u + from_top;
  return along / 8u * 8u + 7u - along % 8u;
}

int64_t dbc_signal_raw(const dbc_signal_t *signal, const uint8_t *data) {
  uint64_t raw = 0;
  for (uint32_t i = 0; i < signal->length; i++) {
    uint32_t at = bit_position(signal, i);
    raw |= (uint64_t)((uint32_t)data[at / 8] >> (at % 8) & 1u) << i;
  }
  uint64_t sign = (uint64_t)1 << ((signal->length - 1) & 63u);
  if (signal->is_signed && (raw & sign) != 0) raw |= ~(sign - 1);
  return (int64_t)raw;
}

void dbc_signal_put(const dbc_signal_t *signal, uint8_t *data, int64_t raw) {
  for (uint32_t i = 0; i < signal->length; i++) {
    uint32_t at = bit_position(signal, i);
    uint8_t mask = (uint8_t)(1u << (at % 8));
    int is_set = ((uint64_t)raw >> i & 1u) != 0;
    data[at / 8] = (uint8_t)(is_set ? data[at / 8] | mask : data[at / 8] & ~mask);
  }
}

double dbc_signal_value(const dbc_signal_t *signal, const uint8_t *data) {
  int64_t raw = dbc_signal_raw(signal, data);
  double value = signal->is_signed ? (double)raw : (double)(uint64_t)raw;
  if (signal->number == DBC_NUMBER_FLOAT) {
    uint32_t bits = (uint32_t)raw;
    float number;
    memcpy(&number, &bits, sizeof number);
    value = (double)number;
  } else if (signal->number == DBC_NUMBER_DOUBLE) {
    memcpy(&value, &raw, sizeof value);
  }
  return value * signal->factor + signal->offset;
}

static int is_selected(const dbc_t *dbc, const dbc_signal_t *signal, uint64_t page) {
  if (signal->range_count == 0) return page == signal->page;
  for (uint32_t i = 0; i < signal->range_count; i++) {
    const dbc_range_t *range = &dbc->range[signal->first_range + i];
    if (page >= range->low && page <= range->high) return 1;
  }
  return 0;
}

int dbc_signal_is_present(const dbc_t *dbc, const dbc_signal_t *signal, const uint8_t *data) {
  while (signal->selector >= 0) {
    const dbc_signal_t *selector = &dbc->signal[signal->selector];
    if (!is_selected(dbc, signal, (uint64_t)dbc_signal_raw(selector, data))) return 0;
    signal = selector;
  }
  return 1;
}
