/// Reads DBC text statement by statement into tables.
#include "dbc_mux.h"

enum { SIGNALS_PER_MESSAGE_MAX = 2048, DATA_BYTES_MAX = 64 };

static int dbc_len_is_legal(int64_t len) {
  return len <= 8 || len == 12 || len == 16 || len == 20 || len == 24 || len == 32 || len == 48 ||
         len == DATA_BYTES_MAX;
}

int32_t dbc_find_message(const dbc_t *dbc, const char *name) {
  for (uint32_t i = 0; i < dbc->message_count; i++) {
    if (strcmp(dbc->message[i].name, name) == 0) return (int32_t)i;
  }
  return -1;
}

int32_t dbc_find_id(const dbc_t *dbc, uint32_t id, int is_extended) {
  for (uint32_t i = 0; i < dbc->message_count; i++) {
    if (dbc->message[i].id == id && dbc->message[i].is_extended == (is_extended != 0))
      return (int32_t)i;
  }
  return -1;
}

int32_t dbc_find_signal(const dbc_t *dbc, uint32_t message, const char *name) {
  const dbc_message_t *in = &dbc->message[message];
  for (uint32_t i = in->first_signal; i < in->first_signal + in->signal_count; i++) {
    if (strcmp(dbc->signal[i].name, name) == 0) return (int32_t)i;
  }
  return -1;
}

/* --- statements that describe frames ------------------------------------------------------- */

static void read_message(scan_t *scan) {
  dbc_t *dbc = scan->dbc;
  uint32_t id = (uint32_t)scan_integer(scan, 0, UINT32_MAX);
  uint32_t line = scan->line;
  scan->message_is_pseudo = id == id_pseudo;
  int is_extended = (id & id_extended_flag) != 0;
  id &= ~id_extended_flag;
  if (!scan->message_is_pseudo && id > (is_extended ? 0x1FFFFFFFu : 0x7FFu))
    scan_fail(scan, DBC_ERR_SYNTAX, "found message id %u, allowed 0..2047 or 29 bits + 2^31",
              (unsigned)id);
  dbc->message = scan_grow(scan, dbc->message, sizeof *dbc->message, dbc->message_count,
                           &scan->message_room, DBC_MESSAGE_MAX, "messages");
  dbc_message_t *message = &dbc->message[dbc->message_count];
  *message = (dbc_message_t){.id = id, .is_extended = (uint8_t)is_extended, .line = line};
  message->first_signal = dbc->signal_count;
  scan_name(scan, message->name);
  scan_expect(scan, ':');
  int64_t len = scan_integer(scan, 0, scan->message_is_pseudo ? INT32_MAX : DATA_BYTES_MAX);
  if (!scan->message_is_pseudo && !dbc_len_is_legal(len))
    scan_fail(scan, DBC_ERR_SYNTAX, "found %d bytes, allowed 0..8 12 16 20 24 32 48 64", (int)len);
  message->len = (uint8_t)len;
  message->is_fd = len > 8;
  scan_name(scan, message->sender);
  if (scan->message_is_pseudo) return;
  if (dbc_find_id(dbc, id, is_extended) >= 0)
    scan_fail(scan, DBC_ERR_SYNTAX, "found message id %u again, allowed once", (unsigned)id);
  if (dbc_find_message(dbc, message->name) >= 0)
    scan_fail(scan, DBC_ERR_SYNTAX, "found message '%s' again, allowed once", message->name);
  dbc->message_count++;
}

