#!/usr/bin/env python3
"""Fits OCV and resistances of data/cells/soul_ev.json to the measured Soul EV drive.

usage: tools/fit_soul.py DRIVE.csv.gz [--write data/cells/soul_ev.json]
Prints the figures; --write puts them into the cell file, text by text. Needs numpy and scipy.
The current between scans is made as scenarios/soul_drive.c makes it; what is held fixed, and what
one discharge cannot tell apart, is in docs/cell-soul-ev.md.
"""
import argparse
import csv
import gzip
import json
import re

import numpy as np
from scipy.optimize import lsq_linear
from scipy.signal import lfilter

GROUPS = 96
CAPACITY_Ah = 39.5
JOINTS_ohm = 2.25e-3  # of the string; fuse and contacts lie outside the measured voltage
EDGE_s, KNOT_s, STEP_s = 1.0, 90.0, 0.05
TAU2_s, TAU3_s = 25.0, 300.0
HYSTERESIS_V, HYSTERESIS_RATE = 0.010, 30.0
R5_ohm = 1.0095e-3  # of a cell 5 s after a step at 31 degC: 48 of the pack's 51 mOhm, upper end
REST_V = 4.025  # of a group after a discharge, at 87.9 %
SLOPE_MIN_V = 0.25  # of the OCV, for SOC 0..1
SMOOTH = 0.7
ACTIVATION_K = 8000 / 8.314  # of the resistances around 31 degC
R1_SHARE = 0.1872  # of R0 + R1 at 31 degC: assumed
RATIO_10s = {-20: 5.84, -10: 3.50, 0: 2.14, 10: 1.40, 25: 1.0}  # NCR18650PF

R0_OF_T = [6.7116, 5.5384, 4.5702, 3.777, 3.1214, 2.5594, 2.0986,
           1.803, 1.549, 1.3672, 1.2069, 1.0653, 1.0102, 0.9593,
           0.9127, 0.8697, 0.83, 0.7932, 0.759]  # -30..60 degC: its 0.1 s resistance
OF_SOC = [1.5, 1.2, 1.05, 1, 1, 1, 1, 1, 1, 1, 1.05]  # assumed


def load(path):
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    return lambda key: np.array([float(row[key]) for row in rows])


def profile(time_s, current_A, counted_Ah):
    """Current between the scans, lifted so that it keeps the counted charge."""
    steps_s = np.diff(time_s)
    sampled_As = np.cumsum(0.5 * (current_A[1:] + current_A[:-1]) * steps_s)
    deficit_Ah = counted_Ah - np.concatenate([[0], sampled_As]) / 3600
    span_s = (time_s[-1]) / (np.floor(time_s[-1] / KNOT_s) + 1)

    def smooth_Ah(at_s):
        if at_s <= 0:
            return deficit_Ah[0]
        if at_s >= time_s[-1]:
            return deficit_Ah[-1]
        return deficit_Ah[np.abs(time_s - at_s) <= 0.5 * KNOT_s].mean()

    at_s, is_A = [], []
    for i, step_s in enumerate(steps_s):
        knot = np.floor((time_s[i] + 0.5 * step_s) / span_s)
        gain_Ah = smooth_Ah((knot + 1) * span_s) - smooth_Ah(knot * span_s)
        lift_A = 3600 * gain_Ah / span_s * step_s / (step_s - EDGE_s)
        slope = (current_A[i + 1] - current_A[i]) / step_s
        at_s += [time_s[i], time_s[i] + EDGE_s, time_s[i + 1] - EDGE_s]
        is_A += [current_A[i], current_A[i] + slope * EDGE_s + lift_A,
                 current_A[i + 1] - slope * EDGE_s + lift_A]
    return np.array(at_s + [time_s[-1]]), np.array(is_A + [current_A[-1]])


def branch_A(cell_A, tau_s):
    keep = np.exp(-STEP_s / tau_s)
    return np.concatenate([[0], lfilter([1 - keep], [1, -keep], cell_A)[:-1]])


