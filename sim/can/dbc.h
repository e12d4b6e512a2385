/// Reader of DBC files: messages, signals, multiplexing, value names, comments, attributes.
///
/// Model    parses the whole text at once; statements that say nothing about frames are skipped,
///          what is not a DBC statement is refused. start is the lowest bit of an Intel (@1)
///          signal, the highest bit of a Motorola (@0) one
/// Memory   dbc_t owns one block per table; dbc_free gives them back. Sizes are bounded (DBC_*_MAX)
/// Errors   negative status; dbc_error_t says line, what was found and what is allowed
/// Source   the Vector DBC file format as the public tools read it
#ifndef SIM_CAN_DBC_H
#define SIM_CAN_DBC_H

#include <stddef.h>
#include <stdint.h>

enum {
  DBC_NAME_CHARS = 64, ///< the closing zero included
  DBC_UNIT_CHARS = 24,
  DBC_BYTES_MAX = 1 << 24,
  DBC_MESSAGE_MAX = 4096,
  DBC_SIGNAL_MAX = 65536,
  DBC_VALUE_MAX = 262144,
  DBC_ATTRIBUTE_MAX = 1024,
  DBC_SETTING_MAX = 262144
};

typedef enum {
  DBC_OK = 0,
  DBC_ERR_SYNTAX = -1, ///< not a DBC, or inconsistent
  DBC_ERR_LIMIT = -2, ///< larger than the bounds
  DBC_ERR_FILE = -3, ///< cannot be read
  DBC_ERR_MEMORY = -4
} dbc_status_t;

typedef struct {
  uint32_t line; ///< 0: not about a line
  char text[200];
} dbc_error_t;

/// NESTED: on a page of one switch, itself the switch of others.
typedef enum { DBC_MUX_NONE, DBC_MUX_SWITCH, DBC_MUX_PAGE, DBC_MUX_NESTED } dbc_mux_t;
typedef enum { DBC_NUMBER_INTEGER, DBC_NUMBER_FLOAT, DBC_NUMBER_DOUBLE } dbc_number_t;

typedef struct {
  char name[DBC_NAME_CHARS];
  char unit[DBC_UNIT_CHARS];
  uint16_t start; ///< bit
  uint8_t length; ///< bits, 1..64
  uint8_t is_signed;
  uint8_t is_big_endian;
  uint8_t number; ///< dbc_number_t of the raw bits
  uint8_t mux; ///< dbc_mux_t
  uint32_t page; ///< value of the switch that selects it, with DBC_MUX_PAGE and DBC_MUX_NESTED
  int32_t selector; ///< index of that switch, -1: the signal is on no page
  uint32_t first_range, range_count; ///< extended multiplexing: pages instead of page
  double factor, offset, minimum, maximum;
  uint32_t first_value, value_count; ///< names of raw values
  uint32_t comment; ///< dbc_text
  uint32_t line;
} dbc_signal_t;

typedef struct {
  char name[DBC_NAME_CHARS];
  char sender[DBC_NAME_CHARS];
  uint32_t id; ///< without flags
  uint8_t is_extended, is_fd, has_brs;
  uint8_t len; ///< bytes
  uint32_t first_signal, signal_count;
  uint32_t cycle_ms; ///< GenMsgCycleTime, 0: none
  uint32_t comment; ///< dbc_text
  uint32_t line;
} dbc_message_t;

typedef struct {
  int64_t raw;
  uint32_t text; ///< dbc_text
} dbc_value_t;

/// Pages low..high.
typedef struct {
  uint32_t low, high;
} dbc_range_t;

typedef enum {
  DBC_ON_NETWORK,
  DBC_ON_NODE,
  DBC_ON_MESSAGE,
  DBC_ON_SIGNAL,
  DBC_ON_OTHER
} dbc_object_t;
typedef enum {
  DBC_TYPE_INT,
  DBC_TYPE_HEX,
  DBC_TYPE_FLOAT,
  DBC_TYPE_STRING,
  DBC_TYPE_ENUM
} dbc_type_t;

typedef struct {
  char name[DBC_NAME_CHARS];
  uint8_t object; ///< dbc_object_t
  uint8_t type; ///< dbc_type_t
  uint8_t has_default;
  double minimum, maximum;
  double number_default;
  uint32_t text_default; ///< dbc_text
  uint32_t enum_texts; ///< dbc_text: the choices, separated by newlines
} dbc_attribute_t;

/// An attribute's value at one object.
typedef struct {
  uint32_t attribute; ///< index
  uint32_t message; ///< index, with DBC_ON_MESSAGE and DBC_ON_SIGNAL
  uint32_t signal; ///< index, with DBC_ON_SIGNAL
  double number;
  uint32_t text; ///< dbc_text
} dbc_setting_t;

typedef struct {
  dbc_message_t *message;
  dbc_signal_t *signal; ///< message m has first_signal .. first_signal + signal_count - 1
  dbc_value_t *value;
  dbc_attribute_t *attribute;
  dbc_setting_t *setting;
  dbc_range_t *range;
  char *text; ///< all texts, each closed with a zero; offset 0 is the empty one
  uint32_t message_count, signal_count, value_count, attribute_count, setting_count, range_count;
  uint32_t text_bytes;
  uint32_t comment; ///< of the network
} dbc_t;

/// Parse size bytes. On failure dbc is empty and error filled.
dbc_status_t dbc_parse(dbc_t *dbc, const char *text, size_t size, dbc_error_t *error);

/// Read and parse a file.
dbc_status_t dbc_read(dbc_t *dbc, const char *path, dbc_error_t *error);

void dbc_free(dbc_t *dbc);

static inline const char *dbc_text(const dbc_t *dbc, uint32_t offset) { return dbc->text + offset; }

/// Index of a message or a message's signal, -1 iff there is none.
int32_t dbc_find_message(const dbc_t *dbc, const char *name);
int32_t dbc_find_id(const dbc_t *dbc, uint32_t id, int is_extended);
int32_t dbc_find_signal(const dbc_t *dbc, uint32_t message, const char *name);

/// A number attribute of a message or the network (message < 0), its default where it is not set,
/// and fallback where there is no such attribute. Enumerations give the index of their choice.
double dbc_attribute_number(const dbc_t *dbc, const char *name, int32_t message, double fallback);

/// A text attribute, likewise.
const char *dbc_attribute_text(const dbc_t *dbc, const char *name, int32_t message,
                               const char *fallback);

/// 1 iff the signal is on the pages that data shows, through all switches above it.
int dbc_signal_is_present(const dbc_t *dbc, const dbc_signal_t *signal, const uint8_t *data);

/// Raw bits of a signal, sign-extended if it is signed. data holds at least the message's len
/// bytes.
int64_t dbc_signal_raw(const dbc_signal_t *signal, const uint8_t *data);

/// Put raw bits into data; bits above the signal's length are dropped.
void dbc_signal_put(const dbc_signal_t *signal, uint8_t *data, int64_t raw);

/// Physical value: raw * factor + offset; float and double raw bits are taken as such.
double dbc_signal_value(const dbc_signal_t *signal, const uint8_t *data);

#endif
