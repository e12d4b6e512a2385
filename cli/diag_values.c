/// Readers of replies: the car's five pages and the identifiers. See diag_values.h.
#include "diag_values.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/did_text.h"

enum { HEAD_BYTES = 2, GROUPS_PER_PAGE = 32, NO_VOLTAGE_raw = 0xFF, NO_TEMPERATURE_raw = 0x80 };

typedef enum { NUMBER, SIGNED, DEGREES, VOLTAGE, BIT } value_kind_t;

/// A row: d[at], bytes wide, or the bit of it; value = raw / divisor.
typedef struct {
  const char *name, *unit;
  uint8_t page, at, bytes, kind, bit;
  uint8_t divisor;
} row_t;

static const row_t rows[] = {
    {"soc_pct", "%", 1, 4, 1, NUMBER, 0, 2},
    {"charge_power_kW", "kW", 1, 5, 2, NUMBER, 0, 100},
    {"discharge_power_kW", "kW", 1, 7, 2, NUMBER, 0, 100},
    {"is_charging", "", 1, 9, 1, BIT, 7, 1},
    {"rapid_port", "", 1, 9, 1, BIT, 6, 1},
    {"normal_port", "", 1, 9, 1, BIT, 5, 1},
    {"is_welded", "", 1, 9, 1, BIT, 4, 1},
    {"is_faulty", "", 1, 9, 1, BIT, 3, 1},
    {"is_warned", "", 1, 9, 1, BIT, 2, 1},
    {"is_controllable", "", 1, 9, 1, BIT, 1, 1},
    {"main_is_closed", "", 1, 9, 1, BIT, 0, 1},
    {"current_A", "A", 1, 10, 2, SIGNED, 0, 10},
    {"pack_V", "V", 1, 12, 2, NUMBER, 0, 10},
    {"temperature_max_degC", "degC", 1, 14, 1, DEGREES, 0, 1},
    {"temperature_min_degC", "degC", 1, 15, 1, DEGREES, 0, 1},
    {"module_1_degC", "degC", 1, 16, 1, DEGREES, 0, 1},
    {"module_2_degC", "degC", 1, 17, 1, DEGREES, 0, 1},
    {"module_3_degC", "degC", 1, 18, 1, DEGREES, 0, 1},
    {"module_4_degC", "degC", 1, 19, 1, DEGREES, 0, 1},
    {"module_5_degC", "degC", 1, 20, 1, DEGREES, 0, 1},
    {"inlet_degC", "degC", 1, 22, 1, DEGREES, 0, 1},
    {"group_max_V", "V", 1, 23, 1, VOLTAGE, 0, 50},
    {"group_max_number", "", 1, 24, 1, NUMBER, 0, 1},
    {"group_min_V", "V", 1, 25, 1, VOLTAGE, 0, 50},
    {"group_min_number", "", 1, 26, 1, NUMBER, 0, 1},
    {"fan_step", "", 1, 27, 1, NUMBER, 0, 1},
    {"fan_Hz", "Hz", 1, 28, 1, NUMBER, 0, 1},
    {"supply_V", "V", 1, 29, 1, NUMBER, 0, 10},
    {"charged_Ah", "Ah", 1, 30, 4, NUMBER, 0, 10},
    {"discharged_Ah", "Ah", 1, 34, 4, NUMBER, 0, 10},
    {"charged_kWh", "kWh", 1, 38, 4, NUMBER, 0, 10},
    {"discharged_kWh", "kWh", 1, 42, 4, NUMBER, 0, 10},
    {"operating_s", "s", 1, 46, 4, NUMBER, 0, 1},
    {"ignition_is_on", "", 1, 50, 1, BIT, 2, 1},
    {"link_V", "V", 1, 51, 2, NUMBER, 0, 1},
    {"motor_1_rpm", "rpm", 1, 53, 2, SIGNED, 0, 1},
    {"motor_2_rpm", "rpm", 1, 55, 2, SIGNED, 0, 1},
    {"isolation_kohm", "kohm", 1, 57, 2, NUMBER, 0, 1},
    {"module_6_degC", "degC", 5, 9, 1, DEGREES, 0, 1},
    {"module_7_degC", "degC", 5, 10, 1, DEGREES, 0, 1},
    {"module_8_degC", "degC", 5, 11, 1, DEGREES, 0, 1},
    {"charge_power_again_kW", "kW", 5, 16, 2, NUMBER, 0, 100},
    {"discharge_power_again_kW", "kW", 5, 18, 2, NUMBER, 0, 100},
    {"group_spread_V", "V", 5, 20, 1, NUMBER, 0, 50},
    {"normal_status", "", 5, 21, 1, NUMBER, 0, 1},
    {"airbag_duty_pct", "%", 5, 22, 1, NUMBER, 0, 1},
    {"heater_1_degC", "degC", 5, 23, 1, DEGREES, 0, 1},
    {"heater_2_degC", "degC", 5, 24, 1, DEGREES, 0, 1},
    {"deterioration_max_pct", "%", 5, 25, 2, NUMBER, 0, 10},
    {"deterioration_max_number", "", 5, 27, 1, NUMBER, 0, 1},
    {"deterioration_min_pct", "%", 5, 28, 2, NUMBER, 0, 10},
    {"deterioration_min_number", "", 5, 30, 1, NUMBER, 0, 1},
    {"displayed_soc_pct", "%", 5, 31, 1, NUMBER, 0, 2},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static int64_t read_raw(const uint8_t *bytes, uint32_t count, int is_signed) {
  uint64_t raw = 0;
  for (uint32_t i = 0; i < count; i++) raw = raw << 8 | bytes[i];
  uint64_t sign = (uint64_t)1 << (8 * count - 1);
  return is_signed && (raw & sign) != 0 ? (int64_t)raw - (int64_t)(2 * sign) : (int64_t)raw;
}

/// raw / 10^n or / 2, 50 with the digits that it can have.
static void write_number(diag_value_t *value, int64_t raw, uint32_t divisor) {
  int digits = divisor == 1 ? 0 : divisor == 2 || divisor == 10 ? 1 : 2;
  snprintf(value->text, sizeof value->text, "%.*f", digits, (double)raw / divisor);
}

/* --- pages ----------------------------------------------------------------------------------- */

uint32_t diag_values_page_bytes(uint32_t page) {
  static const uint8_t bytes[] = {61, 38, 38, 38, 44};
  return page >= 1 && page <= DIAG_PAGE_COUNT ? bytes[page - 1] : 0;
}

static void hand_row(const row_t *row, const uint8_t *d, diag_value_fn each, void *user) {
  diag_value_t value = {.unit = row->unit};
  int is_signed = row->kind == SIGNED || row->kind == DEGREES;
  snprintf(value.name, sizeof value.name, "%s", row->name);
  int is_none = (row->kind == DEGREES && d[row->at] == NO_TEMPERATURE_raw) ||
                (row->kind == VOLTAGE && d[row->at] == NO_VOLTAGE_raw);
  if (is_none)
    snprintf(value.text, sizeof value.text, "null");
  else if (row->kind == BIT)
    snprintf(value.text, sizeof value.text, "%d", d[row->at] >> row->bit & 1);
  else
    write_number(&value, read_raw(d + row->at, row->bytes, is_signed), row->divisor);
  each(user, &value);
}

static void hand_groups(uint32_t page, const uint8_t *d, diag_value_fn each, void *user) {
  for (uint32_t i = 0; i < GROUPS_PER_PAGE; i++) {
    diag_value_t value = {.unit = "V"};
    unsigned number = (unsigned)((page - 2) * GROUPS_PER_PAGE + i + 1);
    snprintf(value.name, sizeof value.name, "group_%u_V", number);
    if (d[4 + i] == NO_VOLTAGE_raw)
      snprintf(value.text, sizeof value.text, "null");
    else
      write_number(&value, d[4 + i], 50);
    each(user, &value);
  }
}

int diag_values_page(uint32_t page, const uint8_t *reply, uint32_t count, diag_value_fn each,
                     void *user) {
  static const uint8_t unknown[4] = {0xFF, 0xFF, 0xFF, 0xFF};
  if (count == 0 || count != diag_values_page_bytes(page) || reply[0] != 0x61 || reply[1] != page ||
      memcmp(reply + HEAD_BYTES, unknown, sizeof unknown) != 0)
    return -1;
  if (page >= 2 && page <= 4) hand_groups(page, reply + HEAD_BYTES, each, user);
  for (uint32_t i = 0; i < ROW_COUNT; i++) {
    if (rows[i].page == page) hand_row(&rows[i], reply + HEAD_BYTES, each, user);
  }
  return 0;
}

uint32_t diag_values_find(const char *name) {
  unsigned number = 0;
  int end = 0;
  if (sscanf(name, "group_%3u_V%n", &number, &end) == 1 && end > 0 && name[end] == '\0' &&
      number >= 1 && number <= 3 * GROUPS_PER_PAGE)
    return 2 + (number - 1) / GROUPS_PER_PAGE;
  for (uint32_t i = 0; i < ROW_COUNT; i++) {
    if (strcmp(rows[i].name, name) == 0) return rows[i].page;
  }
  return 0;
}

/* --- identifiers ----------------------------------------------------------------------------- */

static int digits_of(double scale) {
  int digits = 0;
  for (; scale < 0.999 && digits < 6; digits++) scale *= 10.0;
  return digits;
}

static void write_did(diag_value_t *value, const did_text_t *text, uint32_t bytes,
                      const uint8_t *at) {
  int64_t raw = read_raw(at, bytes, text->kind == DID_SIGNED);
  int64_t none = ((int64_t)1 << (8 * bytes)) - 1;
  if (text->kind == DID_INDEX && raw == none)
    snprintf(value->text, sizeof value->text, "null");
  else
    snprintf(value->text, sizeof value->text, "%.*f", digits_of(text->scale),
             (double)raw * text->scale);
}

uint32_t diag_values_identifier(const uint8_t *bytes, uint32_t count, diag_value_fn each,
                                void *user) {
  int32_t did = count >= 2 ? did_find((uint32_t)bytes[0] << 8 | bytes[1]) : -1;
  if (did < 0) return 0;
  const did_row_t *row = &did_row[did];
  uint32_t total = 2 + (uint32_t)row->value_bytes * row->value_count;
  if (count < total) return 0;
  for (uint32_t i = 0; i < row->value_count; i++) {
    diag_value_t value = {.unit = did_text[did].unit};
    int used = snprintf(value.name, sizeof value.name, "%s", did_text[did].name);
    if (row->value_count > 1)
      snprintf(value.name + used, sizeof value.name - (size_t)used, "_%u", (unsigned)i + 1);
    write_did(&value, &did_text[did], row->value_bytes, bytes + 2 + i * row->value_bytes);
    for (char *letter = value.name; *letter != '\0'; letter++)
      *letter = (char)tolower((unsigned char)*letter);
    each(user, &value);
  }
  return total;
}

int32_t diag_values_identifier_find(const char *name) {
  unsigned id = 0;
  int end = 0;
  if (strlen(name) == 4 && sscanf(name, "%4x%n", &id, &end) == 1 && end == 4) return (int32_t)id;
  for (uint32_t did = 0; did < DID_COUNT; did++) {
    const char *a = name, *b = did_text[did].name;
    while (*a != '\0' && toupper((unsigned char)*a) == *b) a++, b++;
    if (*a == '\0' && *b == '\0') return did_row[did].id;
  }
  return -1;
}

void diag_values_print_identifiers(void) {
  static const char *const kind[] = {"unsigned", "signed", "index", "bits"};
  puts("| id | name | bytes | kind | unit | 22 | frame | meaning "
       "|\n|---|---|---|---|---|---|---|---|");
  for (uint32_t did = 0; did < DID_COUNT; did++) {
    const did_row_t *row = &did_row[did];
    char bytes[16], unit[32] = "";
    if (row->value_count > 1)
      snprintf(bytes, sizeof bytes, "%u x %u", row->value_count, row->value_bytes);
    else
      snprintf(bytes, sizeof bytes, "%u", row->value_bytes);
    const did_text_t *text = &did_text[did];
    if (text->unit[0] != '\0' && text->scale != 1.0)
      snprintf(unit, sizeof unit, "%g %s", text->scale, text->unit);
    else
      snprintf(unit, sizeof unit, "%s", text->unit);
    printf("| %04X | %s | %s | %s | %s | %s | %s | %s |\n", row->id, text->name, bytes,
           kind[text->kind], unit, row->where & DID_IS_READ ? "x" : "",
           row->where & DID_IS_IN_FRAME ? "x" : "", text->help);
  }
}
