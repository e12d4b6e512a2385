#!/usr/bin/env bash
# System test of the command line: verbs, messages, exit codes, out folder, equal bytes, Ctrl-C.
set -u
program=$(realpath "${PACKSIM:-build/packsim}")
export PACKSIM_HOME=${PACKSIM_HOME:-$PWD}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "${BASH_SOURCE[0]}")/shell_checks.sh"

holds() { # WHAT COMMAND...
  local what=$1
  shift
  checks=$((checks + 1))
  "$@" >/dev/null 2>&1 || report "$what" "$*"
}

scenario() { # FILE ID EXPECTED_STATE END_S [MORE]
  cat >"$1" <<END
{"packsim": 1, "id": "$2", "title": "Stand $2", "tags": ["tiny"],
 "load": [{"at_s": 0, "request": "standby"}],
 "expect": [{"id": "state", "signal": "bms.state", "eq": "$3", "within_ms": 2000}${5:-}],
 "end": {"at_s": $4}${6:-}}
END
}

# --- help and usage
expect 0 "help" "$program" --help
expect 0 "version" "$program" --version
expect 2 "no verb" "$program"
expect 2 "unknown verb" "$program" fly
one_line "unknown verb" fly run list check signals faults pins doctor bench
for verb in run merge replay diff export list check signals faults pins validate fit doctor bench \
  reactions trace can; do
  expect 0 "$verb --help" "$program" $verb --help
  holds "$verb --help has examples" grep -q "^examples:" "$work/o"
  expect 2 "$verb unknown option" "$program" $verb --nonsense
  one_line "$verb unknown option" --nonsense allowed
done
expect 2 "jobs 0" "$program" run --jobs 0
one_line "jobs 0" --jobs 1..256
expect 2 "value missing" "$program" run --out
one_line "value missing" "--out DIR"
expect 3 "other ECU" "$program" run --ecu qemu:no-such-image.elf
one_line "other ECU" qemu:
expect 2 "a bus of no kind" "$program" run --bus carrier:pigeon
expect 2 "a bus for many runs" "$program" run --bus udp: OV-001 OV-002
one_line "a bus for many runs" "4 runs" "allowed one"

# --- buses
expect 2 "no bus" "$program" can
one_line "no bus" udp: --read
expect 2 "no such kind of bus" "$program" can carrier:pigeon
one_line "no such kind of bus" carrier:pigeon allowed socketcan:
expect 2 "mem: by URL" "$program" can mem:
one_line "mem: by URL" "inside of one process"
expect 2 "no frame" "$program" can udp: --send 12
one_line "no frame" "--send 12" "3 or 8 hex digits"
expect 2 "every without frame" "$program" can udp: --every 10
one_line "every without frame" "--send FRAME"
expect 2 "bit rate of a server" "$program" can socketcand: --bitrate 500000
one_line "bit rate of a server" "interfaces of the kernel"
expect 2 "frame of another kind" "$program" can slcan: --quiet --send 123##1AA
one_line "frame of another kind" "slcan carries no FD"
expect 3 "no interface" "$program" can socketcan:no_such --quiet
one_line "no interface" "no_such: "
expect 2 "no log" "$program" can --read "$work/none.log"
one_line "no log" none.log
echo "(1.000000) can0 123#1" >"$work/odd.log"
expect 2 "odd log" "$program" can --read "$work/odd.log"
one_line "odd log" "odd.log:1" "0..8 bytes in hex"
expect 3 "no permission" "$program" can socketcand:203.0.113.7:29536 --quiet
one_line "no permission" "cannot listen at 203.0.113.7:29536"