def hysteresis(cell_A):
    state, states = -1.0, np.zeros(len(cell_A))
    for i, current_A in enumerate(cell_A[:-1]):
        goal = -1.0 if current_A > 0 else 1.0
        moved = HYSTERESIS_RATE * abs(current_A) * STEP_s / 3600 / CAPACITY_Ah
        state = goal + (state - goal) * np.exp(-moved)
        states[i + 1] = state
    return states


def fit(column, cell):
    time_s = column("scan_start_s") - column("scan_start_s")[0]
    pack_A = column("pack_A")
    counted_Ah = column("cum_dis_Ah") - column("cum_chg_Ah")
    at_s, is_A = profile(time_s, pack_A, counted_Ah - counted_Ah[0])
    grid_s = np.arange(0, time_s[-1] + STEP_s / 2, STEP_s)
    cell_A = np.interp(grid_s + STEP_s / 2, at_s, is_A) / 2
    used = np.concatenate([[0], np.cumsum(cell_A)[:-1]]) * STEP_s / 3600 / CAPACITY_Ah
    at = np.clip(np.round(time_s / STEP_s).astype(int), 0, len(grid_s) - 1)
    soc = column("soc_bms_pct")[0] / 100 - used[at]
    degC = np.mean([column(f"mod{i}_C") for i in range(1, 8)], axis=0)
    warm = np.exp(ACTIVATION_K * (1 / (degC + 273.15) - 1 / 304.15))
    file_soc = np.array(cell["ocv"]["soc_pct"]) / 100
    entropic_V = (degC - 25) * np.interp(soc, file_soc, cell["ocv"]["entropic_mVpK"]) * 1e-3
    knots = file_soc[(file_soc > 0.349) & (file_soc < 0.901)]
    count = len(knots)
    hats = np.array([np.interp(soc, knots, np.eye(count)[k]) for k in range(count)]).T
    fall = [0.5 * pack_A, branch_A(cell_A, TAU2_s)[at], branch_A(cell_A, TAU3_s)[at]]
    matrix = GROUPS * np.hstack([hats] + [-(warm * x)[:, None] for x in fall])
    wanted = (column("pack_V") + JOINTS_ohm * pack_A
              - GROUPS * (HYSTERESIS_V * hysteresis(cell_A)[at] + entropic_V))
    rows, right = [matrix], [wanted]

    def add(row, value, weight):
        rows.append(weight * row[None])
        right.append([weight * value])

    for k in range(count - 2):
        row = np.zeros(count + 3)
        row[k:k + 3] = [1, -2, 1]
        add(row, 0.0, SMOOTH * GROUPS)
    risen = [1.0, 1 - np.exp(-5 / TAU2_s), 1 - np.exp(-5 / TAU3_s)]
    add(np.concatenate([np.zeros(count), risen]), R5_ohm, 3e7)
    rest = [np.interp(0.879, knots, np.eye(count)[k]) for k in range(count)]
    add(np.concatenate([rest, np.zeros(3)]), REST_V + HYSTERESIS_V, 300.0)
    rises = np.eye(count + 3)  # unknowns: first OCV and its rises, so that a bound keeps it rising
    rises[:count, :count] = np.tril(np.ones((count, count)))
    low = np.concatenate([[2.5], np.full(count - 1, SLOPE_MIN_V * 0.025), np.zeros(3)])
    high = np.concatenate([[4.5], np.full(count - 1, 0.1), np.full(3, 0.02)])
    found = rises @ lsq_linear(np.vstack(rows) @ rises, np.concatenate(right), (low, high)).x
    error_V = matrix @ found - wanted
    free = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    print(f"pack voltage {np.sqrt(np.mean(error_V ** 2)):.3f} V RMSE; without bounds "
          f"{np.sqrt(np.mean((matrix @ free - wanted) ** 2)):.3f} V with "
          f"{1e3 * (free[count:] @ risen):.3f} mOhm a cell at 5 s")
    print("R0 + R1, R2, R3 at 31 degC:", (1e3 * found[count:]).round(4), "mOhm")
    print("OCV slope, V for SOC 0..1:", (np.diff(found[:count]) / 0.025).round(2))
    return knots, found[:count], found[count:]


