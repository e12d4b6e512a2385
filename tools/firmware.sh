#!/usr/bin/env bash
# Builds the Cortex-M4F images of the BMS and prints what they take.
# usage: tools/firmware.sh OUT_DIR [LEVEL...]
# OUT_DIR/mps2-LEVEL.elf: QEMU's mps2-an386, for packsim run --ecu qemu; default Os O2 O0.
# OUT_DIR/stm32g4-Os.elf: an STM32G474, compiled and linked, never run.
# -Os is what ships: tools/size.py holds it to the bar of the flash; the others prove the compiler.
# What has not changed since the last time, by its content, is not made again.
# Exit 1 iff a source does not compile or an image does not link.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
root=$here/..
levels=("${@:2}")
((${#levels[@]})) || levels=(Os O2 O0)
cross=arm-none-eabi-
m4f=(-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard)
# host and target lay out an enum alike; loops stay loops in memcpy itself
flags=(-std=c11 -ffreestanding -nostdlib -nostdinc -g -ffp-contract=off -fno-math-errno
  -fno-common -fno-short-enums -ffunction-sections -fdata-sections
  -fno-tree-loop-distribute-patterns -fstack-usage -fcallgraph-info=su
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Werror)
headers=$(${cross}gcc -print-file-name=include) || exit 3
shopt -s nullglob

core=("$root"/ecu_model/core/*.c)
for file in "$root"/ecu_model/gen/*.c; do
  [[ $file == *_text.c || $file == *_host.c ]] || core+=("$file")
done

# what all objects depend on: the compiler, this file with its flags, all headers
basis=$({ ${cross}gcc --version && cat "${BASH_SOURCE[0]}" &&
  find "$root/ecu_model" "$here/freestanding" -name '*.h' -print0 | sort -z | xargs -0 cat; } |
  sha256sum) || exit 1

# image NAME OPT PORT SOURCE...
image() {
  local name=$1 opt=$2 script="$root/ecu_model/firmware/$3/$3.ld" objects="$out/$1.objects"
  shift 3
  local source object key all=() changed=()
  mkdir -p "$objects"
  printf '%s\n' "${flags[@]}" "$opt" "${m4f[@]}" -isystem "$headers" \
    -isystem "$here/freestanding" >"$objects/flags" || return 1
  for source in "${core[@]}" "$@"; do # core/x.c and gen/x.c become core_x.o and gen_x.o
    object=${source%/*}
    object=$objects/${object##*/}_$(basename "$source" .c)
    key="$opt ${basis%% *} $(sha256sum <"$source")"
    all+=("$object.o")
    [[ -f $object.o && -f $object.key && $(<"$object.key") == "$key" ]] && continue
    rm -f "$object.key" "$out/$name.key"
    changed+=("$source" "$object" "$key")
  done
  if ((${#changed[@]})); then
    # shellcheck disable=SC2016 # the inner shell expands
    printf '%s\0' "${changed[@]}" | nice xargs -0 -n 3 -P "$(nproc)" sh -c '
      $0 @"$1/flags" -c "$2" -o "$3.o" && echo "$4" >"$3.key"' \
      "${FIRMWARE_CCACHE:-} ${cross}gcc" "$objects" || return 1
  fi
  key=$(sha256sum "${all[@]}" "$script" | sha256sum)
  if [[ ! -f $out/$name.elf || $(cat "$out/$name.key" 2>/dev/null) != "$key" ]]; then
    rm -f "$out/$name.key"
    ${cross}gcc "${m4f[@]}" -nostdlib -Wl,--gc-sections -Wl,--no-enum-size-warning \
      -Wl,--fatal-warnings -Wl,-T,"$script" -Wl,-Map,"$out/$name.map" \
      "${all[@]}" -lgcc -o "$out/$name.elf" || return 1
    echo "$key" >"$out/$name.key"
  fi
  ${cross}size -A "$out/$name.elf" | awk -v name="$name" '
    $1 == ".stack" { stack = $2 } $1 == ".bss" { bss = $2 } $1 == ".data" { data = $2 }
    $1 == ".text" || $1 == ".ARM.exidx" || $1 == ".vectors" { flash += $2 }
    END { printf "%-12s flash %6d, RAM %6d (with %d of stack)\n", name, flash + data,
          bss + data + stack, stack }'
}

firmware=$root/ecu_model/firmware
common=("$firmware/startup.c" "$firmware/memory.c")
lockstep=("$firmware"/lockstep*.c)
for level in "${levels[@]}"; do
  image mps2-$level -$level mps2 "${common[@]}" "${lockstep[@]}" "$firmware"/mps2/*.c || exit 1
done
image stm32g4-Os -Os stm32g4 "${common[@]}" "$firmware"/stm32g4/*.c || exit 1