# --- reactions and traceability
expect 0 "one reaction" "$program" reactions --filter IL-OPEN --phases 2
holds "one reaction in the table" grep -q "^IL-OPEN  *SR-IL-1  *2 " "$work/o"
expect 0 "reactions of a requirement" "$program" reactions --filter SR-CR-1 --phases 1 --json
holds "reactions --json parses" python3 -m json.tool "$work/o"
expect 2 "no such row" "$program" reactions --filter NOTHING
one_line "no such row" NOTHING
expect 2 "phases 11" "$program" reactions --phases 11
one_line "phases 11" --phases 1..10
expect 2 "part of a page" "$program" reactions --filter IL-OPEN --write "$work/page.md"
one_line "part of a page" --write --filter
mkdir "$work/loose"
scenario "$work/loose/a.json" LOOSE STANDBY 1 '' ', "requirements": ["SR-NO-1"]'
expect 1 "an orphan" "$program" trace --quiet "$work/loose/a.json"
holds "an orphan is named" grep -q "a.json: \$.requirements\[0\]: SR-NO-1: allowed" "$work/e"
holds "a requirement without scenario is named" grep -q "SR-OV-1: no scenario names it" "$work/e"
expect 1 "trace lists" "$program" trace "$work/loose/a.json"
holds "trace lists requirements" grep -q "^SR-OV-1 .*CELL_OVERVOLTAGE" "$work/o"
expect 2 "trace of no file" "$program" trace "$work/none.json"
one_line "trace of no file" none.json

# --- lists
for verb in signals faults doctor list pins; do
  expect 0 "$verb --json" "$program" $verb --json
  holds "$verb --json parses" python3 -m json.tool "$work/o"
done
expect 0 "signals by pattern" "$program" signals 'phys.group.M3*'
holds "signals by pattern" test "$(grep -c '^phys.group.M3' "$work/o")" -eq 10
expect 2 "no such signal" "$program" signals nothing.here
one_line "no such signal" nothing.here

# --- bad files: refused before anything runs
cd "$work" || exit 1
: >empty.json
echo '{"packsim": 1, ' >broken.json
head -c 100000 /dev/zero | tr '\0' '[' >nested.json
scenario version.json V-1 STANDBY 2
sed -i 's/"packsim": 1/"packsim": 9/' version.json
scenario key.json K-1 STANDBY 2 "" ', "colour": 3'
scenario sweep.json S-0 STANDBY 2 "" ', "sweep": {"grid": {"pack.soc_pct": []}}'
for file in missing empty broken nested version key sweep; do
  for verb in check run; do
    expect 2 "$verb $file" "$program" $verb $file.json
    one_line "$verb $file" $file.json
  done
done
holds "nothing was written" test ! -e out
expect 2 "unknown id" "$program" run NO-SUCH-ID
one_line "unknown id" NO-SUCH-ID
scenario good.json GOOD STANDBY 2
expect 0 "check good" "$program" check good.json
holds "check good" grep -q "^ok .*good.json" "$work/o"
expect 0 "check a cell" "$program" check "$PACKSIM_HOME/data/cells/soul_ev.json"
holds "check a cell" grep -q "^ok .*soul_ev, a cell of" "$work/o"
mkdir -p cells && cp "$PACKSIM_HOME/data/cells/soul_ev.json" cells/mine.json
scenario own_cell.json OWN-CELL STANDBY 1 "" ', "pack": {"cell": "cells/mine.json"}'
expect 0 "a cell file beside the scenario" "$program" run --quiet --out out-cell own_cell.json
scenario no_cell.json NO-CELL STANDBY 1 "" ', "pack": {"cell": "cells/none.json"}'
expect 2 "no such cell file" "$program" check no_cell.json
one_line "no such cell file" no_cell.json: '$.pack.cell' none.json data/cells
sed 's/"tau1_s"/"tau1_ms"/' "$PACKSIM_HOME/data/cells/soul_ev.json" >bad_cell.json
expect 2 "check a bad cell" "$program" check bad_cell.json
one_line "check a bad cell" bad_cell.json: tau1_ms allowed
expect 2 "bad override" "$program" run good.json --set pack.soc_pct=200
one_line "bad override" pack.soc_pct 200
expect 2 "filter without a match" "$program" run good.json --filter nothing
one_line "filter without a match" nothing
cp good.json twin.json
expect 2 "two of one name" "$program" run good.json twin.json
one_line "two of one name" GOOD good.json twin.json
holds "still nothing was written" test ! -e out

# --- runs and verdicts
expect 0 "a good run" "$program" run good.json
for file in report.html junit.xml results.json timing.json GOOD/signals.h5 GOOD/signals.csv \
  GOOD/bus.log; do
  holds "it writes $file" test -s out/$file
