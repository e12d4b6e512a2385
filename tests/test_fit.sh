#!/usr/bin/env bash
# System test of packsim fit and packsim validate --drive: messages, exit codes, files, JSON.
set -u
program=$(realpath "${PACKSIM:-build/packsim}")
export PACKSIM_HOME=${PACKSIM_HOME:-$PWD}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "${BASH_SOURCE[0]}")/shell_checks.sh"

# A drive of the cell's own kind: 2 A for 100 s, then rest; the voltages only need to be plausible.
awk 'BEGIN {print "time_s,voltage_V,current_A,ah_Ah,cell_temp_C"
  for (i = 0; i < 400; i++) {on = i >= 20 && i < 120; q = i < 20 ? 0 : (on ? i - 20 : 100)
    v = 4.17 - (on ? 0.1 : 0) - q * 2 / 3600 / 2.8
    printf "%d,%.4f,%.3f,%.6f,25\n", i, v, on ? -2 : 0, -q * 2 / 3600}}' \
  >"$work/drive.csv"

# --- validate --drive
expect 0 "one drive" "$program" validate --cell ncr18650pf --drive "$work/drive.csv" --json
checks=$((checks + 1))
python3 - "$work/o" <<'END' || report "json of one drive" "see above"
import json, sys
score = json.load(open(sys.argv[1]))
assert score["row_count"] == 100
assert 0 < score["mae_mV"] <= score["rmse_mV"] <= score["max_mV"] < 200
assert abs(score["bias_mV"]) <= score["mae_mV"]
assert score["rmse_mV_above_10pct"] == score["rmse_mV"] and score["window_from_s"] == 20
END
expect 0 "two drives" "$program" validate --drive "$work/drive.csv" --drive "$work/drive.csv" --json
checks=$((checks + 1))
python3 - "$work/o" <<'END' || report "json of two drives" "see above"
import json, sys
score = json.load(open(sys.argv[1]))
assert len(score["drives"]) == 2 and score["row_count"] == 200
assert abs(score["rmse_mV"] - score["drives"][0]["rmse_mV"]) < 1e-3
assert score["pooled"]["rmse_mV_above_10pct"] == score["rmse_mV_above_10pct"]
END
expect 0 "plot" "$program" validate --drive "$work/drive.csv" --svg "$work/plot.svg"
checks=$((checks + 1))
python3 - "$work/plot.svg" <<'END' || report "plot" "not the picture"
import sys, xml.dom.minidom
assert len(xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName("path")) == 4
END
expect 0 "own heat" "$program" validate --drive "$work/drive.csv" --temperature model
expect 3 "absent drive" "$program" validate --drive "$work/none.csv"
one_line "absent drive" none.csv allowed
expect 2 "column" "$program" validate --drive "$work/drive.csv" --column voltage=U
one_line "column" "drive.csv:1:1: U: found no such column, allowed"
expect 2 "bad column option" "$program" validate --drive "$work/drive.csv" --column volts=U
one_line "bad column option" --column volts=U allowed
expect 2 "window" "$program" validate --drive "$work/drive.csv" --window 9:3
one_line "window" "9:3" "FROM < TO"
expect 2 "empty window" "$program" validate --drive "$work/drive.csv" --window 900:990
one_line "empty window" "no row from 900 to 990 s"
expect 2 "sign" "$program" validate --drive "$work/drive.csv" --discharge-sign 0
expect 2 "capacity" "$program" validate --drive "$work/drive.csv" --capacity-Ah nan
expect 2 "cell" "$program" validate --cell none --drive "$work/drive.csv"
one_line "cell" none data/cells
sed '6s/^[0-9]*/1/' "$work/drive.csv" >"$work/back.csv"
expect 2 "time going back" "$program" validate --drive "$work/back.csv"
one_line "time going back" "back.csv:6:1: time_s: found 1 s, allowed no time before" "3 s"

# --- fit
expect 2 "no job" "$program" fit
one_line "no job" "no job"
expect 2 "absent job" "$program" fit "$work/none.json"
one_line "absent job" none.json
cat >"$work/job.json" <<'END'
{"packsim_fit": 1, "id": "tiny", "title": "Tiny", "source": "made up",
 "cell": {"capacity_Ah": 2.8, "voltage_min_V": 2.5, "voltage_max_V": 4.2, "core_JpK": 36,
  "surface_JpK": 10, "core_surface_WpK": 2, "neighbour_WpK": 0, "case_WpK": 0,
  "case_heat_capacity_JpK": 500, "case_ambient_WpK": 0},
 "grid": {"ocv_points": 5, "coarse_points": 3, "soc_points": 3, "temperature_points": 3,
  "temperature_first_degC": 15, "temperature_step_K": 10},
 "runs": [{"csv": "drive.csv", "role": "pulse", "temperature_degC": 25, "every": 1}]}
END
expect 3 "no data folder" "$program" fit "$work/job.json" --data "$work/nowhere"
one_line "no data folder" nowhere
expect 0 "fit" "$program" fit "$work/job.json" --data "$work" --tries 5 --json --out "$work/a.json"
[ -s "$work/e" ] && report "fit in a pipe" "not quiet: $(head -c 200 "$work/e")"
checks=$((checks + 1))
python3 - "$work/o" "$work/a.json" <<'END' || report "json of a fit" "see above"
import json, sys
report, cell = (json.load(open(path)) for path in sys.argv[1:])
assert report["runs"][0]["row_count"] == 400
assert report["temperatures"][0]["temperature_degC"] == 25
assert any("entropic" in text for text in report["warnings"])
assert cell["id"] == "tiny" and cell["resistance"]["mark"] == "calibrated"
assert "made up" in cell["ocv"]["source"]
END
expect 0 "again" "$program" fit "$work/job.json" --data "$work" --tries 5 --out "$work/b.json"
checks=$((checks + 1))
cmp -s "$work/a.json" "$work/b.json" || report "the same fit" "other bytes"
expect 0 "fitted cell is read" "$program" validate --cell "$work/a.json" --drive "$work/drive.csv"
sed 's/"title"/"titel"/' "$work/job.json" >"$work/bad.json"
expect 2 "bad job" "$program" fit "$work/bad.json" --data "$work"
one_line "bad job" "bad.json:1:" titel allowed

echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
