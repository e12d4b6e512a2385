#!/usr/bin/env python3
"""Plants one violation of each rule of tools/tidy.py and tools/freestanding.sh into a small clean
tree and demands that exactly this rule fires, at that line."""
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

import tally
from tally import check

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
SPEC = importlib.util.spec_from_file_location("tidy", os.path.join(ROOT, "tools", "tidy.py"))
tidy = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tidy)

CLEAN = {
    "ecu_model/pins.h": """/// What crosses.
typedef struct { double supply_V; } pins_in_t;
""",
    "ecu_model/core/bms.h": """/// The core.
#include <stdint.h>
#include "../pins.h"
void bms_step(int32_t current_mA);
""",
    "ecu_model/core/bms.c": """/// The step.
#include "bms.h"
#include <string.h>
#include "../gen/limits.h"

static const char *const bms_name[] = {"relay", "rand()"}; // relay in prose is fine
static int clamp(int value) { return value > limits_row[0] ? limits_row[0] : value; }

void bms_step(int32_t current_mA) {
  static const int step_mA = 3;
  (void)bms_name;
  clamp(current_mA + step_mA);
}
""",
    "ecu_model/gen/limits.h": """/// Generated from limits.csv.
extern const int limits_row[2];
""",
    "ecu_model/gen/limits.c": """/// Generated from limits.csv.
#include "limits.h"
const int limits_row[2] = {1, 2};
""",
    "ecu_model/gen/pinout_text.c": """/// Generated from pinout.csv.
#include <stdio.h>
const char *const pinout_text[1] = {"A12"};
""",
    "ecu_model/board/board.c": """/// The ECU's hardware.
#include "../core/bms.h"
#include "board.h"
void board_init(board_t *board) { *board = (board_t){0}; }
""",
    "ecu_model/board/board.h": """/// The ECU's hardware.
typedef struct { int code_raw; } board_t;
void board_init(board_t *board);
""",
    "sim/hil.c": """/// The loop.
#include "../ecu_model/board/board.h"
#include "pack.h"
void hil_step(void) { pack_step(1.0); }
""",
    "sim/pack.h": """/// The pack.
#include "../ecu_model/pins.h"
#include "../ecu_model/core/bms.h"
void pack_step(double current_A);
""",
    "sim/pack.c": """/// The pack.
#include "pack.h"
typedef double (*solver_fn)(double);
enum { PACK_ROWS = 2 };
static const struct { const char *name; double gain; } row[PACK_ROWS] = {{"a", 1.0}, {"b", 2.0}};
double pack_gain(const double *speed_mps);
void pack_step(double current_A) {
  double time_s = current_A * row[0].gain; /* the time of a step */
  (void)time_s;
}
""",
    "sim/can/dbc.c": """/// DBC reader.
#include <stdlib.h>
void *dbc_open(void) { return malloc(8); }
""",
    "scenarios/run.c": """/// One run.
#include <cjson/cJSON.h>
#include "../sim/pack.h"
static int run_count;
void run_scenario(void) { run_count++; }
""",
    "scenarios/recorder_h5.c": """/// The HDF5 file of a run.
#include <hdf5.h>
void recorder_h5_open(void) {}
""",
    "cli/main.c": """/// The command line.
#include "../scenarios/run.h"
int main(void) { return 0; }
""",
    "gui/sdl.c": """/// Window and input.
#include <SDL2/SDL.h>
#include "../scenarios/run.h"
void sdl_open(void) {}
""",
    "tests/test_pack.c": """/// The pack against closed forms.
#include <check.h>
#include "../sim/pack.h"
START_TEST(is_short) { pack_step(1.0); }
END_TEST
""",
    "docs/guide.md": "Run it: `make deps run`, then open out/report.html.\n",
}


def plant(path, old, new):
    return path, CLEAN[path].replace(old, new, 1)


LONG_BODY = "void pack_step(double current_A) {\n" + "  (void)current_A;\n" * 69 + "}\n"
FITS = "void pack_step(double current_A) {\n" + "  (void)current_A;\n" * 68 + "}\n"
COLUMNS_100 = "// " + "x" * 97

