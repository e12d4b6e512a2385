#!/usr/bin/env python3
"""canmatrix, which others wrote, reads our DBC without a warning, agrees with our codec on random
values of every signal both ways, and decodes every frame of a bus.log to what was recorded."""
import csv
import importlib.util
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import warnings

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
VECTORS = os.path.join(os.path.dirname(PACKSIM), "tests", "test_can_vectors")
SYSTEM_PYTHON = "/usr/bin/python3"  # where Debian's package is

# What our own DBC has none of: Motorola, floats, extended ids, switches on pages of switches.
STRANGE = """VERSION ""
NS_ :
BS_:
BU_: A B
BO_ 2566844926 Far: 8 A
 SG_ Level : 0|16@1+ (2,0) [0|131070] "" B
 SG_ Temp : 23|12@0- (0.5,-40) [-1064|983.5] "" B
 SG_ Odd : 37|11@0+ (1,0) [0|2047] "" B
BO_ 101 Numbers: 64 A
 SG_ Small : 0|32@1- (1,0) [-1000|1000] "" B
 SG_ Large : 32|64@1- (1,0) [-1000000|1000000] "" B
 SG_ Long : 96|64@1+ (1,0) [0|0] "" B
 SG_ LongSigned : 167|64@0- (1,0) [0|0] "" B
 SG_ Late : 480|32@1+ (1,0) [0|4294967295] "" B
BO_ 102 Nested: 8 A
 SG_ Top M : 0|3@1+ (1,0) [0|7] "" B
 SG_ Sub m1M : 8|3@1+ (1,0) [0|7] "" B
 SG_ Always : 16|8@1- (1,0) [-128|127] "" B
 SG_ Deep m3 : 24|16@1+ (1,0) [0|65535] "" B
 SG_ Deeper m4 : 24|12@1- (1,0) [-2048|2047] "" B
 SG_ Wide m4 : 40|9@1+ (1,0) [0|511] "" B
BA_DEF_ BO_ "VFrameFormat" ENUM %s;
BA_DEF_DEF_ "VFrameFormat" "StandardCAN";
BA_ "VFrameFormat" BO_ 2566844926 1;
BA_ "VFrameFormat" BO_ 101 14;
SIG_VALTYPE_ 101 Small : 1;
SIG_VALTYPE_ 101 Large : 2;
SG_MUL_VAL_ 102 Sub Top 1-2, 5-5;
SG_MUL_VAL_ 102 Deep Sub 3-3;
SG_MUL_VAL_ 102 Deeper Sub 4-6;
SG_MUL_VAL_ 102 Wide Top 4-4, 6-7;
""" % ",".join(['"StandardCAN"', '"ExtendedCAN"'] + ['"reserved"'] * 12 +
               ['"StandardCAN_FD"', '"ExtendedCAN_FD"'])

SCENARIO = {
    "packsim": 1, "id": "LOG", "title": "A drive to be read from its log",
    "pack": {"soc_pct": 63, "temperature_degC": 21,
             "spread": {"soc_pct": {"dist": "normal", "sd": 0.4}}},
    "load": [{"at_s": 0.5, "request": "drive"}, {"at_s": 4, "current_A": 35},
             {"at_s": 9, "current_A": -12}, {"at_s": 13, "current_A": 0}],
    "events": [{"id": "hot", "when": {"at_s": 6}, "fault": {
        "target": "sense.module_ntc.3", "type": "offset", "value_K": 8}}],
    "end": {"at_s": 16}, "record": "default"}

