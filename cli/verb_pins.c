/// packsim pins: the faces of the ECU's connectors, pin by pin, and the source of each assignment.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/connector.h"
#include "cli.h"

static const char help[] =
    "usage: packsim pins [PIN ...] [--connector A|B|C|D|E] [--json]\n"
    "Draws the faces of the BMS ECU's connectors, or describes single pins.\n"
    "8T13 is module 8, tap 13: the positive terminal of group M8C13; T0 is the module's lower "
    "line.\n"
    "Marks: none as printed in the source, * misprint corrected, ~ inferred, ? assumed.\n"
    "\n"
    "examples:\n"
    "  packsim pins\n"
    "  packsim pins --connector C\n"
    "  packsim pins A12 B23\n"
    "  packsim pins --json\n";

enum { OPTION_JSON, OPTION_CONNECTOR };
static const cli_option_t options[] = {
    {"--json", NULL}, {"--connector", "A|B|C|D|E"}, {NULL, NULL}};

enum { LOW_VOLTAGE_COLUMN_CHARS = 28 };

static const char mark[] = {' ', '*', '~', '?'};
static const char *const colour[] = {"", "\x1b[33m", "\x1b[36m", "\x1b[35m"};

/// Row of a pin in its housing, from 1; 0 iff the housing is unknown.
static uint32_t row_of(const pinout_pin_t *pin) {
  for (uint32_t f = 0; f < CONNECTOR_COUNT; f++) {
    for (uint32_t row = 0;
         connector_face[f].name == pin->connector && row < connector_face[f].row_count; row++) {
      if (pin->pin <= connector_face[f].row_end[row]) return row + 1;
    }
  }
  return 0;
}

/* --- faces ------------------------------------------------------------------------------------ */

/// "8T13" with its mark, six characters wide.
static void print_tap(const pinout_pin_t *pin, int is_coloured) {
  char text[8] = "-";
  if (pin->wire != PINOUT_NONE) {
    const pinout_wire_t *wire = &pinout_wire[pin->wire];
    (void)snprintf(text, sizeof text, "%uT%u", (unsigned)wire->module % 10u,
                   (unsigned)wire->tap % 100u);
  }
  printf("%s%5s%c%s", is_coloured ? colour[pin->source] : "", text, mark[pin->source],
         is_coloured && pin->source != PINOUT_SOURCE_SEED ? "\x1b[0m" : "");
}

static void print_rows(const connector_t *face, int is_coloured) {
  uint32_t first = 1;
  for (uint32_t row = 0; row < face->row_count; row++) {
    printf("  |");
    for (uint32_t pin = first; pin <= face->row_end[row]; pin++) printf("%5u ", (unsigned)pin);
    printf("\n  |");
    for (uint32_t pin = first; pin <= face->row_end[row]; pin++) {
      const pinout_pin_t *at = connector_pin(face->name, pin);
      if (at != NULL) print_tap(at, is_coloured);
    }
    printf("\n");
    first = face->row_end[row] + 1u;
  }
}

/// Names are long here: the rows of the housing stand upright.
static void print_signals(const connector_t *face, int is_coloured) {
  for (uint32_t line = 0; line < face->row_end[0]; line++) {
    printf("  |");
    for (uint32_t row = 0; row < face->row_count; row++) {
      uint32_t number = line + 1 + (row == 0 ? 0 : face->row_end[row - 1]);
      const pinout_pin_t *pin = connector_pin(face->name, number);
      if (pin == NULL) continue;
      char text[40];
      (void)snprintf(text, sizeof text, "%s%c", pin->signal, mark[pin->source]);
      printf("%3u %s%-*s%s", (unsigned)number, is_coloured ? colour[pin->source] : "",
             row + 1u < face->row_count ? LOW_VOLTAGE_COLUMN_CHARS - 4 : 0, text,
             is_coloured ? "\x1b[0m" : "");
    }
    printf("\n");
  }
}

static void print_face(const connector_t *face, int is_coloured) {
  uint32_t unused_count = 0;
  uint32_t pin_count = face->row_end[face->row_count - 1];
  for (uint32_t pin = 1; pin <= pin_count; pin++) {
    const pinout_pin_t *at = connector_pin(face->name, pin);
    unused_count += at != NULL && strcmp(at->kind, "unused") == 0;
  }
  printf("%c  %u pins, %u unused: %s\n", face->name, (unsigned)pin_count, (unsigned)unused_count,
         face->title);
  if (face->name == 'E')
    print_signals(face, is_coloured);
  else
    print_rows(face, is_coloured);
  printf("\n");
}

static void print_faces(char connector) {
  int is_coloured = isatty(STDOUT_FILENO);
  for (uint32_t f = 0; f < CONNECTOR_COUNT; f++) {
    if (connector == '\0' || connector_face[f].name == connector)
      print_face(&connector_face[f], is_coloured);
  }
  printf("8T13 = module 8, tap 13 (positive terminal of M8C13; T0 lower line). "
         "* corrected  ~ inferred  ? assumed\n");
}

/* --- single pins ------------------------------------------------------------------------------ */

static void print_field(const char *name, const char *text) {
  if (text[0] != '\0') printf("  %-14s%s\n", name, text);
}