def ocv_table(cell, knots, ocv_V):
    """The fit, and outside it the file's old shape, moved to meet it and kept at both ends."""
    soc, old_V = np.array(cell["ocv"]["soc_pct"]) / 100, np.array(cell["ocv"]["V"])
    low = ocv_V[0] - np.interp(knots[0], soc, old_V)
    high = ocv_V[-1] - np.interp(knots[-1], soc, old_V)
    moved = old_V + np.where(soc < knots[0], low * soc / knots[0],
                             high * (1 - soc) / (1 - knots[-1]))
    inside = (soc > knots[0] - 1e-6) & (soc < knots[-1] + 1e-6)
    moved[inside] = np.interp(soc[inside], knots, ocv_V)
    return moved


def resistance_tables(cell, ohm):
    """R0 has its own shape over temperature; the branches make up the 10 s ratios."""
    degC = np.array(cell["resistance"]["temperature_degC"], float)
    fall = np.exp(ACTIVATION_K * (1 / (degC + 273.15) - 1 / 304.15))
    r0 = 1e3 * ohm[0] * (1 - R1_SHARE) * np.array(R0_OF_T)
    rest = 1e3 * np.array([ohm[0] * R1_SHARE, ohm[1], ohm[2]])
    at_10s = np.array([1.0, 1 - np.exp(-10 / TAU2_s), 1 - np.exp(-10 / TAU3_s)])
    warm_mohm = np.interp(25.0, degC, r0) + np.interp(25.0, degC, fall) * rest @ at_10s
    known = sorted(RATIO_10s)
    ratio = np.exp(np.interp(degC, known, np.log([RATIO_10s[x] for x in known])))
    beyond = np.log(RATIO_10s[-20] / RATIO_10s[-10]) / 10
    ratio = np.where(degC < -20, RATIO_10s[-20] * np.exp(beyond * (-20 - degC)), ratio)
    scale = np.where(degC < 25, (ratio * warm_mohm - r0) / (rest @ at_10s), fall)
    tables = {"r0_mohm": r0}
    for k in range(3):
        tables[f"r{k + 1}_mohm"] = scale * rest[k]
    return {key: np.outer(value, OF_SOC) for key, value in tables.items()}


def numbers(values, digits):
    return ", ".join(f"{value:.{digits}f}".rstrip("0").rstrip(".") for value in values)


def write(path, cell, ocv_V, tables):
    with open(path) as file:
        text = file.read()
    lines = [numbers(ocv_V[i:i + 12], 4) for i in range(0, len(ocv_V), 12)]
    text = re.sub(r'("V": \[\n)[^\]]*', lambda m: m[1] + ",\n".join("      " + x for x in lines)
                  + "\n    ", text)
    lines = [numbers([1e3 * HYSTERESIS_V] * len(ocv_V[i:i + 12]), 1)
             for i in range(0, len(ocv_V), 12)]
    text = re.sub(r'("hysteresis_mV": \[\n)[^\]]*', lambda m: m[1]
                  + ",\n".join("      " + x for x in lines) + "\n    ", text)
    if '"r3_mohm"' not in text:
        text = re.sub(r'("r2_mohm": \[\n(?:.*\n)*?    \],\n)', lambda m: m[1]
                      + m[1].replace("r2_mohm", "r3_mohm"), text, count=1)
    for key, table in tables.items():
        rows = ",\n".join(f"      [{numbers(row, 4)}]" for row in table)
        pattern = r'("%s": \[\n)(?:      \[.*\n)*' % key
        text = re.sub(pattern, lambda m, r=rows: m[1] + r + "\n", text)
    with open(path, "w") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("drive")
    parser.add_argument("--write", metavar="CELL.json")
    arguments = parser.parse_args()
    path = arguments.write or "data/cells/soul_ev.json"
    with open(path) as file:
        cell = json.load(file)
    knots, ocv_V, ohm = fit(load(arguments.drive), cell)
    if arguments.write:
        write(path, cell, ocv_table(cell, knots, ocv_V), resistance_tables(cell, ohm))


if __name__ == "__main__":
    main()
