/// The DBC reader: what it understands, what it refuses and where, and that garbage does no harm.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/can/dbc.h"
#include "../sim/rng.h"

static const char text[] = "VERSION \"7\"\n"
                           "NS_ :\n"
                           "  NS_DESC_\n"
                           "\tCM_\n"
                           "\tBA_DEF_\n"
                           "\n"
                           "BS_:\n"
                           "BU_: ECU TOOL\n"
                           "VAL_TABLE_ onoff 1 \"on\" 0 \"off; really\" ;\n"
                           "BO_ 2566844926 Ext: 8 ECU\r\n"
                           " SG_ Temp : 7|12@0- (0.1,-40) [-244.8|164.7] \"degC\" TOOL,OTHER\n"
                           " SG_ Level : 16|16@1+ (2,0) [0|131070] \"\" TOOL\n"
                           "\n"
                           "BO_ 100 Mux: 8 TOOL\n"
                           " SG_ Sel M : 0|8@1+ (1,0) [0|255] \"\" ECU\n"
                           " SG_ A m0 : 8|8@1- (1,0) [-128|127] \"\" ECU\n"
                           " SG_ B m12 : 8|16@1+ (1,0) [0|65535] \"\" ECU\n"
                           "BO_ 101 Floats: 64 ECU\n"
                           " SG_ F : 0|32@1- (1,0) [0|0] \"\" TOOL\n"
                           " SG_ D : 32|64@1- (2,1) [0|0] \"\" TOOL\n"
                           "BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX\n"
                           " SG_ Lost : 0|8@1+ (1,0) [0|0] \"\" Vector__XXX\n"
                           "CM_ \"over\n two lines\";\n"
                           "CM_ BU_ ECU \"the node\";\n"
                           "CM_ BO_ 100 \"says \\\"mux\\\"\";\n"
                           "CM_ SG_ 100 A \"page 0\";\n"
                           "BA_DEF_ BO_ \"GenMsgCycleTime\" INT 0 1000;\n"
                           "BA_DEF_ BO_ \"Kind\" ENUM \"slow\",\"fast\",\"odd one\";\n"
                           "BA_DEF_ SG_ \"Weight\" FLOAT 0 1;\n"
                           "BA_DEF_  \"BusType\" STRING ;\n"
                           "BA_DEF_DEF_ \"GenMsgCycleTime\" 20;\n"
                           "BA_DEF_DEF_ \"Kind\" \"slow\";\n"
                           "BA_DEF_DEF_ \"BusType\" \"\";\n"
                           "BA_ \"BusType\" \"CAN FD\";\n"
                           "BA_ \"GenMsgCycleTime\" BO_ 100 50;\n"
                           "BA_ \"Kind\" BO_ 101 \"odd one\";\n"
                           "BA_ \"Kind\" BO_ 100 1;\n"
                           "BA_ \"Weight\" SG_ 100 B 0.5;\n"
                           "VAL_ 100 A -1 \"minus\" 0 \"zero\" ;\n"
                           "VAL_ 100 B 7 \"seven\" ;\n"
                           "SIG_VALTYPE_ 101 F : 1;\n"
                           "SIG_VALTYPE_ 101 D : 2;\n"
                           "SG_MUL_VAL_ 100 B Sel 12-12;\n"
                           "SIG_GROUP_ 100 G 1 : A B;\n";

static dbc_t read_text(void) {
  dbc_t dbc;
  dbc_error_t error;
  dbc_status_t status = dbc_parse(&dbc, text, sizeof text - 1, &error);
  ck_assert_msg(status == DBC_OK, "%u: %s", (unsigned)error.line, error.text);
  return dbc;
}

static const dbc_signal_t *signal_of(const dbc_t *dbc, const char *message, const char *name) {
  int32_t m = dbc_find_message(dbc, message);
  ck_assert_int_ge(m, 0);
  int32_t s = dbc_find_signal(dbc, (uint32_t)m, name);
  ck_assert_int_ge(s, 0);
  return &dbc->signal[s];
}

