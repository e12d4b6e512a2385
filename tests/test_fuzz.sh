#!/usr/bin/env bash
# The fuzz targets over their seeds, each seed also cut and flipped at up to 300 places.
set -u
program=$(realpath "${PACKSIM:-build/packsim}")
export PACKSIM_HOME=${PACKSIM_HOME:-$PWD}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "${BASH_SOURCE[0]}")/shell_checks.sh"
seeds=$(dirname "${BASH_SOURCE[0]}")/fuzz/seeds

for target in "$(dirname "$program")"/fuzz/fuzz_*; do
  case $target in *.d | *.o) continue ;; esac
  name=${target##*/fuzz_}
  expect 0 "seeds of $name" "$target" "$seeds/$name"
  checks=$((checks + 1))
  inputs=$(sed -n 's/.*: \([0-9]*\) inputs$/\1/p' "$work/o")
  [ "${inputs:-0}" -ge 60 ] || report "seeds of $name" "only ${inputs:-0} inputs"
done
[ $checks -ge 20 ] || report "fuzz targets" "only $checks checks"
failed=$((failures > checks ? checks : failures))
echo "$((100 * (checks - failed) / checks))%: Checks: $checks, Failures: $failed, Errors: 0"
[ $failures -eq 0 ]
