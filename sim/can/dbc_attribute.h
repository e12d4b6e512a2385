/// Attributes of a DBC and what statements refer to. Included by dbc.c only.
#ifndef SIM_CAN_DBC_ATTRIBUTE_H
#define SIM_CAN_DBC_ATTRIBUTE_H

#include "dbc_scan.h"

static const uint32_t id_extended_flag = 0x80000000u;
static const uint32_t id_pseudo = 0xC0000000u; ///< frame that only holds signals of no frame

/// What a comment, attribute or value list is about. message < 0: a frame that is skipped.
typedef struct {
  dbc_object_t object;
  int32_t message, signal;
} dbc_target_t;

static int32_t read_message_id(scan_t *scan) {
  uint32_t id = (uint32_t)scan_integer(scan, 0, UINT32_MAX);
  if (id == id_pseudo) return -1;
  int32_t message = dbc_find_id(scan->dbc, id & ~id_extended_flag, (id & id_extended_flag) != 0);
  if (message < 0)
    scan_fail(scan, DBC_ERR_SYNTAX, "found message id %u, allowed one of a BO_ above",
              (unsigned)id);
  return message;
}

static int32_t read_signal_name(scan_t *scan, int32_t message) {
  char name[DBC_NAME_CHARS];
  scan_name(scan, name);
  if (message < 0) return -1;
  int32_t signal = dbc_find_signal(scan->dbc, (uint32_t)message, name);
  if (signal < 0)
    scan_fail(scan, DBC_ERR_SYNTAX, "found signal '%s', allowed one of message '%s'", name,
              scan->dbc->message[message].name);
  return signal;
}

/// Nothing, BU_ node, BO_ id, SG_ id signal or EV_ name.
static dbc_target_t read_target(scan_t *scan) {
  dbc_target_t target = {DBC_ON_NETWORK, -1, -1};
  char word[DBC_NAME_CHARS];
  if (!scan_is_word(scan_peek(scan)) || (*scan->at >= '0' && *scan->at <= '9')) return target;
  const char *begin = scan->at;
  scan_name(scan, word);
  if (strcmp(word, "BO_") == 0) {
    target.object = DBC_ON_MESSAGE;
    target.message = read_message_id(scan);
  } else if (strcmp(word, "SG_") == 0) {
    target.object = DBC_ON_SIGNAL;
    target.message = read_message_id(scan);
    target.signal = read_signal_name(scan, target.message);
  } else if (strcmp(word, "BU_") == 0 || strcmp(word, "EV_") == 0) {
    target.object = word[0] == 'B' ? DBC_ON_NODE : DBC_ON_OTHER;
    scan_name(scan, word);
  } else {
    scan->at = begin;
    scan_unexpected(scan, "BU_, BO_, SG_, EV_ or a value");
  }
  return target;
}

static int32_t find_attribute(const dbc_t *dbc, const char *name) {
  for (uint32_t i = 0; i < dbc->attribute_count; i++) {
    if (strcmp(dbc->attribute[i].name, name) == 0) return (int32_t)i;
  }
  return -1;
}

/// A quoted attribute name into name.
static void read_attribute_name(scan_t *scan, char name[DBC_NAME_CHARS]) {
  uint32_t offset = scan_string(scan);
  size_t chars = scan->dbc->text_bytes - offset;
  if (chars < 2 || chars > DBC_NAME_CHARS)
    scan_fail(scan, DBC_ERR_LIMIT, "found an attribute name of %u characters, allowed 1..%d",
              (unsigned)chars - 1, DBC_NAME_CHARS - 1);
  memcpy(name, scan->dbc->text + offset, chars);
  scan->dbc->text_bytes = offset;
}

static dbc_object_t read_object(scan_t *scan) {
  static const char *const word[] = {"BU_", "BO_", "SG_", "EV_"};
  static const dbc_object_t object[] = {DBC_ON_NODE, DBC_ON_MESSAGE, DBC_ON_SIGNAL, DBC_ON_OTHER};
  char text[DBC_NAME_CHARS];
  if (scan_peek(scan) == '"') return DBC_ON_NETWORK;
  const char *begin = scan->at;
  scan_name(scan, text);
  for (uint32_t i = 0; i < 4; i++) {
    if (strcmp(text, word[i]) == 0) return object[i];
  }
  scan->at = begin;
  scan_unexpected(scan, "BU_, BO_, SG_, EV_ or a name in quotes");
}

/// The choices of an ENUM, joined by newlines in the pool.
static uint32_t read_choices(scan_t *scan) {
  uint32_t offset = scan->dbc->text_bytes;
  do {
    if (scan->dbc->text_bytes > offset) scan->dbc->text[scan->dbc->text_bytes - 1] = '\n';
    (void)scan_string(scan);
  } while (scan_accept(scan, ','));
  return offset;
}

static void read_attribute_definition(scan_t *scan) {
  static const char *const word[] = {"INT", "HEX", "FLOAT", "STRING", "ENUM"};
  dbc_t *dbc = scan->dbc;
  dbc_attribute_t attribute = {.object = (uint8_t)read_object(scan)};
  char type[DBC_NAME_CHARS];
  read_attribute_name(scan, attribute.name);
  if (find_attribute(dbc, attribute.name) >= 0)
    scan_fail(scan, DBC_ERR_SYNTAX, "found attribute '%s' again, allowed once", attribute.name);
  (void)scan_peek(scan);
  const char *begin = scan->at;
  scan_name(scan, type);
  while (attribute.type < 5 && strcmp(type, word[attribute.type]) != 0) attribute.type++;
  if (attribute.type == 5) {
    scan->at = begin;
    scan_unexpected(scan, "INT, HEX, FLOAT, STRING or ENUM");
  }
  if (attribute.type == DBC_TYPE_ENUM) attribute.enum_texts = read_choices(scan);
  if (attribute.type < DBC_TYPE_STRING && scan_peek(scan) != ';') {
    attribute.minimum = scan_number(scan);
    attribute.maximum = scan_number(scan);
  }
  scan_expect(scan, ';');
  dbc->attribute = scan_grow(scan, dbc->attribute, sizeof *dbc->attribute, dbc->attribute_count,
                             &scan->attribute_room, DBC_ATTRIBUTE_MAX, "attributes");
  dbc->attribute[dbc->attribute_count++] = attribute;
}