START_TEST(messages_and_signals) {
  dbc_t dbc = read_text();
  ck_assert_uint_eq(dbc.message_count, 3);
  ck_assert_uint_eq(dbc.signal_count, 7);
  const dbc_message_t *ext = &dbc.message[dbc_find_message(&dbc, "Ext")];
  ck_assert_uint_eq(ext->id, 2566844926u & 0x7FFFFFFFu);
  ck_assert_uint_eq(ext->is_extended, 1);
  ck_assert_str_eq(ext->sender, "ECU");
  ck_assert_int_eq(dbc_find_id(&dbc, ext->id, 1), 0);
  ck_assert_int_eq(dbc_find_id(&dbc, ext->id, 0), -1);
  ck_assert_uint_eq(ext->line, 10);
  const dbc_message_t *floats = &dbc.message[dbc_find_id(&dbc, 101, 0)];
  ck_assert_uint_eq(floats->len, 64);
  ck_assert_uint_eq(floats->is_fd, 1);
  ck_assert_uint_eq(floats->has_brs, 1);
  ck_assert_uint_eq(ext->is_fd, 0);
  const dbc_signal_t *level = signal_of(&dbc, "Ext", "Level");
  ck_assert_double_eq_tol(level->factor, 2, 1e-12);
  ck_assert_double_eq_tol(level->maximum, 131070, 1e-9);
  ck_assert_str_eq(signal_of(&dbc, "Ext", "Temp")->unit, "degC");
  dbc_free(&dbc);
}
END_TEST

START_TEST(multiplexing_values_comments) {
  dbc_t dbc = read_text();
  ck_assert_uint_eq(signal_of(&dbc, "Mux", "Sel")->mux, DBC_MUX_SWITCH);
  ck_assert_uint_eq(signal_of(&dbc, "Mux", "A")->mux, DBC_MUX_PAGE);
  ck_assert_uint_eq(signal_of(&dbc, "Mux", "B")->page, 12);
  const dbc_signal_t *a = signal_of(&dbc, "Mux", "A");
  ck_assert_uint_eq(a->value_count, 2);
  ck_assert_int_eq(dbc.value[a->first_value].raw, -1);
  ck_assert_str_eq(dbc_text(&dbc, dbc.value[a->first_value + 1].text), "zero");
  const dbc_signal_t *b = signal_of(&dbc, "Mux", "B");
  ck_assert_uint_eq(b->value_count, 1);
  ck_assert_int_eq(dbc.value[b->first_value].raw, 7);
  ck_assert_str_eq(dbc_text(&dbc, a->comment), "page 0");
  ck_assert_str_eq(dbc_text(&dbc, dbc.comment), "over\n two lines");
  int32_t mux = dbc_find_message(&dbc, "Mux");
  ck_assert_str_eq(dbc_text(&dbc, dbc.message[mux].comment), "says \"mux\"");
  ck_assert_str_eq(dbc_text(&dbc, signal_of(&dbc, "Mux", "B")->comment), "");
  dbc_free(&dbc);
}
END_TEST

static int is_there(const dbc_t *dbc, const char *signal, uint8_t first, uint8_t second) {
  const uint8_t data[8] = {first, second};
  return dbc_signal_is_present(dbc, signal_of(dbc, "X", signal), data);
}

