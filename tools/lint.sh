#!/usr/bin/env bash
# Static analysis of C sources: cppcheck, then clang-tidy. Exit 1 iff one of them finds something.
# usage: tools/lint.sh CLANG_TIDY JOBS FILE...
set -uo pipefail
export clang_tidy=$1
jobs=$2
shift 2
checks='-*,clang-analyzer-*,bugprone-*,-bugprone-easily-swappable-parameters'
checks+=',-bugprone-branch-clone,-bugprone-suspicious-memory-comparison,-bugprone-sizeof-expression'
checks+=',-bugprone-not-null-terminated-result'
checks+=',-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result'
checks+=',-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
libraries=$(pkg-config --cflags libcjson hdf5 zlib | sed 's/-I/-isystem /g')
export checks libraries

# shellcheck disable=SC2317,SC2086 # called by xargs below; a list of flags on purpose
tidy_one() {
  "$clang_tidy" --quiet --warnings-as-errors='*' --checks="$checks" "$1" -- -std=c11 \
    -D_POSIX_C_SOURCE=200809L $libraries 2>/dev/null
}
export -f tidy_one

rc=0
cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
  --quiet -j "$jobs" --template='{file}:{line}: {id}: {message}' "$@" || rc=1
# shellcheck disable=SC2016 # the inner shell expands
printf '%s\0' "$@" | xargs -0 -P "$jobs" -n 1 bash -c 'tidy_one "$1"' _ || rc=1
exit $rc