static void read_layout(scan_t *scan, dbc_signal_t *signal) {
  signal->start = (uint16_t)scan_integer(scan, 0, 8 * DATA_BYTES_MAX - 1);
  scan_expect(scan, '|');
  signal->length = (uint8_t)scan_integer(scan, 1, 64);
  scan_expect(scan, '@');
  if (!scan_accept(scan, '0') && scan_peek(scan) != '1')
    scan_unexpected(scan, "0 (Motorola) or 1 (Intel)");
  signal->is_big_endian = scan->at[-1] == '0';
  if (!signal->is_big_endian) scan->at++;
  signal->is_signed = (uint8_t)scan_accept(scan, '-');
  if (!signal->is_signed) scan_expect(scan, '+');
  scan_expect(scan, '(');
  signal->factor = scan_number(scan);
  if (signal->factor >= 0 && signal->factor <= 0)
    scan_fail(scan, DBC_ERR_SYNTAX, "found factor 0, allowed any other number");
  scan_expect(scan, ',');
  signal->offset = scan_number(scan);
  scan_expect(scan, ')');
  scan_expect(scan, '[');
  signal->minimum = scan_number(scan);
  scan_expect(scan, '|');
  signal->maximum = scan_number(scan);
  scan_expect(scan, ']');
}

static void check_signal(scan_t *scan, const dbc_signal_t *signal) {
  dbc_t *dbc = scan->dbc;
  dbc_message_t *message = &dbc->message[dbc->message_count - 1];
  uint32_t first = signal->start;
  uint32_t line_now = scan->line;
  scan->line = signal->line;
  if (signal->is_big_endian) first = first / 8 * 8 + 7 - first % 8;
  if (first + signal->length > 8u * message->len)
    scan_fail(scan, DBC_ERR_SYNTAX, "signal '%s' ends at bit %u, allowed %u", signal->name,
              (unsigned)(first + signal->length), 8u * message->len);
  if (message->signal_count >= SIGNALS_PER_MESSAGE_MAX)
    scan_fail(scan, DBC_ERR_LIMIT, "more than %d signals in a message", SIGNALS_PER_MESSAGE_MAX);
  for (uint32_t i = 0; i < message->signal_count; i++) {
    const dbc_signal_t *other = &dbc->signal[message->first_signal + i];
    if (strcmp(other->name, signal->name) == 0)
      scan_fail(scan, DBC_ERR_SYNTAX, "signal '%s' again, allowed once a message", signal->name);
  }
  scan->line = line_now;
}

static void read_signal(scan_t *scan) {
  dbc_t *dbc = scan->dbc;
  if (dbc->message_count == 0 && !scan->message_is_pseudo)
    scan_fail(scan, DBC_ERR_SYNTAX, "found SG_ before any BO_");
  dbc_signal_t signal = {.line = scan->line};
  scan_name(scan, signal.name);
  read_mux(scan, &signal);
  scan_expect(scan, ':');
  read_layout(scan, &signal);
  uint32_t unit = scan_string(scan);
  size_t unit_chars = dbc->text_bytes - unit;
  if (unit_chars > DBC_UNIT_CHARS)
    scan_fail(scan, DBC_ERR_LIMIT, "found a unit of %u characters, allowed %d",
              (unsigned)unit_chars - 1, DBC_UNIT_CHARS - 1);
  memcpy(signal.unit, dbc->text + unit, unit_chars);
  dbc->text_bytes = unit;
  char receiver[DBC_NAME_CHARS];
  do scan_name(scan, receiver);
  while (scan_accept(scan, ','));
  if (scan->message_is_pseudo) return;
  check_signal(scan, &signal);
  dbc->signal = scan_grow(scan, dbc->signal, sizeof *dbc->signal, dbc->signal_count,
                          &scan->signal_room, DBC_SIGNAL_MAX, "signals");
  dbc->signal[dbc->signal_count++] = signal;
  dbc->message[dbc->message_count - 1].signal_count++;
}

/* --- statements that refer to frames ------------------------------------------------------- */

static void read_comment(scan_t *scan) {
  dbc_t *dbc = scan->dbc;
  dbc_target_t target = read_target(scan);
  uint32_t text = scan_string(scan);
  scan_expect(scan, ';');
  if (target.object == DBC_ON_NETWORK) dbc->comment = text;
  if (target.object == DBC_ON_MESSAGE && target.message >= 0)
    dbc->message[target.message].comment = text;
  if (target.object == DBC_ON_SIGNAL && target.signal >= 0)
    dbc->signal[target.signal].comment = text;
}