# message, signal, column of signals.csv, factor to the signal's unit, tolerance in it: half a step
# of the frame, and one of the converter where values fall between two (pack 0.122 V, 0.046 A)
PAIRS = [
    ("BMS_Status", "state", "bms.state", 1, 0),
    ("BMS_Status", "soc_pct", "bms.soc_pct [%]", 1, 0.051),
    ("BMS_Status", "main_pos_closed", "contactor.main_pos.closed", 1, 0),
    ("BMS_Status", "main_neg_closed", "contactor.main_neg.closed", 1, 0),
    ("BMS_Status", "fault_level", "bms.fault_level", 1, 0),
    ("BMS_Status", "pack_V", "bms.pack_mV", 1e-3, 0.18),
    ("BMS_Status", "current_A", "bms.current_mA", 1e-3, 0.15),
    ("BMS_Status", "dtc_count", "dtc.count", 1, 0),
    ("BMS_Limits", "discharge_A", "bms.limit.discharge_A", 1, 1.01),
    ("BMS_Limits", "charge_A", "bms.limit.charge_A", 1, 1.01),
    ("BMS_Extremes", "group_max_V", "bms.group_max.mV", 1e-3, 0.0011),
    ("BMS_Extremes", "group_min_V", "bms.group_min.mV", 1e-3, 0.0011),
    ("BMS_Extremes", "valid_group_count", "bms.valid_group_count", 1, 0),
    ("BMS_Extremes", "temperature_max_degC", "bms.temperature_max.degC", 1, 0.56),
    ("BMS_Extremes", "temperature_min_degC", "bms.temperature_min.degC", 1, 0.56),
    ("Car_Current", "current_A", "bms.current_mA", 1e-3, 0.15),
    ("Car_Current", "pack_V", "bms.pack_mV", 1e-3, 0.18),
    ("Car_Temperatures", "temperature_max_degC", "bms.temperature_max.degC", 1, 0.56),
    ("Car_Temperatures", "supply_V", "supply.V", 1, 0.11),
    ("Car_SocFine", "soc_pct", "bms.soc_pct [%]", 1, 0.11),
    ("Car_Power", "soc_pct", "bms.soc_pct [%]", 1, 0.51),
    ("VCM_Request", "request", "phys.request", 1, 0),
    ("VCM_Link", "link_V", "phys.link.V", 1, 0.1),
    ("VCM_Vehicle", "supply_V", "supply.V", 1, 0.06),
    ("CHG_Status", "current_A", "phys.charger.A", 1, 0.06),
    ("CHG_Status", "voltage_V", "phys.link.V", 1, 0.1),
    ("VCM_Request", "speed_kph", "phys.vehicle.speed_kph [km/h]", 1, 0.06),
]