START_TEST(switches_on_pages_of_switches) {
  static const char nested[] = "BO_ 5 X: 8 ECU\n"
                               " SG_ Top M : 0|8@1+ (1,0) [0|255] \"\" ECU\n"
                               " SG_ Sub m1M : 8|8@1+ (1,0) [0|255] \"\" ECU\n"
                               " SG_ Always : 16|8@1+ (1,0) [0|255] \"\" ECU\n"
                               " SG_ Deep m3 : 24|8@1+ (1,0) [0|255] \"\" ECU\n"
                               " SG_ Wide m0 : 24|8@1+ (1,0) [0|255] \"\" ECU\n"
                               " SG_ Plain m7 : 24|8@1+ (1,0) [0|255] \"\" ECU\n"
                               "SG_MUL_VAL_ 5 Sub Top 1-2, 5-5;\n"
                               "SG_MUL_VAL_ 5 Deep Sub 3-3;\n"
                               "SG_MUL_VAL_ 5 Wide Top 10-20, 30-255;\n";
  dbc_t dbc;
  dbc_error_t error;
  dbc_status_t status = dbc_parse(&dbc, nested, sizeof nested - 1, &error);
  ck_assert_msg(status == DBC_OK, "%u: %s", (unsigned)error.line, error.text);
  ck_assert_uint_eq(signal_of(&dbc, "X", "Sub")->mux, DBC_MUX_NESTED);
  for (uint32_t top = 0; top < 256; top++) {
    uint8_t first = (uint8_t)top;
    int has_sub = top == 1 || top == 2 || top == 5;
    ck_assert_int_eq(is_there(&dbc, "Top", first, 0), 1);
    ck_assert_int_eq(is_there(&dbc, "Always", first, 0), 1);
    ck_assert_int_eq(is_there(&dbc, "Sub", first, 0), has_sub);
    ck_assert_int_eq(is_there(&dbc, "Deep", first, 3), has_sub);
    ck_assert_int_eq(is_there(&dbc, "Deep", first, 4), 0);
    ck_assert_int_eq(is_there(&dbc, "Wide", first, 0), (top >= 10 && top <= 20) || top >= 30);
    ck_assert_int_eq(is_there(&dbc, "Plain", first, 0), top == 7);
  }
  dbc_free(&dbc);
}
END_TEST

START_TEST(attributes_and_their_defaults) {
  dbc_t dbc = read_text();
  int32_t mux = dbc_find_message(&dbc, "Mux");
  int32_t ext = dbc_find_message(&dbc, "Ext");
  int32_t floats = dbc_find_message(&dbc, "Floats");
  ck_assert_uint_eq(dbc.message[mux].cycle_ms, 50);
  ck_assert_uint_eq(dbc.message[ext].cycle_ms, 20);
  ck_assert_double_eq_tol(dbc_attribute_number(&dbc, "Kind", mux, -1), 1, 1e-12);
  ck_assert_double_eq_tol(dbc_attribute_number(&dbc, "Kind", floats, -1), 2, 1e-12);
  ck_assert_str_eq(dbc_attribute_text(&dbc, "Kind", ext, "?"), "slow");
  ck_assert_str_eq(dbc_attribute_text(&dbc, "Kind", floats, "?"), "odd one");
  ck_assert_str_eq(dbc_attribute_text(&dbc, "BusType", -1, "?"), "CAN FD");
  ck_assert_str_eq(dbc_attribute_text(&dbc, "BusType", mux, "?"), "?");
  ck_assert_double_eq_tol(dbc_attribute_number(&dbc, "Nothing", mux, -7), -7, 1e-12);
  dbc_free(&dbc);
}
END_TEST

START_TEST(bits_go_in_and_come_out) {
  dbc_t dbc = read_text();
  uint8_t data[64] = {0};
  const dbc_signal_t *temp =
      signal_of(&dbc, "Ext", "Temp"); /* byte 0, then high nibble of byte 1 */
  dbc_signal_put(temp, data, -2048);
  ck_assert_uint_eq(data[0], 0x80);
  ck_assert_uint_eq(data[1], 0x00);
  dbc_signal_put(temp, data, 0x123);
  ck_assert_uint_eq(data[0], 0x12);
  ck_assert_uint_eq(data[1], 0x30);
  ck_assert_int_eq(dbc_signal_raw(temp, data), 0x123);
  ck_assert_double_eq_tol(dbc_signal_value(temp, data), 29.1 - 40, 1e-9);
  dbc_signal_put(temp, data, -1);
  ck_assert_int_eq(dbc_signal_raw(temp, data), -1);
  const dbc_signal_t *b = signal_of(&dbc, "Mux", "B");
  dbc_signal_put(b, data, 0xBEEF);
  ck_assert_uint_eq(data[1], 0xEF);
  ck_assert_uint_eq(data[2], 0xBE);
  ck_assert_int_eq(dbc_signal_raw(b, data), 0xBEEF);
  dbc_free(&dbc);
}
END_TEST