static void read_values(scan_t *scan) {
  dbc_t *dbc = scan->dbc;
  char first = scan_peek(scan);
  if (first < '0' || first > '9') { /* of an environment variable */
    scan_skip_statement(scan);
    return;
  }
  int32_t message = read_message_id(scan);
  int32_t signal = read_signal_name(scan, message);
  uint32_t first_value = dbc->value_count;
  while (!scan_accept(scan, ';')) {
    dbc_value_t value = {.raw = scan_integer(scan, INT64_MIN, INT64_MAX - 1)};
    value.text = scan_string(scan);
    dbc->value = scan_grow(scan, dbc->value, sizeof *dbc->value, dbc->value_count,
                           &scan->value_room, DBC_VALUE_MAX, "value names");
    dbc->value[dbc->value_count++] = value;
  }
  if (signal < 0) return;
  dbc->signal[signal].first_value = first_value;
  dbc->signal[signal].value_count = dbc->value_count - first_value;
}

static void read_value_type(scan_t *scan) {
  int32_t message = read_message_id(scan);
  int32_t index = read_signal_name(scan, message);
  (void)scan_accept(scan, ':');
  uint8_t number = (uint8_t)scan_integer(scan, 0, 2);
  scan_expect(scan, ';');
  if (index < 0) return;
  dbc_signal_t *signal = &scan->dbc->signal[index];
  if (number != DBC_NUMBER_INTEGER && signal->length != (number == DBC_NUMBER_FLOAT ? 32 : 64))
    scan_fail(scan, DBC_ERR_SYNTAX, "float signal '%s' of %d bits, allowed 32 (1) or 64 (2)",
              signal->name, signal->length);
  signal->number = number;
}

/* --- the file ------------------------------------------------------------------------------ */

static void skip_line(scan_t *scan) {
  while (scan->at < scan->end && *scan->at != '\n') scan->at++;
}

/// NS_ lists keywords, one indented word a line.
static void skip_symbols(scan_t *scan) {
  scan_expect(scan, ':');
  skip_line(scan);
  while (scan->at + 1 < scan->end && strchr(" \t\r\n", scan->at[1]) != NULL) {
    scan->at++;
    scan->line++;
    skip_line(scan);
  }
}

static void read_version(scan_t *scan) { (void)scan_string(scan); }

static void read_bit_timing(scan_t *scan) {
  scan_expect(scan, ':');
  if (scan_peek(scan) >= '0' && *scan->at <= '9') scan_skip_statement(scan);
}

typedef struct {
  const char *keyword;
  void (*read)(scan_t *scan);
} dbc_statement_t;

static void read_statement(scan_t *scan) {
  static const dbc_statement_t statement[] = {
      {"BO_", read_message},
      {"SG_", read_signal},
      {"VAL_", read_values},
      {"CM_", read_comment},
      {"BA_DEF_", read_attribute_definition},
      {"BA_DEF_DEF_", read_attribute_default},
      {"BA_", read_attribute_setting},
      {"SIG_VALTYPE_", read_value_type},
      {"SG_MUL_VAL_", read_extended_mux},
      {"VERSION", read_version},
      {"NS_", skip_symbols},
      {"BS_", read_bit_timing},
      {"BU_", skip_line},
      {"VAL_TABLE_", scan_skip_statement},
      {"BO_TX_BU_", scan_skip_statement},
      {"EV_", scan_skip_statement},
      {"ENVVAR_DATA_", scan_skip_statement},
      {"EV_DATA_", scan_skip_statement},
      {"SGTYPE_", scan_skip_statement},
      {"SGTYPE_VAL_", scan_skip_statement},
      {"SIG_TYPE_REF_", scan_skip_statement},
      {"SIG_GROUP_", scan_skip_statement},
      {"SIGTYPE_VALTYPE_", scan_skip_statement},
      {"BA_DEF_SGTYPE_", scan_skip_statement},
      {"BA_SGTYPE_", scan_skip_statement},
      {"BA_DEF_REL_", scan_skip_statement},
      {"BA_REL_", scan_skip_statement},
      {"BA_DEF_DEF_REL_", scan_skip_statement},
  };
  char keyword[DBC_NAME_CHARS];
  (void)scan_peek(scan);
  const char *begin = scan->at;
  scan_name(scan, keyword);
  for (uint32_t i = 0; i < sizeof statement / sizeof statement[0]; i++) {
    if (strcmp(keyword, statement[i].keyword) == 0) {
      statement[i].read(scan);
      return;
    }
  }
  scan->at = begin;
  scan_unexpected(scan, "a DBC statement such as BO_ SG_ CM_ BA_ VAL_");
}