done
holds "junit.xml is XML" python3 -c 'import xml.dom.minidom as x; x.parse("out/junit.xml")'
holds "results.json is JSON" python3 -m json.tool out/results.json
holds "the table has the verdict" grep -q "^pass .*GOOD" "$work/o"
holds "bus.log is candump's" grep -qE '^\([0-9]{10}\.[0-9]{6}\) can0 [0-9A-F]{3}#' out/GOOD/bus.log
scenario bad.json BAD DRIVE 2.5
expect 1 "a failing run" "$program" run bad.json --out bad_out
holds "it says fail" grep -q "^fail .*BAD" "$work/o"
holds "junit counts it" grep -q 'failures="1"' bad_out/junit.xml
scenario open.json OPEN STANDBY 2 \
  ', {"id": "n", "after": "event", "signal": "bms.state", "eq": "DRIVE", "within_ms": 10}' \
  ', "events": [{"id": "event", "when": {"signal": "phys.pack.V", "gt": 1000}}]'
expect 1 "an inconclusive run" "$program" run open.json --out open_out
holds "it says inconclusive" grep -q "^inconclusive .*OPEN" "$work/o"
expect 1 "good and bad together" "$program" run good.json bad.json --out both_out --quiet
holds "quiet is quiet" test ! -s "$work/o"

# --- same bytes, the result before is kept, what is not ours stays
scenario many.json MANY STANDBY 2 "" \
  ', "sweep": {"grid": {"pack.soc_pct": [40, 50, 60, 70]}}, "seed": 3'
expect 0 "one worker" "$program" run good.json many.json --out same --jobs 1
expect 0 "two workers" "$program" run good.json many.json --out same --jobs 2
holds "it says where the older result is" grep -q "same.previous" "$work/o"
rm -f same/timing.json same.previous/timing.json
holds "equal bytes" diff -r same same.previous
holds "five runs" test "$(ls -d same/*/ | wc -l)" -eq 5
holds "a sweep is one line" test "$(grep -c MANY "$work/o")" -eq 1
replay=$(python3 -c '
import json
print(json.load(open("same/results.json"))["runs"][2]["replay"].replace("packsim", "\"$0\"", 1))')
expect 0 "the replay command" sh -c "$replay --out replayed" "$program"
holds "replays one run" test "$(ls -d replayed/*/ | wc -l)" -eq 1
run=$(basename replayed/*/)
holds "with the same bytes" diff -r "replayed/$run" "same/$run"
expect 0 "another seed" "$program" run good.json --out seeded --seed 99
holds "another trace" sh -c '! grep -qF "$(grep trace_hash out/results.json)" seeded/results.json'
mkdir foreign && echo precious >foreign/file
expect 2 "a foreign folder" "$program" run good.json --out foreign
one_line "a foreign folder" foreign
holds "stays as it is" grep -q precious foreign/file
mkdir kept && cp out/results.json kept && mkdir kept.previous && echo precious >kept.previous/file
expect 2 "a foreign .previous" "$program" run good.json --out kept
holds "stays as well" grep -q precious kept.previous/file
expect 0 "no recording" "$program" run good.json --record none --out bare
holds "writes no signals" test ! -e bare/GOOD
expect 0 "parents are made" "$program" run good.json --out a/b/c
holds "parents are made" test -s a/b/c/results.json

# --- interruption
scenario long.json LONG STANDBY 100000
checks=$((checks + 1))
"$program" run good.json long.json --jobs 1 --out stopped >"$work/o" 2>"$work/e" </dev/null &
pid=$!
for _ in $(seq 100); do
  [ -e stopped/LONG ] && break
  sleep 0.05
done
sleep 0.2
kill -INT $pid
wait $pid
code=$?
[ $code -eq 1 ] || report "interruption" "exit $code, expected 1"
holds "it says interrupted" grep -q interrupted "$work/e"
holds "reports are written" grep -q '"skipped"' stopped/results.json
holds "and the page" test -s stopped/report.html

# --- a full disk, a folder that cannot be written
if [ -w /dev/full ]; then
  checks=$((checks + 1))
  "$program" signals >/dev/full 2>"$work/e" </dev/null
  [ $? -ne 139 ] || report "full disk" "crashed"
fi

echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
