/// The generator refuses bad tables with file, line, what was found and what is allowed.
///
/// Model    the generator's files are compiled in; each bad table runs in a process of its own,
///          because a refusal is the end of the generator
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ecu_model/db/gen_csv.c"
#include "../ecu_model/db/gen_out.c"
#define column requirement_column
#define source requirement_source
#include "../ecu_model/db/gen_requirement.c"
#undef column
#undef source
#define column dtc_column
#include "../ecu_model/db/gen_dtc.c"
#undef column
#define column limits_column
#include "../ecu_model/db/gen_limits.c"
#undef column
#define column pinout_column
#include "../ecu_model/db/gen_pinout.c"
#include "../ecu_model/db/gen_pinout_write.c"
#undef column
#define write_header codec_header
#include "../ecu_model/db/gen_can.c"
#include "../ecu_model/db/gen_can_codec.c"
#undef write_header
#define types table_types
#define write_header table_header
#define write_values table_values
#include "../ecu_model/db/gen_can_table.c"

enum { TABLE_BYTES = 65536 };

static char dir[] = "gen_test_XXXXXX";
static char table[TABLE_BYTES], message[TABLE_BYTES];

static void read_table(const char *name) {
  char path[64];
  (void)snprintf(path, sizeof path, "ecu_model/db/%s", name);
  FILE *file = fopen(path, "rb");
  ck_assert_msg(file != NULL, "%s: run from the project's root", path);
  table[fread(table, 1, sizeof table - 1, file)] = '\0';
  (void)fclose(file);
}

static void write_table(const char *name) {
  char path[64];
  (void)snprintf(path, sizeof path, "%s/%s", dir, name);
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(table, 1, strlen(table), file), strlen(table));
  (void)fclose(file);
}

/// Replace the first found by with in table.
static void change(const char *found, const char *with) {
  static char tail[TABLE_BYTES];
  char *at = strstr(table, found);
  ck_assert_msg(at != NULL, "no '%s' in the table", found);
  (void)snprintf(tail, sizeof tail, "%s", at + strlen(found));
  (void)snprintf(at, (size_t)(table + sizeof table - at), "%s%s", with, tail);
}

