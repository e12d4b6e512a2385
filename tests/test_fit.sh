#!/usr/bin/env bash
# System test of packsim fit and validate --drive, --soc: messages, exit codes, files, JSON.
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

# --- validate --soc
soc() { "$program" validate --soc --settle-s 20 "$@"; }
expect 0 "soc of one drive" soc --drive "$work/drive.csv" --json
cp "$work/o" "$work/soc.json"
checks=$((checks + 1))
python3 - "$work/soc.json" <<'END' || report "json of one soc" "see above"
import json, sys
score = json.load(open(sys.argv[1]))
assert score["Q_T_Ah"] == 2.8 and score["mean_degC"] == 25 and score["invalid_count"] == 0
assert (score["from_s"], score["to_s"]) == (20, 119)
assert score["start_soc_pct"] == 100 and abs(score["start_estimate_pct"] - 70) < 1e-9
assert abs(score["end_soc_pct"] - (100 - 100 * 99 * 2 / 3600 / 2.8)) < 2e-3
assert abs(score["mean_pct"]) <= score["rmse_pct"] <= score["max_pct"] < 30
assert score["rmse_pct"] > 0
assert abs(score["counting_rmse_pct"] - 30) < 0.1 and 0 < score["step_pct_per_s"] < 1
assert 780 <= score["sample_count"] <= 800
END
expect 0 "soc again" soc --drive "$work/drive.csv" --json
checks=$((checks + 1))
cmp -s "$work/o" "$work/soc.json" || report "soc again" "other bytes"
expect 0 "soc of two drives" soc --drive "$work/drive.csv" --drive "$work/drive.csv" --json
checks=$((checks + 1))
python3 - "$work/o" "$work/soc.json" <<'END' || report "json of two socs" "see above"
import json, sys
both, one = (json.load(open(path)) for path in sys.argv[1:])
assert len(both["drives"]) == 2 and both["drives"][0] == both["drives"][1] == one
assert abs(both["pooled"]["rmse_pct"] - one["rmse_pct"]) < 1e-3
assert both["pooled"]["max_pct"] == one["max_pct"]
END
expect 0 "soc as text" soc --drive "$work/drive.csv" --drive "$work/drive.csv"
checks=$((checks + 1))
grep -q "^  estimator  RMSE .* largest step .* %/s$" "$work/o" && grep -q "^pooled$" "$work/o" ||
  report "soc as text" "$(head -c 300 "$work/o")"
# Each wrong sensor shows in what counting alone says: the truth falls by 1.964 %.
counting() { # WHAT EXPECTED OPTIONS...: mean error of counting at the end of the drive, in %
  local what=$1 expected=$2
  shift 2
  expect 0 "$what" soc --drive "$work/drive.csv" --json --settle-s 98 "$@"
  checks=$((checks + 1))
  python3 -c "import json, sys
found = json.load(open(sys.argv[1]))['counting_mean_pct']
sys.exit(abs(found - float(sys.argv[2])) > 0.03 and f'found {found}')" "$work/o" "$expected" \
    2>"$work/e" || report "$what" "$(cat "$work/e"), expected $expected"
}
counting "right start" 0 --start-error-pct 0
counting "offset" -0.978 --start-error-pct 0 --current-offset-A 1
counting "gain" -0.391 --start-error-pct 0 --current-gain-pct 20
counting "capacity" 0.326 --start-error-pct 0 --capacity-error-pct 20
counting "start" 5 --start-soc-pct 60 --start-error-pct 5
counting "other capacity" 0 --start-error-pct 0 --capacity-Ah 5
expect 0 "noise" soc --drive "$work/drive.csv" --voltage-noise-mV 20 --current-noise-A 1 --json
cp "$work/o" "$work/noise.json"
expect 0 "noise of another seed" soc --drive "$work/drive.csv" --voltage-noise-mV 20 \
  --current-noise-A 1 --seed 2 --json
checks=$((checks + 1))
cmp -s "$work/o" "$work/noise.json" && report "noise of another seed" "the same bytes"
expect 0 "voltage offset" soc --drive "$work/drive.csv" --voltage-offset-mV 50 --json
checks=$((checks + 1))
cmp -s "$work/o" "$work/soc.json" && report "voltage offset" "changes nothing"
sed '1s/current_A/I/' "$work/drive.csv" | awk -F, -v OFS=, 'NR > 1 {$3 = -$3; $4 = -$4} {print}' \
  >"$work/other.csv"
expect 0 "another form" soc --drive "$work/other.csv" --column current=I --discharge-sign 1 --json
checks=$((checks + 1))
diff <(sed 1d "$work/soc.json") <(sed 1d "$work/o") >/dev/null ||
  report "another form" "another score: $(head -c 300 "$work/o")"

expect 2 "soc without a drive" "$program" validate --soc
one_line "soc without a drive" "found no --drive"
expect 3 "soc of an absent drive" soc --drive "$work/none.csv"
one_line "soc of an absent drive" none.csv allowed
expect 3 "soc with one absent" soc --drive "$work/drive.csv" --drive "$work/none.csv"
expect 2 "soc of a short drive" "$program" validate --soc --drive "$work/drive.csv"
one_line "soc of a short drive" drive.csv "found a drive of 99.0 s" "longer than 600 s"
expect 2 "soc, column" soc --drive "$work/drive.csv" --column voltage=U
one_line "soc, column" "drive.csv:1:1: U: found no such column, allowed"
: >"$work/void.csv"
expect 2 "soc of an empty file" soc --drive "$work/void.csv"
one_line "soc of an empty file" void.csv
sed '9s/,/,x/' "$work/drive.csv" >"$work/letter.csv"
expect 2 "soc, no number" soc --drive "$work/letter.csv"
one_line "soc, no number" "letter.csv:9:"
sed '6s/^[0-9]*/1/' "$work/drive.csv" >"$work/back.csv"
expect 2 "soc, time going back" soc --drive "$work/back.csv"
one_line "soc, time going back" "back.csv:6:1: time_s: found 1 s"
expect 2 "soc, cell" soc --cell ornl_leaf --drive "$work/drive.csv"
one_line "soc, cell" "no table of cell ornl_leaf"
expect 2 "soc, argument" soc "$work/drive.csv"
one_line "soc, argument" drive.csv "allowed options only"
expect 2 "soc, sign" soc --drive "$work/drive.csv" --discharge-sign 0
one_line "soc, sign" "--discharge-sign 0" "allowed -1, 1"
for option in --start-error-pct=101 --start-soc-pct=-1 --capacity-Ah=0 --capacity-error-pct=nan \
  --current-offset-A=x --current-gain-pct=51 --current-noise-A=-1 --voltage-offset-mV=501 \
  --voltage-noise-mV=-1 --settle-s=-1 --gap-max-s=0 --cell-degC=121 --seed=-1; do
  expect 2 "soc, $option" soc --drive "$work/drive.csv" "${option%%=*}" "${option#*=}"
  one_line "soc, $option" "${option%%=*}" "${option#*=}" allowed
done

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
