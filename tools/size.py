#!/usr/bin/env python3
"""Flash, RAM and stack of the core, and flash of the images that ship, against their bars.

usage: tools/size.py FREESTANDING_DIR [IMAGE.elf...]
The core from the objects of tools/freestanding.sh, an image whole: what lies in its flash.
Cortex-M4F where its compiler is there, else this machine's own, whose code is of another length:
it is printed, and the flash is not judged. The stack is the deepest path of
the call graph from bms_init and bms_step; a call through a table is taken as the deepest function
that nobody calls by name. Exit 1 iff a bar is missed, 2 iff the objects are missing.
"""
import glob
import os
import re
import struct
import subprocess
import sys
import tempfile

FLASH_BAR = 64 * 1024
RAM_BAR = 16 * 1024
STACK_BAR = 2 * 1024
ENTRIES = ("bms_init", "bms_step")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
M4F = ["-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"]


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sections(prefix, objects):
    rows = [line.split() for line in output_of(prefix + "size", *objects).splitlines()[1:]]
    return sum(int(row[0]) for row in rows), sum(int(row[1]) + int(row[2]) for row in rows)


def size_of_state(prefix, flags):
    """sizeof(bms_t), read from the symbol of an array of that size."""
    include = output_of(prefix + "gcc", "-print-file-name=include").strip()
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "a.c"), os.path.join(folder, "a.o")
        with open(source, "w", encoding="utf-8") as file:
            file.write('#include "ecu_model/core/bms.h"\nchar bms_bytes[sizeof(bms_t)];\n')
        output_of(prefix + "gcc", "-std=c11", "-ffreestanding", "-nostdinc", *flags,
                  "-isystem", include, "-isystem", os.path.join(ROOT, "tools", "freestanding"),
                  "-I", ROOT, "-c", source, "-o", target)
        symbols = output_of(prefix + "nm", "-S", target)
        return int(re.search(r"^\S+ (\S+) \w bms_bytes$", symbols, re.M).group(1), 16)


NODE = re.compile(r'node: \{ title: "([^"]+)" label: "[^"]*?(\d+) bytes')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


def call_graph(folder):
    """{function: bytes}, {function: callees}; a static function carries its file's name."""
    frames, calls = {}, {}
    for path in glob.glob(os.path.join(folder, "*.ci")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        frames.update((title, int(count)) for title, count in NODE.findall(text))
        for source, target in EDGE.findall(text):
            calls.setdefault(source, set()).add(target)
    return frames, calls


def deepest(frames, calls):
    """(bytes, path) from the entries."""
    called = set().union(*calls.values()) if calls else set()
    indirect_targets = [name for name in frames if name not in called and name not in ENTRIES]
    known = {}

    def walk(name, path):
        if name in path:
            raise SystemExit(f"size: recursion: {' > '.join(path + [name])}, allowed none")
        if name not in known:
            below = list(calls.get(name, ()))
            if "__indirect_call" in below:
                below += [target for target in indirect_targets if target not in path + [name]]
            found = max((walk(each, path + [name]) for each in below), default=(0, []))
            known[name] = (frames.get(name, 0) + found[0], [name] + found[1])
        return known[name]

    return max(walk(entry, []) for entry in ENTRIES if entry in frames)


def flash_of(image):
    """Bytes that are loaded into the flash: code, constants and the first values of variables."""
    with open(image, "rb") as file:
        elf = file.read()
    if elf[:6] != b"\x7fELF\x01\x01":
        raise ValueError("found no 32-bit little-endian ELF file")
    begin, size, count = struct.unpack_from("<I", elf, 28)[0], *struct.unpack_from("<HH", elf, 42)
    headers = [struct.unpack_from("<5I", elf, begin + i * size) for i in range(count)]
    return sum(in_file for kind, _, _, _, in_file in headers if kind == 1)


def images_miss(images):
    """True iff one does not fit."""
    missed = False
    if images:
        print("images that ship, gcc -Os, core, link and startup")
    for image in images:
        value = flash_of(image)
        missed |= value > FLASH_BAR
        print(f"  {os.path.basename(image)[:-4] + ', flash':22} {value:6} of {FLASH_BAR:6} bytes"
              f"{'  MISSED' if value > FLASH_BAR else ''}")
    return missed


def core_misses(flash, ram, state, stack, is_target):
    """True iff one is above its bar; code of another machine than the target's has none."""
    rows = (("flash (text + const)", flash, FLASH_BAR if is_target else None),
            ("static RAM", ram, 0), ("bms_t", state, RAM_BAR),
            ("stack, deepest path", stack, STACK_BAR))
    for name, value, bar in rows:
        if bar is None:
            print(f"  {name:22} {value:6} bytes: the bar is the Cortex-M4F's (make deps-rigs)")
        else:
            print(f"  {name:22} {value:6} of {bar:6} bytes{'  MISSED' if value > bar else ''}")
    return any(bar is not None and value > bar for _, value, bar in rows)


def main():
    if len(sys.argv) < 2:
        print("usage: tools/size.py FREESTANDING_DIR [IMAGE.elf...]", file=sys.stderr)
        return 2
    cross = os.path.join(sys.argv[1], "cortex-m4f")
    folder, prefix, flags = (cross, "arm-none-eabi-", M4F) if os.path.isdir(cross) else (
        os.path.join(sys.argv[1], "host"), "", [])
    objects = sorted(glob.glob(os.path.join(folder, "*.o")))
    frames, calls = call_graph(folder)
    if not objects or not any(entry in frames for entry in ENTRIES):
        print(f"size: {folder}: no objects with {' '.join(ENTRIES)}: make size", file=sys.stderr)
        return 2
    flash, ram = sections(prefix, objects)
    state = size_of_state(prefix, flags)
    stack, path = deepest(frames, calls)
    widest = max(frames, key=frames.get)
    where = "Cortex-M4F, gcc -Os" if prefix else "this machine, gcc -Os (no arm-none-eabi-gcc)"
    print(f"core on {where}")
    missed = core_misses(flash, ram, state, stack, bool(prefix))
    print("  path: " + " > ".join(name.split(":")[-1] for name in path))
    print(f"  widest frame: {widest.split(':')[-1]} {frames[widest]} bytes")
    try:
        missed |= images_miss(sys.argv[2:])
    except (OSError, ValueError, struct.error) as error:
        print(f"size: {error}", file=sys.stderr)
        return 2
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
