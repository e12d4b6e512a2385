#!/usr/bin/env bash
# Static analysis: cppcheck on every given C source, clang-tidy on those of world and ECU (in
# readers of JSON its path analysis cannot see what the schema has already refused).
# usage: tools/lint.sh CLANG_TIDY JOBS FILE...
# Exit 1 iff one of them finds something.
set -uo pipefail
export clang_tidy=$1
jobs=$2
shift 2
checks='-*,clang-analyzer-*,bugprone-*,-bugprone-easily-swappable-parameters'
checks+=',-bugprone-branch-clone,-bugprone-suspicious-memory-comparison,-bugprone-sizeof-expression'
checks+=',-bugprone-not-null-terminated-result,-bugprone-incorrect-roundings'
checks+=',-bugprone-too-small-loop-variable'
checks+=',-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result'
checks+=',-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
export checks

# shellcheck disable=SC2317 # called by xargs below
tidy_one() {
  "$clang_tidy" --quiet --warnings-as-errors='*' --checks="$checks" "$1" -- -std=c11 \
    -D_POSIX_C_SOURCE=200809L 2>/dev/null
}
export -f tidy_one

rc=0
# signals: _Generic on a null pointer's member is never evaluated; csv: every digit is written first
cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
  --suppress='nullPointer:scenarios/signals*' --suppress='invalidPointerCast:scenarios/signals.c' \
  --suppress='uninitvar:scenarios/recorder_csv.c' \
  --quiet -j "$jobs" --template='{file}:{line}: {id}: {message}' "$@" || rc=1
# shellcheck disable=SC2016 # the inner shell expands
printf '%s\n' "$@" | grep -E '^(sim|ecu_model/(core|board))/' |
  xargs -P "$jobs" -n 1 bash -c 'tidy_one "$1"' _ || rc=1
exit $rc
