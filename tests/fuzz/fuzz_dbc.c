/// DBC files: refused in one line, or read into tables whose every reference stays inside.
#include "fuzz.h"

#include "../../sim/can/dbc.h"

static void check_signals(const dbc_t *dbc, const dbc_message_t *message) {
  uint8_t data[64];
  FUZZ_HOLDS(message->len <= sizeof data);
  FUZZ_HOLDS(message->first_signal + message->signal_count <= dbc->signal_count);
  memset(data, 0xA5, sizeof data);
  for (uint32_t i = 0; i < message->signal_count; i++) {
    const dbc_signal_t *signal = &dbc->signal[message->first_signal + i];
    FUZZ_HOLDS(signal->first_value + signal->value_count <= dbc->value_count);
    FUZZ_HOLDS(signal->comment < dbc->text_bytes || dbc->text_bytes == 0);
    int64_t raw = dbc_signal_raw(signal, data);
    dbc_signal_put(signal, data, raw);
    FUZZ_HOLDS(dbc_signal_raw(signal, data) == raw);
    (void)dbc_signal_value(signal, data);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  dbc_t dbc;
  dbc_error_t error = {.line = 0};
  if (dbc_parse(&dbc, (const char *)data, size, &error) != DBC_OK) {
    FUZZ_HOLDS(error.text[0] != '\0' && strlen(error.text) < sizeof error.text);
    FUZZ_HOLDS(strchr(error.text, '\n') == NULL);
    return 0;
  }
  for (uint32_t i = 0; i < dbc.message_count; i++) {
    check_signals(&dbc, &dbc.message[i]);
    FUZZ_HOLDS(dbc_find_message(&dbc, dbc.message[i].name) >= 0);
  }
  for (uint32_t i = 0; i < dbc.value_count; i++) (void)strlen(dbc_text(&dbc, dbc.value[i].text));
  (void)dbc_attribute_number(&dbc, "GenMsgCycleTime", -1, 0.0);
  dbc_free(&dbc);
  return 0;
}