START_TEST(floats_are_taken_as_such) {
  dbc_t dbc = read_text();
  uint8_t data[64] = {0};
  float single = -1.5f;
  double twice = 0.1;
  memcpy(data, &single, 4);
  memcpy(data + 4, &twice, 8);
  ck_assert_double_eq_tol(dbc_signal_value(signal_of(&dbc, "Floats", "F"), data), -1.5, 1e-12);
  ck_assert_double_eq_tol(dbc_signal_value(signal_of(&dbc, "Floats", "D"), data), 1.2, 1e-12);
  dbc_free(&dbc);
}
END_TEST

START_TEST(random_layouts_round_trip) {
  rng_t rng = rng_stream(3, "layout");
  for (uint32_t i = 0; i < 3000; i++) {
    dbc_signal_t signal = {.length = (uint8_t)(1 + rng_u64(&rng) % 64), .factor = 1};
    uint32_t first = (uint32_t)(rng_u64(&rng) % (65u - signal.length));
    signal.is_signed = rng_u64(&rng) % 2;
    signal.is_big_endian = rng_u64(&rng) % 2;
    signal.start = (uint16_t)(signal.is_big_endian ? first / 8 * 8 + 7 - first % 8 : first);
    uint8_t data[8], before[8];
    uint64_t noise = rng_u64(&rng);
    memcpy(before, &noise, 8);
    memcpy(data, before, 8);
    uint64_t bits = rng_u64(&rng);
    dbc_signal_put(&signal, data, (int64_t)bits);
    uint64_t mask = signal.length == 64 ? UINT64_MAX : ((uint64_t)1 << signal.length) - 1;
    ck_assert_uint_eq((uint64_t)dbc_signal_raw(&signal, data) & mask, bits & mask);
    int64_t old = 0;
    signal.is_signed = 1;
    memcpy(&old, data, 8);
    dbc_signal_put(&signal, data, dbc_signal_raw(&signal, data));
    ck_assert_mem_eq(data, &old, 8);
    dbc_signal_put(&signal, data, dbc_signal_raw(&signal, before));
    ck_assert_mem_eq(data, before, 8); /* nothing beside the signal was touched */
  }
}
END_TEST

START_TEST(lengths_of_frames_are_those_of_can) {
  for (uint32_t len = 0; len <= 70; len++) {
    static const uint32_t legal[] = {12, 16, 20, 24, 32, 48, 64};
    int is_legal = len <= 8;
    for (uint32_t i = 0; i < 7; i++) is_legal |= len == legal[i];
    char frame[160];
    (void)snprintf(frame, sizeof frame, "BO_ 1 A: %u X\n%s", (unsigned)len,
                   len == 64 ? " SG_ s : 511|1@1+ (1,0) [0|1] \"\" X\n" : "");
    dbc_t dbc;
    dbc_error_t error;
    dbc_status_t status = dbc_parse(&dbc, frame, strlen(frame), &error);
    ck_assert_msg((status == DBC_OK) == is_legal, "%u bytes: %s", (unsigned)len, error.text);
    if (status != DBC_OK) continue;
    ck_assert_uint_eq(dbc.message[0].is_fd, len > 8);
    ck_assert_uint_eq(dbc.message[0].has_brs, 0);
    dbc_free(&dbc);
  }
}
END_TEST

typedef struct {
  const char *text;
  uint32_t line;
  const char *says;
} refusal_t;

#define MUXED                                                                                      \
  "BO_ 1 A: 8 X\n SG_ s M : 0|1@1+ (1,0) [0|1] \"\" X\n SG_ t m1 : 1|1@1+ (1,0) [0|1] \"\" X\n"

