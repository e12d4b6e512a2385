#!/usr/bin/env python3
"""The estimator's cell tables: ecu_model/gen/cell_table* from data/cells, named in a CSV.

usage: tools/gen_cells.py CSV CELLS_DIR GEN_DIR
CSV has a row for each cell: name, file (in CELLS_DIR), how far its model is believed, and image: 1
for the cells of a pack, which the firmware knows (the first row is one), 0 for those that only
this machine knows. Values are rounded to integers with one unit for each table, and equal columns
of the resistances are kept once: that saves three quarters of the memory. Writes cell_table.h
and .c (cells of a pack), cell_table_image.c (their list, for the firmware) and
cell_table_host.c (the other cells, and the list of all). Exit 2 with FILE:LINE: what is wrong.
"""
import csv
import json
import math
import os
import re
import sys

COLUMNS = ["name", "file", "error_mV", "error_share", "error_s", "factor", "factor_s",
           "offset_pC", "drift_pC", "image"]
LIMITS = {"error_mV": (0.5, 100), "error_share": (0, 0.5), "error_s": (10, 1e6),
          "factor": (0.001, 1), "factor_s": (10, 1e6), "offset_pC": (0, 0.2),
          "drift_pC": (0, 0.1), "image": (0, 1)}
SOC_STEPS = 20  # of entropy and hysteresis
OHM_UNITS_NOHM = (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
BRANCHES = ("r0_mohm", "r1_mohm", "r2_mohm", "r3_mohm")
WIDTH = 100

HEADER = """\
/// Cell tables of the estimator, generated from ecu_model/db/cells.csv and data/cells: do not edit.
#ifndef ECU_MODEL_GEN_CELL_TABLE_H
#define ECU_MODEL_GEN_CELL_TABLE_H

#include <stdint.h>

enum { CELL_TABLE_BRANCH_COUNT = 3, CELL_TABLE_OHM_COUNT = 1 + CELL_TABLE_BRANCH_COUNT };

/// Numbers of the sets, for bms_config_t. An image knows those of a pack.
typedef enum {
%s,
  CELL_TABLE_COUNT
} cell_table_id_t;

/// One cell. All tables run over SOC 0..1 evenly, ohms also over temperature.
typedef struct {
  const char *name;
  float capacity_Ah;
  float tau_s[CELL_TABLE_BRANCH_COUNT];
  float hysteresis_rate; ///< 1/rate of SOC moves the hysteresis by one e-fold
  float core_JpK, core_surface_WpK;
  float ohm_unit; ///< of the entries of ohm
  float temperature_first_degC, temperature_step_K;
  float surface_middle_share, surface_min_soc, steep_gain;
  float error_V; ///< standard deviation of the model's error
  float error_share; ///< plus this share of what drops under load
  float error_s; ///< how long such an error lasts
  float factor; ///< standard deviation of its resistances, as a share
  float factor_s; ///< how long that lasts
  float offset_pC; ///< standard deviation of the current sensor's offset, of the capacity per hour
  float drift_pC; ///< by which it moves in an hour
  uint16_t ocv_count, slow_count, soc_count, temperature_count, column_count;
  const uint16_t *ocv_dmV; ///< 0.1 mV
  const int16_t *entropic_uVpK; ///< slow_count of them
  const uint16_t *hysteresis_cmV; ///< 0.01 mV, slow_count of them
  const uint8_t *column; ///< of ohm, for each SOC: equal ones are kept once
  const uint16_t (*ohm)[CELL_TABLE_OHM_COUNT]; ///< [temperature x column_count + column], R0 first
  const float *exchange_pA; ///< for each temperature; 0: the fast branch is linear
  const float *surface_pA, *steep_soc, *growth_pA; ///< the same; 0: off
} cell_table_t;

%s

extern const cell_table_t *const cell_table[CELL_TABLE_COUNT]; ///< NULL: not in this image

#endif
"""


class Bad(Exception):
    pass


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    reader = csv.DictReader(lines)
    if reader.fieldnames != COLUMNS:
        raise Bad(f"{path}:1: found columns {reader.fieldnames}, allowed {COLUMNS}")
    rows = []
    for number, row in enumerate(reader, 2):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", row["name"] or ""):
            raise Bad(f"{path}:{number}: name: found {row['name']}, allowed a-z, 0-9 and _")
        for key, (low, high) in LIMITS.items():
            try:
                row[key] = float(row[key])
            except (TypeError, ValueError):
                row[key] = math.nan
            if not low <= row[key] <= high:
                raise Bad(f"{path}:{number}: {key}: found {row[key]}, allowed {low}..{high}")
        if row["image"] not in ((1,) if not rows else (0, 1)):
            raise Bad(f"{path}:{number}: image: found {row['image']}, allowed 1 in the first row, "
                      "0 or 1 in the others")
        rows.append(row)
    if not rows or len({row["name"] for row in rows}) != len(rows):
        raise Bad(f"{path}: found no or equal names, allowed one row for each cell")
    return rows


def number(value):
    text = f"{value:.7g}"
    if "." not in text and "e" not in text:
        text += ".0"
    return text + "f"


def whole(path, name, value, low, high):
    rounded = math.floor(value + 0.5)
    if not low <= rounded <= high:
        raise Bad(f"{path}: {name}: found {value}, allowed {low}..{high} of its unit")
    return rounded


def wrapped(head, items, tail):
    lines, line = [], head
    for at, item in enumerate(items):
        text = item + (", " if at + 1 < len(items) else "")
        if len(line) + len(text.rstrip()) > WIDTH:
            lines.append(line.rstrip())
            line = "    "
        line += text
    return lines + [line + tail] if len(line + tail) <= WIDTH else lines + [line, "    " + tail]


def array(kind, name, items):
    return wrapped(f"static const {kind} {name}[{len(items)}] = {{", items, "};")


def slow(values):
    """Every so manyth point, so that SOC_STEPS remain; the table has a multiple of it."""
    step = (len(values) - 1) // SOC_STEPS
    return values[::step] if step >= 1 and (len(values) - 1) % SOC_STEPS == 0 else values


def even(path, name, axis):
    step = (axis[-1] - axis[0]) / (len(axis) - 1)
    if any(abs(axis[0] + i * step - x) > 1e-6 for i, x in enumerate(axis)):
        raise Bad(f"{path}: {name}: found uneven steps, allowed even ones")
    return step


def ohms(path, table):
    rows = [[table[key][t][s] * 1e6 for key in BRANCHES]
            for t in range(len(table["temperature_degC"])) for s in range(len(table["soc_pct"]))]
    largest = max(max(row) for row in rows)
    units = [unit for unit in OHM_UNITS_NOHM if largest / unit <= 65535]
    if not units:
        raise Bad(f"{path}: resistance: found {largest / 1e6} mohm, allowed up to 3276")
    return units[0], [[whole(path, "resistance", x / units[0], 0, 65535) for x in row]
                      for row in rows]


def columns(rows, soc_count):
    """(column of each SOC, table of the columns that differ)."""
    lines = [rows[i:i + soc_count] for i in range(0, len(rows), soc_count)]
    firsts, column = [], []
    for s in range(soc_count):
        same = [k for k, first in enumerate(firsts) if all(r[s] == r[first] for r in lines)]
        column.append(same[0] if same else len(firsts))
        if not same:
            firsts.append(s)
    return column, [line[first] for line in lines for first in firsts]


def cell(path, row, data):
    name, table, ocv = row["name"], data["resistance"], data["ocv"]
    step_K = even(path, "temperature_degC", table["temperature_degC"])
    even(path, "soc_pct", table["soc_pct"])
    if table["soc_pct"][0] != 0 or table["soc_pct"][-1] != 100:
        raise Bad(f"{path}: resistance.soc_pct: found {table['soc_pct']}, allowed 0..100")
    unit, rows = ohms(path, table)
    column, rows = columns(rows, len(table["soc_pct"]))
    none = [0] * len(table["temperature_degC"])
    entropic, hysteresis = slow(ocv["entropic_mVpK"]), slow(ocv["hysteresis_mV"])
    exchange = [1 / x if x > 0 else 0 for x in table.get("exchange_A", none)]
    by_degC = [("exchange", exchange),
               ("surface", [x / 100 for x in table.get("surface_soc_pctpA", none)]),
               ("steep", [x / 100 for x in table.get("steep_soc_pct", none)]),
               ("growth", [x / 100 for x in table.get("growth_pctpA", none)])]
    lines = array("uint16_t", f"{name}_ocv",
                  [str(whole(path, "ocv", v * 1e4, 0, 65535)) for v in ocv["V"]])
    lines += array("int16_t", f"{name}_entropic",
                   [str(whole(path, "entropic", v * 1e3, -32768, 32767)) for v in entropic])
    lines += array("uint16_t", f"{name}_hysteresis",
                   [str(whole(path, "hysteresis", v * 1e2, 0, 65535)) for v in hysteresis])
    lines += array("uint8_t", f"{name}_column", [str(x) for x in column])
    lines += wrapped(f"static const uint16_t {name}_ohm[{len(rows)}][CELL_TABLE_OHM_COUNT] = {{",
                     ["{" + ", ".join(str(x) for x in each) + "}" for each in rows], "};")
    for key, values in by_degC:
        lines += array("float", f"{name}_{key}", [number(x) for x in values])
    value = {key: data[key]["value"] for key in data if isinstance(data[key], dict)
             and "value" in data[key]}
    body = [f'.name = "{name}"', f".capacity_Ah = {number(value['capacity_Ah'])}",
            ".tau_s = {" + ", ".join(number(value[f"tau{k}_s"]) for k in (1, 2, 3)) + "}",
            f".hysteresis_rate = {number(value['hysteresis_rate'])}",
            f".core_JpK = {number(value['core_JpK'])}",
            f".core_surface_WpK = {number(value['core_surface_WpK'])}",
            f".ohm_unit = {number(unit * 1e-9)}",
            f".temperature_first_degC = {number(table['temperature_degC'][0])}",
            f".temperature_step_K = {number(step_K)}",
            f".surface_middle_share = {number(table.get('surface_middle_pct', 100) / 100)}",
            f".surface_min_soc = {number(table.get('surface_min_pct', -100) / 100)}",
            f".steep_gain = {number(table.get('steep_ppct', 0) * 100)}",
            f".error_V = {number(row['error_mV'] / 1e3)}",
            f".error_share = {number(row['error_share'])}",
            f".error_s = {number(row['error_s'])}", f".factor = {number(row['factor'])}",
            f".factor_s = {number(row['factor_s'])}",
            f".offset_pC = {number(row['offset_pC'])}", f".drift_pC = {number(row['drift_pC'])}",
            f".ocv_count = {len(ocv['V'])}", f".slow_count = {len(entropic)}",
            f".soc_count = {len(table['soc_pct'])}",
            f".temperature_count = {len(table['temperature_degC'])}",
            f".column_count = {max(column) + 1}", f".ocv_dmV = {name}_ocv",
            f".entropic_uVpK = {name}_entropic", f".hysteresis_cmV = {name}_hysteresis",
            f".column = {name}_column", f".ohm = {name}_ohm", f".exchange_pA = {name}_exchange",
            f".surface_pA = {name}_surface", f".steep_soc = {name}_steep",
            f".growth_pA = {name}_growth"]
    return lines + [f"const cell_table_t cell_table_{name} = {{"] + [
        f"    {text}," for text in body] + ["};", ""]


def list_of(names):
    return ["const cell_table_t *const cell_table[CELL_TABLE_COUNT] = {"] + [
        f"    [CELL_TABLE_{name.upper()}] = &cell_table_{name}," for name in names] + ["};", ""]


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def write_all(folder, rows, tables):
    def source(name, what, lines):
        head = f"/// {what}, generated from ecu_model/db/cells.csv and data/cells: do not edit."
        write(os.path.join(folder, name), "\n".join([head, '#include "cell_table.h"', "", *lines]))

    names = [row["name"] for row in rows]
    packs = [row["name"] for row in rows if row["image"]]
    write(os.path.join(folder, "cell_table.h"), HEADER % (
        ",\n".join(f"  CELL_TABLE_{name.upper()}" for name in names),
        "\n".join(f"extern const cell_table_t cell_table_{name};" for name in names)))
    source("cell_table.c", "Cells of a pack", [x for name in packs for x in tables[name]])
    source("cell_table_image.c", "Cells of an image", list_of(packs))
    source("cell_table_host.c", "Cells of no pack, and the list of all", [
        x for name in names if name not in packs for x in tables[name]] + list_of(names))


def main():
    if len(sys.argv) != 4:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    tables = {}
    try:
        rows = read_rows(sys.argv[1])
        for row in rows:
            path = os.path.join(sys.argv[2], row["file"])
            with open(path, encoding="utf-8") as file:
                tables[row["name"]] = cell(path, row, json.load(file))
    except (Bad, OSError, json.JSONDecodeError) as error:
        print(f"gen: {error}", file=sys.stderr)
        return 2
    except (KeyError, IndexError, TypeError) as error:
        print(f"gen: {path}: found no {error}, allowed a cell file", file=sys.stderr)
        return 2
    write_all(sys.argv[3], rows, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
