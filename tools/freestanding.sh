#!/usr/bin/env bash
# Compiles the core without any libc header, for this machine and for Cortex-M4F, and looks at its
# symbols.
# usage: tools/freestanding.sh OUT_DIR [ROOT]
# Fails iff a source needs a header beyond the compiler's own and string.h, a symbol stays undefined
# beyond memcpy, memset, memcmp and __aeabi_*, or an object holds writable data.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
root=${2:-$here/..}
flags=(-std=c11 -ffreestanding -nostdlib -nostdinc -Os -g -ffp-contract=off -fno-math-errno
  -fno-pie -fno-common -ffunction-sections -fdata-sections -fstack-usage -fcallgraph-info=su
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes -Wdouble-promotion -Werror)
m4f=(-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard)

shopt -s nullglob
sources=("$root"/ecu_model/core/*.c)
for file in "$root"/ecu_model/gen/*.c; do
  [[ $file == *_text.c || $file == *_host.c ]] || sources+=("$file")
done
if [ ${#sources[@]} -eq 0 ]; then
  echo "freestanding: no source in $root/ecu_model/core, at least one is expected" >&2
  exit 1
fi

# compile NAME COMPILER [FLAG...]: every source into OUT_DIR/NAME
compile() {
  local name=$1 cc=$2
  shift 2
  local headers
  headers=$("$cc" -print-file-name=include)
  rm -rf "${out:?}/$name"
  mkdir -p "$out/$name"
  # core/x.c and gen/x.c become core_x.o and gen_x.o
  # shellcheck disable=SC2016 # the inner shell expands
  printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -I{} sh -c '
    source=$1; shift
    part=$(basename "$(dirname "$source")")
    exec "$@" -c "$source" -o "$0/${part}_$(basename "$source" .c).o"' \
    "$out/$name" {} "$cc" "${flags[@]}" "$@" -isystem "$headers" -isystem "$here/freestanding"
}

# undefined NAME NM: symbols that no object of the core defines and that are not allowed
undefined() {
  comm -23 <("$2" -u "$out/$1"/*.o | awk 'NF == 2 && $1 == "U" {print $2}' | sort -u) \
    <("$2" --defined-only "$out/$1"/*.o | awk 'NF == 3 {print $3}' | sort -u) |
    grep -vxE 'memcpy|memset|memcmp|__aeabi_.*' |
    sed "s/^/freestanding: $1: undefined symbol: /; s/\$/, allowed memcpy memset memcmp __aeabi_*/"
}

# writable NAME NM: objects that would live in RAM for ever
writable() {
  "$2" -A "$out/$1"/*.o | awk -v name="$1" '$(NF-1) ~ /^[bBdDC]$/ {
    sub(/.*\//, "", $1); sub(/:.*/, "", $1)
    print "freestanding: " name ": " $1 ": writable data: " $NF ", allowed none, bms_t holds all" }'
}

# check NAME PREFIX [FLAG...]
check() {
  local name=$1 prefix=$2 findings
  shift 2
  compile "$name" "${prefix}gcc" "$@" || return 1
  findings=$(undefined "$name" "${prefix}nm"; writable "$name" "${prefix}nm")
  if [ -n "$findings" ]; then
    printf '%s\n' "$findings" >&2
    return 1
  fi
  echo "freestanding: $name: ${#sources[@]} objects, nothing undefined, no writable data"
}

rc=0
check host '' || rc=1
if command -v arm-none-eabi-gcc >/dev/null; then
  check cortex-m4f arm-none-eabi- "${m4f[@]}" || rc=1
else
  echo "freestanding: cortex-m4f: skipped, arm-none-eabi-gcc is not installed (make deps-rigs)"
fi
exit $rc