static const refusal_t refusals[] = {
    {"", 1, "no BO_"},
    {"BO_ 1 A: 8 X\nBO_ 1 B: 8 X\n", 2, "again"},
    {"BO_ 1 A: 8 X\nBO_ 2 A: 8 X\n", 2, "again"},
    {"BO_ 2048 A: 8 X\n", 1, "0..2047"},
    {"BO_ 1 A: 9 X\n", 1, "0..8 12"},
    {"BO_ 1 A: 65 X\n", 1, "0..64"},
    {"BO_ 1 A 8 X\n", 1, "':'"},
    {"BO_ -1 A: 8 X\n", 1, "0..4294967295"},
    {"BO_ 1.5 A: 8 X\n", 1, "0..4294967295"},
    {"SG_ s : 0|8@1+ (1,0) [0|1] \"\" X\n", 1, "before any BO_"},
    {"BO_ 1 A: 1 X\n SG_ s : 1|8@1+ (1,0) [0|1] \"\" X\n", 2, "ends at bit 9"},
    {"BO_ 1 A: 1 X\n SG_ s : 6|8@0+ (1,0) [0|1] \"\" X\n", 2, "ends at bit 9"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|0@1+ (1,0) [0|1] \"\" X\n", 2, "1..64"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|65@1+ (1,0) [0|1] \"\" X\n", 2, "1..64"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|8@2+ (1,0) [0|1] \"\" X\n", 2, "0 (Motorola)"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|8@1* (1,0) [0|1] \"\" X\n", 2, "'+'"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|8@1+ (0,0) [0|1] \"\" X\n", 2, "factor 0"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|8@1+ (nan,0) [0|1] \"\" X\n", 2, "a number"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|8@1+ (1e999,0) [0|1] \"\" X\n", 2, "a number"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|8@1+ (1,0) [0|1] \"\n", 2, "never closed"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|8@1+ (1,0) [0|1] \"a unit of more than 23 chars\" X\n", 2, "a unit"},
    {"BO_ 1 A: 8 X\n SG_ s m0M : 0|8@1+ (1,0) [0|1] \"\" X\n", 2, "no multiplexer"},
    {"BO_ 1 A: 8 X\n SG_ s m0X : 0|8@1+ (1,0) [0|1] \"\" X\n", 2, "m, a page and M"},
    {"BO_ 1 A: 8 X\n SG_ s m1 : 0|8@1+ (1,0) [0|1] \"\" X\n", 2, "no multiplexer"},
    {"BO_ 1 A: 8 X\n SG_ s : 0|1@1+ (1,0) [0|1] \"\" X\n SG_ s : 1|1@1+ (1,0) [0|1] \"\" X\n", 3,
     "again"},
    {"BO_ 1 A: 8 X\n SG_ s M : 0|1@1+ (1,0) [0|1] \"\" X\n SG_ t M : 1|1@1+ (1,0) [0|1] \"\" X\n"
     " SG_ u m1 : 2|1@1+ (1,0) [0|1] \"\" X\n",
     4, "one of 2 multiplexers"},
    {"BO_ 1 A: 8 X\nCM_ BO_ 2 \"x\";\n", 2, "one of a BO_"},
    {"BO_ 1 A: 8 X\nCM_ SG_ 1 s \"x\";\n", 2, "one of message 'A'"},
    {"BO_ 1 A: 8 X\nCM_ \"x\"\n", 3, "';'"},
    {"BO_ 1 A: 8 X\nBA_ \"k\" 1;\n", 2, "one of a BA_DEF_"},
    {"BO_ 1 A: 8 X\nBA_DEF_ \"k\" REAL 0 1;\n", 2, "INT, HEX"},
    {"BO_ 1 A: 8 X\nBA_DEF_ \"k\" INT 0 1;\nBA_ \"k\" BO_ 1 1;\n", 3, "not defined for"},
    {"BO_ 1 A: 8 X\nBA_DEF_ \"k\" ENUM \"a\";\nBA_ \"k\" \"b\";\n", 3, "a choice"},
    {MUXED "SG_MUL_VAL_ 1 t s 2-1;\n", 4, "the lower one first"},
    {MUXED "SG_MUL_VAL_ 1 t t 1-1;\n", 4, "is no multiplexer"},
    {MUXED "SG_MUL_VAL_ 1 s s 1-1;\n", 4, "is on no page"},
    {MUXED "SG_MUL_VAL_ 1 t s 1-1;\nSG_MUL_VAL_ 1 t s 2-2;\n", 5, "again, allowed once"},
    {MUXED "SG_MUL_VAL_ 1 t s 1-1, 3;\n", 4, "'-'"},
    {MUXED "SG_MUL_VAL_ 1 t s 1 1;\n", 4, "'-'"},
    {MUXED "SG_MUL_VAL_ 2 t s 1-1;\n", 4, "one of a BO_"},
    {MUXED "SG_MUL_VAL_ 1 v s 1-1;\n", 4, "one of message 'A'"},
    {MUXED " SG_ a m1M : 2|1@1+ (1,0) [0|1] \"\" X\n SG_ b m1M : 3|1@1+ (1,0) [0|1] \"\" X\n"
           "SG_MUL_VAL_ 1 a b 1-1;\nSG_MUL_VAL_ 1 b a 1-1;\n",
     4, "selects itself"},
    {MUXED "SIG_VALTYPE_ 1 t : 1;\n", 4, "allowed 32 (1)"},
    {"BO_ 1 A: 8 X\nHELLO\n", 2, "a DBC statement"},
    {"BO_ 1 A: 8 X\nVAL_TABLE_ t 1 \"x\"\n", 3, "';'"},
};

