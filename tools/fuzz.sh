#!/usr/bin/env bash
# Runs every fuzz target for a while from its seeds and what earlier runs found.
# usage: tools/fuzz.sh BUILD SECONDS JOBS
# Exit 1 iff a target found something; the input that shows it is kept in BUILD/findings.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
export build=$1 seconds=$2
export PACKSIM_HOME=$PWD
jobs=$3
mkdir -p "$build/findings"

# shellcheck disable=SC2317 # called by xargs below
fuzz_one() {
  local program=$1 name corpus log runs
  name=${program##*/fuzz_}
  corpus=$build/corpus/$name
  log=$build/findings/$name.log
  mkdir -p "$corpus"
  if "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$build/findings/$name-" "$corpus" "tests/fuzz/seeds/$name" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "fuzz_$name: $runs runs in $seconds s, $(find "$corpus" -type f | wc -l) kept, no finding"
  else
    echo "fuzz_$name: FINDING, $log"
    tail -n 30 "$log"
    return 1
  fi
}
export -f fuzz_one

# shellcheck disable=SC2016 # the inner shell expands
printf '%s\n' "$build"/fuzz/fuzz_* | grep -v '\.d$' |
  xargs -P "$jobs" -n 1 bash -c 'fuzz_one "$1"' _