/// Run a part of the generator in a child; its exit code, what it said in message.
static int run_part(void (*part)(const char *, const char *)) {
  int ends[2];
  ck_assert_int_eq(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    (void)dup2(ends[1], STDERR_FILENO);
    part(dir, dir);
    _exit(0);
  }
  (void)close(ends[1]);
  size_t count = 0;
  for (ssize_t got; (got = read(ends[0], message + count, sizeof message - 1 - count)) > 0;)
    count += (size_t)got;
  message[count] = '\0';
  (void)close(ends[0]);
  int status = 0;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void make_dir(void) { ck_assert_ptr_nonnull(mkdtemp(dir)); }

static void remove_dir(void) {
  static const char *const made[] = {"dtc.csv",
                                     "limits.csv",
                                     "pinout.csv",
                                     "bms.dbc",
                                     "dtc.h",
                                     "dtc.c",
                                     "dtc_text.h",
                                     "dtc_text.c",
                                     "limits.h",
                                     "limits.c",
                                     "pinout.h",
                                     "pinout.c",
                                     "can_codec.h",
                                     "pinout_text.h",
                                     "pinout_text.c",
                                     "can_codec.c",
                                     "can_codec_text.c",
                                     "can_table.h",
                                     "can_table_text.c",
                                     "requirements.csv",
                                     "requirement_text.h",
                                     "requirement_text.c",
                                     "limits_text.h",
                                     "limits_text.c"};
  for (uint32_t i = 0; i < sizeof made / sizeof made[0]; i++) {
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", dir, made[i]);
    (void)unlink(path);
  }
  ck_assert_int_eq(rmdir(dir), 0);
}

typedef struct {
  const char *name;
  void (*part)(const char *, const char *);
  const char *found, *with, *says;
} refusal_t;

static const char wire_a1[] = "A,1,M8.T13,sense,sense_upper,seed";
static const char wire_a12[] = "A,12,M8.T7,sense,sense_lower,";

static void requirements_and_dtc(const char *db_dir, const char *gen_dir) {
  gen_requirement("ecu_model/db", gen_dir);
  gen_dtc(db_dir, gen_dir);
}

static void dtc_and_limits(const char *db_dir, const char *gen_dir) {
  requirements_and_dtc("ecu_model/db", gen_dir);
  gen_limits(db_dir, gen_dir);
}

static const refusal_t refusals[] = {
    {"pinout.csv", gen_pinout, "connector,pin", "pin,connector", "header field 1: found 'pin'"},
    {"pinout.csv", gen_pinout, wire_a1, "F,1,M8.T13,sense,sense_upper,seed", "A | B | C | D | E"},
    {"pinout.csv", gen_pinout, wire_a1, "A,0,M8.T13,sense,sense_upper,seed", "allowed 1..60"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1x,M8.T13,sense,sense_upper,seed", "found '1x'"},
    {"pinout.csv", gen_pinout, wire_a1, "A,2,M8.T13,sense,sense_upper,seed", "each pin once"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M9.T13,sense,sense_upper,seed", "found 'M9.T13'"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T15,sense,sense_upper,seed", "M1.T0 .. M8.T14"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T,sense,sense_upper,seed", "M1.T0 .. M8.T14"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T12,sense,sense_upper,seed", "a tap twice only"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T13,sense,middle,seed", "sense_lower | sense_up"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T13,sense,sense_lower,seed",
     "only above the lower"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T13,sense,sense_upper,me", "seed | corrected"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T13,wire,sense_upper,seed", "sense | unused"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,,unused,,seed", "every tap of a module"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,,unused,x,seed", "nothing for kind unused"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T13,unused,,seed", "only for kind sense"},
    {"pinout.csv", gen_pinout, wire_a12, "A,12,,unused,,", "found 110 sense wires"},
    {"pinout.csv", gen_pinout, wire_a12, "A,12,M8.T7,sense,sense_upper,", "a tap twice only"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,\"M8.T13,sense,sense_upper,seed", "is not closed"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,M8.T13,sense,sense_upper,seed,x", "found 11 fields"},
    {"pinout.csv", gen_pinout, wire_a1, "A,1,\"M8.T13\"x,sense,sense_upper,seed", "stray 'x'"},
    {"dtc.csv", requirements_and_dtc, "\n0,", "\n1,", "found '1', allowed 0..0"},
    {"dtc.csv", requirements_and_dtc, ",CELL_OVERVOLTAGE,", ",cell,", "A-Z"},
    {"dtc.csv", requirements_and_dtc, ",CELL_UNDERVOLTAGE,", ",CELL_OVERVOLTAGE,",
     "each name once"},
    {"dtc.csv", requirements_and_dtc, ",fault,open,", ",bad,open,", "info | warning | fault"},
    {"dtc.csv", requirements_and_dtc, ",fault,open,", ",fault,explode,", "none | derate"},
    {"dtc.csv", requirements_and_dtc, ",CELL_OVERVOLTAGE,P", ",CELL_OVERVOLTAGE,X", "like P0A7E"},
    {"dtc.csv", requirements_and_dtc, ",CELL_OVERVOLTAGE,P1", ",CELL_OVERVOLTAGE,P4", "like P0A7E"},
    {"dtc.csv", requirements_and_dtc, ",SR-OV-1,", ",SR-XX-1,", "an id of requirements.csv"},
    {"requirements.csv", gen_requirement, "\nSR-OV-1,", "\nOV-1,", "like SR-OV-1"},
    {"requirements.csv", gen_requirement, "\nSR-OV-2,", "\nSR-OV-1,", "each id once"},
    {"requirements.csv", gen_requirement, "SR-OV-1,design", "SR-OV-1,rumour", "standard | design"},
    {"requirements.csv", gen_requirement, "SR-OV-1,design,100", "SR-OV-1,design,0", "1..3600000"},
    {"requirements.csv", gen_requirement, "SR-OV-1,design,100", "SR-OV-1,design,-",
     "follows a det"},
    {"limits.csv", dtc_and_limits, "SR-UV-1,assumed", "SR-XX-1,assumed", "an id of requirements"},
    {"limits.csv", dtc_and_limits, ",max,", ",top,", "max | min"},
    {"limits.csv", dtc_and_limits, ",group_mV,", ",group_volt,", "_mV _ddegC"},
    {"limits.csv", dtc_and_limits, "CELL_OVERVOLTAGE", "NO_SUCH_DTC", "a name of dtc.csv"},
    {"limits.csv", dtc_and_limits, ",group_mV,max,any,", ",group_mV,max,any,9", "go outward"},
    {"bms.dbc", gen_can, "SG_ counter : 8|4@1+", "SG_ counter : 7|4@1+", "overlaps 'crc'"},
    {"bms.dbc", gen_can, "SG_ M1C1_V m0 : 5|13@1+", "SG_ M1C1_V m0 : 4|13@1+", "overlaps"},
    {"bms.dbc", gen_can, "SG_ crc : 0|8@1+", "SG_ crc : 0|40@1+", "overlaps"},
    {"bms.dbc", gen_can, "BO_ 384", "BO_ 256", "again"},
};

START_TEST(refused_with_file_line_and_reason) {
  const refusal_t *refusal = &refusals[_i];
  read_table(refusal->name);
  change(refusal->found, refusal->with);
  write_table(refusal->name);
  ck_assert_msg(run_part(refusal->part) == 2, "row %d: not refused: %s", _i, message);
  char path[64];
  (void)snprintf(path, sizeof path, "%s/%s:", dir, refusal->name);
  ck_assert_msg(strncmp(message, path, strlen(path)) == 0, "row %d: %s", _i, message);
  ck_assert_msg(strstr(message, refusal->says) != NULL, "row %d: %s", _i, message);
  ck_assert_msg(strchr(message, '\n') == message + strlen(message) - 1, "more than a line");
}
END_TEST

START_TEST(missing_and_empty_files_are_refused) {
  ck_assert_int_eq(run_part(gen_pinout), 2);
  ck_assert_ptr_nonnull(strstr(message, "pinout.csv: cannot be opened"));
  table[0] = '\0';
  write_table("pinout.csv");
  ck_assert_int_eq(run_part(gen_pinout), 2);
  ck_assert_ptr_nonnull(strstr(message, "holds no rows"));
}
END_TEST

static void assert_same_file(const char *name) {
  char made[64], committed[64];
  static char text[2][400000];
  (void)snprintf(made, sizeof made, "%s/%s", dir, name);
  (void)snprintf(committed, sizeof committed, "ecu_model/gen/%s", name);
  const char *path[2] = {made, committed};
  size_t size[2];
  for (uint32_t i = 0; i < 2; i++) {
    FILE *file = fopen(path[i], "rb");
    ck_assert_msg(file != NULL, "%s is missing", path[i]);
    size[i] = fread(text[i], 1, sizeof text[i], file);
    (void)fclose(file);
  }
  ck_assert_msg(size[0] == size[1] && memcmp(text[0], text[1], size[0]) == 0,
                "%s differs from its source: run make gen", committed);
}

START_TEST(committed_tables_are_what_the_sources_give) {
  static const char *const name[] = {"pinout.csv", "bms.dbc"};
  for (uint32_t i = 0; i < 2; i++) {
    read_table(name[i]);
    write_table(name[i]);
  }
  ck_assert_int_eq(run_part(gen_pinout), 0);
  ck_assert_int_eq(run_part(gen_can), 0);
  assert_same_file("pinout.h");
  assert_same_file("pinout.c");
  assert_same_file("pinout_text.c");
  assert_same_file("can_codec.h");
  assert_same_file("can_codec.c");
  assert_same_file("can_table.h");
  assert_same_file("can_table_text.c");
}
END_TEST

START_TEST(dtc_codes_are_packed_as_sae_j2012_says) {
  static const struct {
    const char *text;
    uint32_t code;
  } row[] = {{"P0A7E", 0x0A7E00},
             {"P1B77-16", 0x1B7716},
             {"U0293", 0xC29300},
             {"B3FFF-FF", 0xBFFFFF},
             {"C1000", 0x500000}};
  for (uint32_t i = 0; i < 5; i++) {
    csv_row_t fields = {.field = {[DTC_CODE] = row[i].text}};
    csv_t csv = {.path = "x", .column = dtc_column, .row_count = 1, .row = &fields};
    ck_assert_uint_eq(dtc_code(&csv, 0), row[i].code);
  }
}
END_TEST

START_TEST(numbers_are_written_short_and_read_back) {
  ck_assert_str_eq(out_double(0.1), "0.1");
  ck_assert_str_eq(out_double(-40), "-40");
  ck_assert_str_eq(out_double(0.001), "0.001");
  ck_assert_double_eq_tol(strtod(out_double(1.0 / 3.0), NULL), 1.0 / 3.0, 1e-17);
  ck_assert_str_eq(out_upper("BMS_Status"), "BMS_STATUS");
  ck_assert_str_eq(out_upper("odd-one 2"), "ODD_ONE_2");
  ck_assert_str_eq(out_lower("BMS_Status"), "bms_status");
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("gen");
  TCase *tcase = tcase_create("all");
  tcase_add_checked_fixture(tcase, make_dir, remove_dir);
  tcase_add_loop_test(tcase, refused_with_file_line_and_reason, 0,
                      (int)(sizeof refusals / sizeof refusals[0]));
  tcase_add_test(tcase, missing_and_empty_files_are_refused);
  tcase_add_test(tcase, committed_tables_are_what_the_sources_give);
  tcase_add_test(tcase, dtc_codes_are_packed_as_sae_j2012_says);
  tcase_add_test(tcase, numbers_are_written_short_and_read_back);
  suite_add_tcase(suite, tcase);
  return suite;
}