/// Pages need a switch, and what attributes say about frames is taken over.
static void finish_messages(scan_t *scan) {
  dbc_t *dbc = scan->dbc;
  const char *bus = dbc_attribute_text(dbc, "BusType", -1, "CAN");
  for (uint32_t m = 0; m < dbc->message_count; m++) {
    dbc_message_t *message = &dbc->message[m];
    finish_mux(scan, message);
    double cycle_ms = dbc_attribute_number(dbc, "GenMsgCycleTime", (int32_t)m, 0);
    message->cycle_ms = cycle_ms > 0 && cycle_ms < 1e9 ? (uint32_t)cycle_ms : 0;
    double format = dbc_attribute_number(dbc, "VFrameFormat", (int32_t)m, -1);
    if (format >= 14 && format <= 15) message->is_fd = 1;
    double brs = dbc_attribute_number(dbc, "CANFD_BRS", (int32_t)m, strcmp(bus, "CAN FD") == 0);
    message->has_brs = message->is_fd && brs > 0;
  }
}

static void read_all(scan_t *scan) {
  if (memchr(scan->at, 0, (size_t)(scan->end - scan->at)) != NULL)
    scan_fail(scan, DBC_ERR_SYNTAX, "found a zero byte, allowed text");
  scan_text_byte(scan, '\0');
  while (scan_peek(scan) != '\0') read_statement(scan);
  if (scan->dbc->message_count == 0) scan_fail(scan, DBC_ERR_SYNTAX, "found no BO_ at all");
  finish_messages(scan);
}

dbc_status_t dbc_parse(dbc_t *dbc, const char *text, size_t size, dbc_error_t *error) {
  scan_t scan = {.at = text, .end = text + size, .line = 1, .dbc = dbc, .error = error};
  memset(dbc, 0, sizeof *dbc);
  memset(error, 0, sizeof *error);
  if (size > DBC_BYTES_MAX) {
    (void)snprintf(error->text, sizeof error->text, "found %zu bytes, allowed %d", size,
                   DBC_BYTES_MAX);
    return DBC_ERR_LIMIT;
  }
  scan_t *volatile kept = &scan;
  if (setjmp(scan.on_fail) != 0) {
    dbc_free(dbc);
    return kept->status;
  }
  read_all(&scan);
  return DBC_OK;
}

/// The whole file in one block, NULL with a reason in error.
static char *read_file(const char *path, size_t *size, dbc_error_t *error) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    (void)snprintf(error->text, sizeof error->text, "cannot be opened: %s", strerror(errno));
    return NULL;
  }
  char *text = malloc(DBC_BYTES_MAX + 1u);
  *size = text == NULL ? 0 : fread(text, 1, DBC_BYTES_MAX + 1u, file);
  if (text == NULL || ferror(file)) {
    (void)snprintf(error->text, sizeof error->text, "cannot be read");
    free(text);
    text = NULL;
  }
  (void)fclose(file);
  return text;
}

dbc_status_t dbc_read(dbc_t *dbc, const char *path, dbc_error_t *error) {
  size_t size = 0;
  memset(dbc, 0, sizeof *dbc);
  memset(error, 0, sizeof *error);
  char *text = read_file(path, &size, error);
  if (text == NULL) return DBC_ERR_FILE;
  dbc_status_t status = dbc_parse(dbc, text, size, error);
  free(text);
  return status;
}

void dbc_free(dbc_t *dbc) {
  free(dbc->message);
  free(dbc->signal);
  free(dbc->value);
  free(dbc->attribute);
  free(dbc->setting);
  free(dbc->range);
  free(dbc->text);
  memset(dbc, 0, sizeof *dbc);
}