class Catcher(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def load(canmatrix, path):
    """The matrix and what canmatrix had to complain about."""
    catcher = Catcher()
    logging.getLogger().addHandler(catcher)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        matrix = canmatrix.formats.loadp_flat(path)
    logging.getLogger().removeHandler(catcher)
    return matrix, catcher.lines + [str(line.message) for line in caught]


def compare_vectors(matrix, path, failures):
    checks, seen = 0, set()
    for line in open(path, encoding="ascii"):
        words = line.split()
        frame, data = matrix.frame_by_name(words[0]), bytes.fromhex(words[1])
        ours = dict(word.split("=") for word in words[2:])
        theirs = frame.decode(data)
        values = {}
        for name, decoded in theirs.items():
            signal = frame.signal_by_name(name)
            values[name] = decoded.raw_value
            number = float if signal.is_float else int
            same = name in ours and number(ours[name]) == number(decoded.raw_value)
            checks += 1
            seen.add((words[0], name))
            if not same:
                failures.append(f"{words[0]}.{name}: ours {ours.get(name)}, canmatrix "
                                f"{decoded.raw_value} in {words[1]}")
        for name in set(ours) - set(theirs):
            failures.append(f"{words[0]}.{name}: {ours[name]} of ours is not there for canmatrix")
        packed = pack(frame, values)
        checks += 1
        if packed != data:
            failures.append(f"{words[0]}: packed {packed.hex()} by canmatrix, {data.hex()} by us")
        if len(failures) > 20:
            break
    for frame in matrix.frames:
        for signal in frame.signals:
            if (frame.name, signal.name) not in seen:
                failures.append(f"{frame.name}.{signal.name} was never compared")
    return checks


def pack(frame, raws):
    """By canmatrix: all signals that are there, from raw values."""
    return bytes(frame.signals_to_bytes(raws))


def run_program(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    return done.returncode == 0, done.stdout + done.stderr


def read_log(path):
    pattern = re.compile(r"\((\d+\.\d+)\) can0 ([0-9A-F]+)#(#[0-9A-F])?([0-9A-F]*)$")
    for line in open(path, encoding="ascii"):
        time_s, ident, is_fd, data = pattern.match(line.strip()).groups()
        yield float(time_s), int(ident, 16), is_fd is not None, bytes.fromhex(data)


def compare_log(matrix, folder, failures):
    with open(os.path.join(folder, "signals.csv"), encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(line for line in file if not line.startswith("#"))]
    by_id = {frame.arbitration_id.id: frame for frame in matrix.frames}
    by_message = {}
    for message, signal, column, factor, tolerance in PAIRS:
        by_message.setdefault(message, []).append((signal, column, factor, tolerance))
    checks, compared, groups, start_s = 0, {}, {}, None
    for time_s, ident, is_fd, data in read_log(os.path.join(folder, "bus.log")):
        start_s = start_s if start_s is not None else time_s - time_s % 1
        time_s -= start_s
        frame = by_id.get(ident)
        if frame is None or frame.size != len(data) or bool(frame.is_fd) != is_fd:
            failures.append(f"frame {ident:X} of {len(data)} bytes is not in the DBC so")
            continue
        decoded = frame.decode(data)
        checks += 1
        at = int(time_s * 10)
        if frame.name.startswith("BMS_Groups"):
            for name, value in decoded.items():
                if name.endswith("_V"):
                    groups[name] = float(value.phys_value)
        if at < 1 or at + 2 >= len(rows):
            continue
        for signal, column, factor, tolerance in by_message.get(frame.name, []):
            around = [float(rows[k][column]) * factor for k in range(at - 1, at + 3)]
            if max(around) - min(around) > 1e-9 + tolerance * 0.3:
                continue  # it moves
            value = float(decoded[signal].raw_value * decoded[signal].signal.factor +
                          decoded[signal].signal.offset)
            compared[(frame.name, signal)] = compared.get((frame.name, signal), 0) + 1
            if abs(value - around[1]) > tolerance + 1e-6:
                failures.append(f"{time_s:.4f} s: {frame.name}.{signal} is {value}, {column} "
                                f"{around[1]}")
    for message, signal, *_ in PAIRS:
        count = compared.get((message, signal), 0)
        if count < 10:
            failures.append(f"{message}.{signal}: compared {count} times")
    last = rows[-1]
    for text, value in (("max", max(groups.values())), ("min", min(groups.values()))):
        checks += 1
        if len(groups) != 96 or abs(value - float(last[f"bms.group_{text}.mV"]) / 1000) > 0.0021:
            failures.append(f"{len(groups)} groups, {text} {value}, recorded "
                            f"{last[f'bms.group_{text}.mV']}")
    return checks + sum(compared.values())


def check_all(canmatrix):
    failures, checks = [], 0
    with tempfile.TemporaryDirectory() as folder:
        strange = os.path.join(folder, "strange.dbc")
        with open(strange, "w", encoding="ascii") as file:
            file.write(STRANGE)
        ours = os.path.join(ROOT, "ecu_model", "db", "bms.dbc")
        matrix = None
        for path in (strange, ours):
            matrix, complaints = load(canmatrix, path)
            checks += 1
            failures += [f"{os.path.basename(path)}: canmatrix says: {line}" for line in complaints]
            vectors = os.path.join(folder, "vectors.txt")
            done, text = run_program([VECTORS], cwd=ROOT, env={
                **os.environ, "CAN_VECTORS": path, "CAN_VECTORS_OUT": vectors})
            if not done:
                failures.append(text)
                continue
            checks += compare_vectors(matrix, vectors, failures)
        for has_fd in (False, True):
            scenario = os.path.join(folder, "log.json")
            with open(scenario, "w", encoding="utf-8") as file:
                json.dump({**SCENARIO, "environment": {"can_fd": has_fd}}, file)
            out = os.path.join(folder, f"out{has_fd:d}")
            done, text = run_program([PACKSIM, "run", "--quiet", "--out", out, scenario], env={
                **os.environ, "PACKSIM_HOME": ROOT})
            if not done:
                failures.append(text)
                continue
            checks += compare_log(matrix, os.path.join(out, "LOG"), failures)
    return failures, checks


def main():
    if importlib.util.find_spec("canmatrix") is None:
        if os.path.exists(SYSTEM_PYTHON) and os.path.realpath(sys.executable) != os.path.realpath(
                SYSTEM_PYTHON) and "CANMATRIX_AGAIN" not in os.environ:
            os.environ["CANMATRIX_AGAIN"] = "1"
            os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, os.path.abspath(__file__)])
        print("skipped: canmatrix: python3-canmatrix is not installed")
        return 0
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    import canmatrix.formats  # pylint: disable=import-outside-toplevel
    logging.disable(logging.NOTSET)
    failures, checks = check_all(canmatrix)
    for failure in failures[:30]:
        print(failure)
    bad = min(len(failures), checks)
    print(f"{100 * (checks - bad) // max(checks, 1)}%: Checks: {checks}, Failures: {bad}, "
          f"Errors: 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