START_TEST(refused_with_line_and_reason) {
  const refusal_t *refusal = &refusals[_i];
  dbc_t dbc;
  dbc_error_t error;
  dbc_status_t status = dbc_parse(&dbc, refusal->text, strlen(refusal->text), &error);
  ck_assert_msg(status < 0, "accepted: %s", refusal->text);
  ck_assert_msg(strstr(error.text, refusal->says) != NULL, "%s", error.text);
  ck_assert_msg(error.line == refusal->line, "line %u: %s", (unsigned)error.line, error.text);
  ck_assert_ptr_null(dbc.message);
  ck_assert_uint_eq(dbc.message_count, 0);
}
END_TEST

START_TEST(zero_bytes_and_missing_files_are_refused) {
  dbc_t dbc;
  dbc_error_t error;
  ck_assert_int_eq(dbc_parse(&dbc, "BO_ 1 A: 8 X\n\0", 14, &error), DBC_ERR_SYNTAX);
  ck_assert_int_eq(dbc_read(&dbc, "no/such.dbc", &error), DBC_ERR_FILE);
  ck_assert_ptr_nonnull(strstr(error.text, "cannot be opened"));
  ck_assert_int_eq(dbc_read(&dbc, "tests", &error), DBC_ERR_FILE);
}
END_TEST

START_TEST(every_cut_is_refused_or_read) {
  for (size_t size = 0; size < sizeof text; size++) {
    dbc_t dbc;
    dbc_error_t error;
    char *copy = malloc(size + 1); /* of its exact size: a sanitizer sees reads behind it */
    memcpy(copy, text, size);
    if (dbc_parse(&dbc, copy, size, &error) == DBC_OK)
      dbc_free(&dbc);
    else
      ck_assert_str_ne(error.text, "");
    free(copy);
  }
}
END_TEST

START_TEST(garbage_does_no_harm) {
  rng_t rng = rng_stream(5, "garbage");
  for (uint32_t round = 0; round < 3000; round++) {
    char copy[sizeof text];
    memcpy(copy, text, sizeof text);
    for (uint32_t i = 0; i < 1 + round % 8; i++)
      copy[rng_u64(&rng) % (sizeof text - 1)] = (char)(rng_u64(&rng) % 256);
    dbc_t dbc;
    dbc_error_t error;
    if (dbc_parse(&dbc, copy, sizeof text - 1, &error) == DBC_OK) dbc_free(&dbc);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("dbc");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, messages_and_signals);
  tcase_add_test(tcase, multiplexing_values_comments);
  tcase_add_test(tcase, switches_on_pages_of_switches);
  tcase_add_test(tcase, attributes_and_their_defaults);
  tcase_add_test(tcase, bits_go_in_and_come_out);
  tcase_add_test(tcase, floats_are_taken_as_such);
  tcase_add_test(tcase, lengths_of_frames_are_those_of_can);
  tcase_add_test(tcase, random_layouts_round_trip);
  tcase_add_loop_test(tcase, refused_with_line_and_reason, 0,
                      (int)(sizeof refusals / sizeof refusals[0]));
  tcase_add_test(tcase, zero_bytes_and_missing_files_are_refused);
  tcase_add_test(tcase, every_cut_is_refused_or_read);
  tcase_add_test(tcase, garbage_does_no_harm);
  suite_add_tcase(suite, tcase);
  return suite;
}