# rule, line, (path, text)
VIOLATIONS = [
    ("include", 2, plant("ecu_model/core/bms.c", '"bms.h"', '"../../sim/pack.h"')),
    ("include", 4, plant("ecu_model/core/bms.c", '"../gen/limits.h"', '"../gen/pinout_text.h"')),
    ("include", 2, plant("ecu_model/board/board.c", "../core/bms.h", "../core/soc.h")),
    ("include", 2, plant("ecu_model/board/board.c", "../core/bms.h", "../../sim/rng.h")),
    ("include", 2, plant("ecu_model/gen/limits.c", "limits.h", "../core/bms.h")),
    ("include", 2, plant("sim/pack.c", "pack.h", "../ecu_model/board/board.h")),
    ("include", 3, plant("sim/pack.h", "core/bms.h", "core/state.h")),
    ("include", 2, plant("sim/pack.c", "pack.h", "../scenarios/run.h")),
    ("include", 3, plant("scenarios/run.c", "../sim/pack.h", "../gui/view.h")),
    ("include", 3, plant("scenarios/run.c", "../sim/pack.h", "../ecu_model/board/board.h")),
    ("include", 2, plant("cli/main.c", "../scenarios/run.h", "../gui/view.h")),
    ("include", 2, plant("sim/pack.c", '"pack.h"', "<cjson/cJSON.h>")),
    ("include", 2, plant("cli/main.c", '"../scenarios/run.h"', "<cjson/cJSON.h>")),
    ("include", 2, plant("scenarios/run.c", "cjson/cJSON.h", "hdf5.h")),
    ("include", 2, plant("cli/main.c", '"../scenarios/run.h"', "<SDL2/SDL.h>")),
    ("include", 2, plant("sim/can/dbc.c", "stdlib.h", "libsocketcan.h")),
    ("include", 2, plant("sim/can/dbc.c", "stdlib.h", "linux/can.h")),
    ("include", 2, plant("sim/can/dbc.c", "stdlib.h", "check.h")),
    ("freestanding", 3, plant("ecu_model/core/bms.c", "string.h", "stdio.h")),
    ("freestanding", 2, plant("ecu_model/core/bms.h", "stdint.h", "math.h")),
    ("freestanding", 2, plant("ecu_model/gen/limits.h", "extern", "#include <stdlib.h>\nextern")),
    ("freestanding", 4, plant("ecu_model/core/bms.h", "int32_t current_mA", "double current_mA")),
    ("freestanding", 2, plant("ecu_model/core/bms.h", "#include <stdint.h>",
                              "#ifdef HOST\n#endif\n#include <stdint.h>")),
    ("static-data", 10, plant("ecu_model/core/bms.c", "static const int step", "static int step")),
    ("static-data", 6, plant("ecu_model/core/bms.c", "*const bms_name", "*bms_name")),
    ("static-data", 4, plant("sim/hil.c", "void hil", "int hil_count;\nvoid hil")),
    ("static-data", 4, plant("sim/hil.c", "void hil", "double hil_gain[2] = {1.0};\nvoid hil")),
    ("static-data", 4, plant("sim/hil.c", "void hil", "static void (*hook)(void);\nvoid hil")),
    ("static-data", 5, plant("sim/pack.c", "static const struct", "static struct")),
    ("static-data", 4, plant("ecu_model/board/board.c", "{ *board",
                             "{ static _Bool is_ready; (void)is_ready; *board")),
    ("static-data", 3, plant("ecu_model/gen/limits.c", "const int", "int")),
    ("function-length", 3, ("sim/pack.c", '/// The pack.\n#include "pack.h"\n' + LONG_BODY)),
    ("function-length", 4, plant("tests/test_pack.c", "pack_step(1.0);", "\n" * 70)),
    ("line-length", 3, plant("sim/pack.c", "typedef", COLUMNS_100 + "x\ntypedef")),
    ("first-line", 1, plant("sim/pack.c", "/// The pack.", "// The pack.")),
    ("first-line", 1, plant("sim/pack.c", "/// The pack.", "/// The pack")),
    ("first-line", 1, plant("ecu_model/gen/limits.c", "Generated from", "Table of")),
    ("unit", 4, plant("sim/pack.h", "current_A", "pack_current")),
    ("unit", 2, plant("ecu_model/board/board.h", "int code_raw;", "int code_raw, temperature;")),
    ("unit", 2, plant("ecu_model/board/board.h", "int code_raw;", "uint16_t cell_voltage[4];")),
    ("unit", 6, plant("sim/pack.c", "*speed_mps", "*speed")),
    ("contactor", 2, plant("ecu_model/board/board.h", "code_raw", "relay_is_closed")),
    ("contactor", 4, plant("sim/pack.c", "PACK_ROWS = 2", "PACK_ROWS = 2, PACK_RELAY_COUNT")),
    ("prefix", 4, plant("sim/hil.c", "hil_step", "loop_step")),
    ("prefix", 3, plant("sim/hil.c", '#include "pack.h"', "const int gain = 1;")),
    ("prefix", 3, plant("ecu_model/gen/limits.c", "limits_row", "dtc_row")),
    ("prefix", 3, plant("scenarios/recorder_h5.c", "recorder_h5_open", "h5_open")),
    ("banned-call", 4, plant("sim/hil.c", "pack_step(1.0)", "pack_step(rand())")),
    ("banned-call", 4, plant("sim/hil.c", "pack_step(1.0)", "pack_step(exp(1.0))")),
    ("banned-call", 4, plant("sim/hil.c", "pack_step(1.0)", "time(0)")),
    ("banned-call", 4, plant("sim/hil.c", "pack_step(1.0)", "free(malloc(1))")),
    ("banned-call", 5, plant("scenarios/run.c", "run_count++", "sprintf(0, 0)")),
    ("banned-call", 3, plant("cli/main.c", "return 0", 'return atoi("1")')),
    ("foreign-chip", 2, plant("ecu_model/board/board.h", "code_raw", "ltc6811_raw")),
    ("foreign-chip", 4, plant("sim/pack.c", "PACK_ROWS = 2", "PACK_ROWS = 2, ADBMS1818_SLOTS")),
    ("banned-word", 8, plant("sim/pack.c", "the time of a step", "TODO")),
    ("banned-word", 1, plant("docs/guide.md", "then", "FIXME")),
    ("banned-word", 8, plant("sim/pack.c", "the time of a step", "not implemented")),
    ("machine-path", 1, plant("docs/guide.md", "out/", "/home/me/out/")),
    ("machine-path", 5, plant("sim/pack.c", '{"a", 1.0}, {"b", 2.0}', '{"/tmp/a", 1.0}')),
]