static void print_wire(const pinout_pin_t *pin) {
  const pinout_wire_t *wire = &pinout_wire[pin->wire];
  printf("  %-14s%s of module %u, input C%u of its AFE\n", "section",
         wire->section == 0 ? "lower" : "upper", (unsigned)wire->module, (unsigned)wire->c_input);
  printf("  %-14s%s%s%s\n", "measures",
         wire->group_below == PINOUT_NONE ? "" : pinout_group_name(wire->group_below),
         wire->group_below != PINOUT_NONE && wire->group_above != PINOUT_NONE ? " and " : "",
         wire->group_above == PINOUT_NONE ? "" : pinout_group_name(wire->group_above));
  if (wire->pair_wire != PINOUT_NONE)
    printf("  %-14sthe tap is also wired to %s\n", "doubled", pinout_wire_name(wire->pair_wire));
}

static void print_pin(const pinout_pin_t *pin) {
  const char *what = pin->tap[0] != '\0' ? pin->tap : pin->signal;
  printf("%s  %s\n", pin->name, what[0] != '\0' ? what : "unused");
  print_field("kind", pin->kind);
  if (pin->wire != PINOUT_NONE) print_wire(pin);
  printf("  %-14s%s, confidence %s\n", "source", pinout_source_name(pin->source), pin->confidence);
  print_field("verbatim", pin->verbatim);
  print_field("connected to", pin->verbatim_connected_to);
  print_field("note", pin->note);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_text(const char *key, const char *text) {
  printf(",\"%s\":\"", key);
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\') putchar('\\');
    putchar(*text);
  }
  putchar('"');
}

/// A group's name, null where there is none.
static void json_group(const char *key, uint32_t group) {
  if (group == PINOUT_NONE)
    printf(",\"%s\":null", key);
  else
    json_text(key, pinout_group_name(group));
}

static void json_pin(const pinout_pin_t *pin) {
  printf("{\"name\":\"%s\",\"connector\":\"%c\",\"pin\":%u,\"row\":%u", pin->name, pin->connector,
         (unsigned)pin->pin, (unsigned)row_of(pin));
  json_text("kind", pin->kind);
  json_text("signal", pin->signal);
  json_text("tap", pin->tap);
  if (pin->wire != PINOUT_NONE) {
    const pinout_wire_t *wire = &pinout_wire[pin->wire];
    printf(",\"wire\":%u,\"module\":%u,\"afe_input\":%u", (unsigned)pin->wire,
           (unsigned)wire->module, (unsigned)wire->c_input);
    json_group("group_below", wire->group_below);
    json_group("group_above", wire->group_above);
    if (wire->pair_wire == PINOUT_NONE)
      printf(",\"pair\":null");
    else
      json_text("pair", pinout_wire_name(wire->pair_wire));
  }
  json_text("source", pinout_source_name(pin->source));
  json_text("confidence", pin->confidence);
  json_text("verbatim", pin->verbatim);
  json_text("verbatim_connected_to", pin->verbatim_connected_to);
  json_text("note", pin->note);
  printf("}");
}

/* --- the verb --------------------------------------------------------------------------------- */

/// Every pin that the user asked for, by selection or connector; all if he asked for none.
typedef struct {
  uint8_t is_chosen[PINOUT_PIN_COUNT];
  uint32_t chosen_count;
  char connector;
  int is_json;
} pins_request_t;

static int choose_pin(pins_request_t *request, const char *name) {
  int32_t pin = pinout_pin_find(name);
  if (pin < 0)
    return cli_usage("pins", "%s: no such pin, allowed A1..A35 B1..B26 C1..C28 D1..D28 E1..E52",
                     name);
  request->is_chosen[pin] = 1;
  request->chosen_count++;
  return CLI_OK;
}

static int choose_connector(pins_request_t *request, const char *name) {
  if (name[0] < 'A' || name[0] > 'E' || name[1] != '\0')
    return cli_usage("pins", "--connector: found %s, allowed A B C D E", name);
  request->connector = name[0];
  return CLI_OK;
}

static void answer(const pins_request_t *request) {
  uint32_t printed_count = 0;
  if (request->chosen_count == 0 && !request->is_json) {
    print_faces(request->connector);
    return;
  }
  if (request->is_json) printf("[");
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    const pinout_pin_t *pin = &pinout_pin[i];
    if (request->chosen_count > 0 && !request->is_chosen[i]) continue;
    if (request->chosen_count == 0 && request->connector != '\0' &&
        pin->connector != request->connector)
      continue;
    if (request->is_json) printf("%s\n", printed_count++ > 0 ? "," : "");
    if (request->is_json)
      json_pin(pin);
    else
      print_pin(pin);
  }
  if (request->is_json) printf("\n]\n");
}

int verb_pins(int argc, char **argv) {
  cli_args_t args = cli_args("pins", help, options, argc, argv);
  pins_request_t request = {.connector = '\0'};
  const char *value;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    int status = CLI_OK;
    if (option == CLI_HELP) return CLI_OK;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == OPTION_JSON) request.is_json = 1;
    if (option == OPTION_CONNECTOR) status = choose_connector(&request, value);
    if (option == CLI_ARGUMENT) status = choose_pin(&request, value);
    if (status != CLI_OK) return status;
  }
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    if (request.is_chosen[i] && request.connector != '\0' &&
        pinout_pin[i].connector != request.connector)
      return cli_usage("pins", "%s is not on connector %c", pinout_pin[i].name, request.connector);
  }
  answer(&request);
  return CLI_OK;
}