/// Index of a choice by its text, -1 iff there is none.
static int32_t choice_index(const char *choices, const char *text) {
  size_t length = strlen(text);
  for (int32_t i = 0;; i++) {
    size_t chars = strcspn(choices, "\n");
    if (chars == length && strncmp(choices, text, length) == 0) return i;
    if (choices[chars] == '\0') return -1;
    choices += chars + 1;
  }
}

static void read_attribute_value(scan_t *scan, const dbc_attribute_t *attribute, double *number,
                                 uint32_t *text) {
  *number = 0;
  *text = 0;
  if (scan_peek(scan) != '"') {
    if (attribute->type == DBC_TYPE_STRING) scan_unexpected(scan, "a string in quotes");
    *number = scan_number(scan);
  } else {
    if (attribute->type < DBC_TYPE_STRING) scan_unexpected(scan, "a number");
    *text = scan_string(scan);
    if (attribute->type == DBC_TYPE_ENUM) {
      const char *choices = dbc_text(scan->dbc, attribute->enum_texts);
      *number = choice_index(choices, dbc_text(scan->dbc, *text));
      if (*number < 0)
        scan_fail(scan, DBC_ERR_SYNTAX, "found \"%.60s\", allowed a choice of attribute '%s'",
                  dbc_text(scan->dbc, *text), attribute->name);
    }
  }
  scan_expect(scan, ';');
}

static dbc_attribute_t *read_attribute(scan_t *scan, uint32_t *index) {
  char name[DBC_NAME_CHARS];
  read_attribute_name(scan, name);
  int32_t found = find_attribute(scan->dbc, name);
  if (found < 0)
    scan_fail(scan, DBC_ERR_SYNTAX, "found attribute '%s', allowed one of a BA_DEF_ above", name);
  *index = (uint32_t)found;
  return &scan->dbc->attribute[found];
}

static void read_attribute_default(scan_t *scan) {
  uint32_t index;
  dbc_attribute_t *attribute = read_attribute(scan, &index);
  read_attribute_value(scan, attribute, &attribute->number_default, &attribute->text_default);
  attribute->has_default = 1;
}

static void read_attribute_setting(scan_t *scan) {
  dbc_t *dbc = scan->dbc;
  dbc_setting_t setting = {0};
  const dbc_attribute_t *attribute = read_attribute(scan, &setting.attribute);
  dbc_target_t target = read_target(scan);
  if (target.object != attribute->object)
    scan_fail(scan, DBC_ERR_SYNTAX, "attribute '%s' is not defined for this kind of object",
              attribute->name);
  setting.message = (uint32_t)target.message;
  setting.signal = (uint32_t)target.signal;
  read_attribute_value(scan, attribute, &setting.number, &setting.text);
  if (target.message < 0 && target.object != DBC_ON_NETWORK) return;
  dbc->setting = scan_grow(scan, dbc->setting, sizeof *dbc->setting, dbc->setting_count,
                           &scan->setting_room, DBC_SETTING_MAX, "attribute values");
  dbc->setting[dbc->setting_count++] = setting;
}

/// The setting of an attribute at a message or the network, NULL iff it is not set there.
static const dbc_setting_t *find_setting(const dbc_t *dbc, uint32_t attribute, int32_t message) {
  for (uint32_t i = 0; i < dbc->setting_count; i++) {
    const dbc_setting_t *setting = &dbc->setting[i];
    if (setting->attribute == attribute && setting->message == (uint32_t)message) return setting;
  }
  return NULL;
}

/// Index of an attribute for messages (message >= 0) or the network, -1 iff there is none.
static int32_t find_attribute_of(const dbc_t *dbc, const char *name, int32_t message) {
  int32_t attribute = find_attribute(dbc, name);
  dbc_object_t object = message < 0 ? DBC_ON_NETWORK : DBC_ON_MESSAGE;
  return attribute >= 0 && dbc->attribute[attribute].object == object ? attribute : -1;
}

double dbc_attribute_number(const dbc_t *dbc, const char *name, int32_t message, double fallback) {
  int32_t index = find_attribute_of(dbc, name, message);
  if (index < 0 || dbc->attribute[index].type == DBC_TYPE_STRING) return fallback;
  const dbc_setting_t *setting = find_setting(dbc, (uint32_t)index, message);
  if (setting != NULL) return setting->number;
  return dbc->attribute[index].has_default ? dbc->attribute[index].number_default : fallback;
}

const char *dbc_attribute_text(const dbc_t *dbc, const char *name, int32_t message,
                               const char *fallback) {
  int32_t index = find_attribute_of(dbc, name, message);
  if (index < 0 || dbc->attribute[index].type < DBC_TYPE_STRING) return fallback;
  const dbc_setting_t *setting = find_setting(dbc, (uint32_t)index, message);
  if (setting != NULL) return dbc_text(dbc, setting->text);
  if (!dbc->attribute[index].has_default) return fallback;
  return dbc_text(dbc, dbc->attribute[index].text_default);
}

#endif
