#!/usr/bin/env bash
# Line coverage of the core from the counters of a --coverage build.
# usage: tools/cov.sh BUILD_DIR
set -euo pipefail
build=$1
if command -v gcovr >/dev/null; then
  exec gcovr --root . --filter 'ecu_model/core/' --exclude-unreachable-branches "$build"
fi
shopt -s nullglob
objects=("$build"/ecu_model/core/*.gcda)
if [ ${#objects[@]} -eq 0 ]; then
  echo "cov: $build/ecu_model/core holds no counters, expected after make cov" >&2
  exit 2
fi
gcov --no-output "${objects[@]}" | awk '
  /^File / { file = $2; gsub("\047", "", file) }
  /^Lines executed:/ && file ~ /^ecu_model\/core\/.*\.c$/ {
    split($0, part, /[:% ]+/)
    printf "%7.2f %% of %5d lines  %s\n", part[3], part[5], file
    covered += part[3] * part[5] / 100; all += part[5]; file = ""
  }
  END { printf "%7.2f %% of %5d lines  core\n", all ? 100 * covered / all : 0, all }'