# Things that look like a violation and are none.
HARMLESS = [
    ("sim/pack.c", '/// The pack.\n#include "pack.h"\n' + FITS),
    plant("sim/pack.c", "typedef", COLUMNS_100 + "\ntypedef"),
    plant("ecu_model/board/board.h", "code_raw", "is_at_power"),
    plant("sim/pack.c", "typedef", "static int read_resistance(void);\ntypedef"),
    plant("sim/pack.c", "typedef", "#define READER(t) void pack_##t(void) {}\nREADER(a)\ntypedef"),
    plant("sim/pack.c", "/* the time", "/* rand() sprintf(ltc6811) relay, the time"),
    plant("sim/pack.c", "/// The pack.\n", "/// The pack, told in a sentence\n/// of two lines.\n"),
    plant("sim/pack.c", "typedef", "/// Text.\nstatic double mean(double a_V);\ntypedef"),
    plant("sim/pack.c", "typedef", "static inline int pick(void) { return 1; }\ntypedef"),
    plant("tests/test_pack.c", "pack_step(1.0);", 'fopen("/tmp/x", "r");'),
    plant("ecu_model/core/bms.c", "relay in prose", "a latched relayed frame, relay"),
]



def write_tree(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def findings_with(root, path, text):
    write_tree(root, {path: text})
    found = list(tidy.check_tree(root))
    write_tree(root, {path: CLEAN[path]})
    return found


def test_rules(root):
    write_tree(root, CLEAN)
    clean = list(tidy.check_tree(root))
    check(clean == [], f"clean tree: {clean}")
    for rule, line, (path, text) in VIOLATIONS:
        check(text != CLEAN[path], f"{rule}: nothing was planted in {path}")
        found = findings_with(root, path, text)
        rules = {finding.split(": ")[1] for finding in found}
        places = {finding.split(": ")[0] for finding in found}
        check(rules == {rule} and places == {f"{path}:{line}"},
              f"{rule} at {path}:{line} expected, found {found}")
    for path, text in HARMLESS:
        check(text != CLEAN[path], f"harmless: nothing was planted in {path}")
        found = findings_with(root, path, text)
        check(found == [], f"harmless {path}: {found}")
    names = {tidy.rule_name(rule) for rule in tidy.C_RULES + tidy.TEXT_RULES}
    untested = names - {rule for rule, _, _ in VIOLATIONS}
    check(not untested, f"rules without a planted violation: {sorted(untested)}")


def test_exit_code(root):
    command = [sys.executable, os.path.join(ROOT, "tools", "tidy.py"), "--root", root]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    check(run.returncode == 0 and run.stdout == "", f"exit 0 when clean: {run}")
    write_tree(root, dict([plant("sim/hil.c", "1.0", "rand()")]))
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    check(run.returncode == 1 and run.stdout.count("\n") == 1, f"exit 1 and one line: {run}")
    write_tree(root, {"sim/hil.c": CLEAN["sim/hil.c"]})


def test_objects(root):
    """Writable data by the object files; const tables of addresses pass."""
    build = os.path.join(root, "build", "sim")
    os.makedirs(build)
    for name, text, count in (("a", "const char *const a[] = {\"x\"};\nconst int b = 1;\n", 0),
                              ("b", "int mutable_zero;\n", 1), ("c", "static int kept = 3;\n"
                              "int *c_kept(void);\nint *c_kept(void) { return &kept; }\n", 1)):
        source = os.path.join(root, "build", name + ".c")
        write_tree(root, {f"build/{name}.c": text})
        subprocess.run(["gcc", "-std=c11", "-c", source, "-o", os.path.join(build, name + ".o")],
                       check=True)
        found = list(tidy.check_objects(os.path.join(root, "build")))
        check(len(found) == count, f"objects {name}: {found}")
        os.remove(os.path.join(build, name + ".o"))


def freestanding(root, files):
    shutil.rmtree(os.path.join(root, "ecu_model"), ignore_errors=True)
    write_tree(root, files)
    command = [os.path.join(ROOT, "tools", "freestanding.sh"), os.path.join(root, "fs"), root]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_freestanding(root):
    core = "ecu_model/core/a.c"
    plain = ("#include <string.h>\n#include <stdint.h>\nvoid a_set(char *to);\n"
             "void a_set(char *to) { memset(to, 0, 64); }\n")
    run = freestanding(root, {core: plain, "ecu_model/gen/a.c": "extern int b;\nconst int x = 1;\n",
                              "ecu_model/gen/b_text.c": "#include <stdio.h>\nint writable;\n"})
    check(run.returncode == 0 and "nothing undefined" in run.stdout, f"freestanding core: {run}")
    for text, expected in (
            (plain.replace("memset(to, 0, 64)", "extern int puts(const char *); puts(to)"),
             "undefined symbol: puts"),
            (plain + "int a_count;\n", "writable data: a_count"),
            (plain + "static int kept;\nint *a_kept(void);\nint *a_kept(void) { return &kept; }\n",
             "writable data: kept"),
            (plain.replace("<stdint.h>", "<stdio.h>"), "stdio.h"),
            (plain.replace("char *to)", "long to)"), "error")):
        run = freestanding(root, {core: text})
        check(run.returncode == 1 and expected in run.stderr, f"freestanding, {expected}: {run}")
    run = freestanding(root, {"ecu_model/readme.txt": ""})
    check(run.returncode == 1 and "no source" in run.stderr, f"freestanding without a core: {run}")


def main():
    for test in (test_rules, test_exit_code, test_objects, test_freestanding):
        with tempfile.TemporaryDirectory() as root:
            if test is test_exit_code:
                write_tree(root, CLEAN)
            test(root)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
