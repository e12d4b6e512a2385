#!/usr/bin/env python3
"""The house's own tools: what `make deps run` does on a bare machine, how checks are summed up,
what `make help` lists, and how the core's stack is counted."""
import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import tally
from tally import check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
TARGETS = """
all help clean
deps deps-rigs deps-socketcan deps-socketcan-qemu deps-virtual-time deps-lateness
run test test-gui screenshot
test-socketcan test-socketcan-qemu test-two-processes test-virtual-time test-kill-matrix
bench bench-socketcan bench-lateness
check check-all tidy format format-check lint asan cov fuzz fit-check
gen gen-check docs reactions reactions-check oracle
firmware firmware-check firmware-suite firmware-cost size
mistakes mutants drives limits watch-long long
""".split()
sys.dont_write_bytecode = True


def run(command, **more):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, **more)
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(ROOT, "tools", name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


def test_sums(folder):
    ok = script(folder + "/ok.sh", 'echo "100%: Checks: 12, Failures: 0, Errors: 0"\n')
    bad = script(folder + "/bad.sh", 'echo "50%: Checks: 4, Failures: 1, Errors: 1"\nexit 1\n')
    dies = script(folder + "/dies.sh", "kill -SEGV $$\n")
    silent = script(folder + "/silent.sh", "exit 0\n")
    lies = script(folder + "/lies.sh", 'echo "100%: Checks: 1, Failures: 0, Errors: 0"\nexit 1\n')
    skips = script(folder + "/skips.sh", 'echo "skipped: soul_ev_drive: no data folder"\n')
    slow = script(folder + "/slow.sh", "exec sleep 30\n")
    for programs, last, code in (
            ([ok], "12 passed, 0 failed, 0 skipped", 0),
            ([ok, ok, skips], "24 passed, 0 failed, 1 skipped", 0),
            ([ok, bad], "14 passed, 2 failed, 0 skipped", 1),
            ([dies], "0 passed, 1 failed, 0 skipped", 1),
            ([silent], "0 passed, 1 failed, 0 skipped", 1),
            ([lies], "1 passed, 1 failed, 0 skipped", 1),
            ([slow], "0 passed, 1 failed, 0 skipped", 1),
            ([folder + "/none"], "0 passed, 1 failed, 0 skipped", 1)):
        command = [sys.executable, ROOT + "/tools/run_tests.py", "--timeout", "1", *programs]
        done = run(command)
        right = done.returncode == code and done.stdout.splitlines()[-1] == last
        check(right, f"sums, {last}: {done}")


def machine(folder, hidden):
    """A PATH with everything of this machine but the hidden commands, and apt's tools faked."""
    bin_dir = folder + "/bin"
    os.makedirs(bin_dir)
    for place in ("/usr/local/bin", "/bin", "/usr/bin"):
        for name in os.listdir(place) if os.path.isdir(place) else []:
            if name not in hidden and not os.path.lexists(f"{bin_dir}/{name}"):
                os.symlink(f"{place}/{name}", f"{bin_dir}/{name}")
    for name in ("apt-get", "dpkg-query", "id", "sudo"):
        if os.path.lexists(f"{bin_dir}/{name}"):
            os.remove(f"{bin_dir}/{name}")
    installed = f"{folder}/installed"
    script(bin_dir + "/dpkg-query", f"[ -f {installed} ] && cat {installed}; exit 1\n")
    script(bin_dir + "/id", "echo 0\n")
    return {"PATH": bin_dir, "HOME": folder, "LC_ALL": "C"}


def test_deps(folder):
    env = machine(folder, ())
    log = folder + "/log"
    script(folder + "/bin/apt-get", f'echo "$*" >> {log}\n')

    def deps(*packages):
        if os.path.exists(log):
            os.remove(log)
        done = run([ROOT + "/tools/deps.sh", *packages], env=env)
        if not os.path.exists(log):
            return done, ""
        with open(log, encoding="utf-8") as file:
            return done, file.read()

    with open(folder + "/installed", "w", encoding="utf-8") as file:
        file.write("gcc installed\nmake installed\ncheck config-files\n")
    done, calls = deps("gcc", "make")
    check(done.returncode == 0 and calls + done.stdout == "", f"all there, quiet: {done} {calls}")
    done, calls = deps("gcc", "check", "zlib1g-dev")
    expected = "-qq update\n-qq install -y --no-install-recommends check zlib1g-dev\n"
    check(done.returncode == 0 and calls == expected, f"only the missing ones: {done} {calls}")
    script(folder + "/bin/id", "echo 1000\n")
    done, calls = deps("check")
    refused = done.returncode == 3 and calls == "" and "sudo" in done.stderr
    check(refused, f"neither root nor sudo: {done}")
    script(folder + "/bin/sudo", f'echo sudo >> {log}; exec "$@"\n')
    done, calls = deps("check")
    as_root = done.returncode == 0 and calls.startswith("sudo\n-qq update\nsudo\n")
    check(as_root, f"sudo: {done} {calls}")
    os.remove(folder + "/bin/apt-get")
    done, calls = deps("check")
    check(done.returncode == 3 and "check" in done.stderr, f"no apt: {done}")


MINI = {
    "cli/main.c": """#include <cjson/cJSON.h>
#include <hdf5.h>
#include <stdio.h>
int main(void) {
  cJSON *json = cJSON_CreateNumber(1.0);
  printf("ran %d\\n", json->valueint);
  cJSON_Delete(json);
  return 0;
}
""",
    "ecu_model/core/bms.c": "int bms_answer(void);\nint bms_answer(void) { return 42; }\n",
    "sim/can/dbc.c": "int dbc_answer(void);\nint dbc_answer(void) { return 42; }\n",
    "sim/can/dbc.h": "",
}


def test_deps_run(folder):
    """pkg-config arrives during the very command that needs it, in parallel."""
    for jobs, goal in (("-j4", "run"), ("-j4", "all")):
        base = f"{folder}/{jobs}{goal}"
        tree = base + "/tree"
        shutil.copytree(ROOT + "/tools", tree + "/tools")
        shutil.copy(ROOT + "/Makefile", tree)
        for path, text in MINI.items():
            script(f"{tree}/{path}", text)
        env = machine(base, ("pkg-config", "pkgconf", "x86_64-pc-linux-gnu-pkg-config"))
        real = shutil.which("pkg-config")
        install = f"sleep 0.3; ln -s {real} {base}/bin/pkg-config"
        script(base + "/bin/apt-get", f'case "$*" in *install*) {install};; esac\n')
        done = run(["make", jobs, "deps", goal], cwd=tree, env=env)
        shown = done.stdout if goal == "run" else run([tree + "/build/packsim"]).stdout
        right = done.returncode == 0 and "ran 1" in shown and "warning" not in done.stderr
        check(right, f"make {jobs} deps {goal}: {done}")


def test_help(_folder):
    text = run(["make", "-s", "help"], cwd=ROOT).stdout
    listed = re.findall(r"^  make (\S+) +\S", text, re.M)
    check(sorted(listed) == sorted(TARGETS), f"make help lists {listed}")


def test_stack(_folder):
    size = load("size")
    frames = {"bms_init": 8, "bms_step": 100, "a": 50, "b": 60, "entry": 300}
    calls = {"bms_step": {"a", "__indirect_call"}, "a": {"b"}, "entry": {"b"}}
    deepest = (460, ["bms_step", "entry", "b"])
    check(size.deepest(frames, calls) == deepest, "deepest path through a table")
    del calls["bms_step"]
    check(size.deepest(frames, calls)[0] == 100, "a path that nobody takes does not count")
    try:
        size.deepest(frames, {"bms_step": {"a"}, "a": {"bms_step"}})
        check(False, "recursion is refused")
    except SystemExit as refusal:
        check("bms_step > a > bms_step" in str(refusal), f"recursion is named: {refusal}")


def elf_of(flash_bytes):
    """An ELF file with its flash in two parts and memory that takes none of it."""
    loads = ((1, 0, 0, 0, flash_bytes - 8), (1, 0, 0x20000000, flash_bytes - 8, 8),
             (1, 0, 0x20000000, 0, 0), (0x70000001, 0, 0, 0, 64))
    head = b"\x7fELF\x01\x01" + bytes(22) + struct.pack("<I", 52) + bytes(10)
    return head + struct.pack("<HH", 32, len(loads)) + bytes(6) + b"".join(
        struct.pack("<5I", *load) + bytes(12) for load in loads)


def test_flash(folder):
    """The bar of the flash is that of the whole image, to the byte."""
    size = load("size")
    path = os.path.join(folder, "mps2-Os.elf")
    for flash_bytes, is_missed in ((60000, False), (65536, False), (65537, True), (90000, True)):
        with open(path, "wb") as file:
            file.write(elf_of(flash_bytes))
        check(size.flash_of(path) == flash_bytes, f"flash of {flash_bytes}: {size.flash_of(path)}")
        with contextlib.redirect_stdout(io.StringIO()) as text:
            seen = size.images_miss([path])
        check(seen == is_missed and ("MISSED" in text.getvalue()) == is_missed,
              f"bar at {flash_bytes} bytes: {text.getvalue()}")
    with open(path, "wb") as file:
        file.write(b"no image")
    try:
        size.flash_of(path)
        check(False, "no ELF file is refused")
    except ValueError as refusal:
        check("ELF" in str(refusal), f"no ELF file: {refusal}")
    shipped = run(["make", "-s", "-n", "firmware"], cwd=ROOT).stdout
    check("size.py" in shipped and "mps2-Os.elf" in shipped and "stm32g4-Os.elf" in shipped,
          f"make firmware holds the images to the bar: {shipped}")


def test_core_bars(_folder):
    """Flash is judged on the target alone, state and stack everywhere."""
    size = load("size")
    for flash, state, is_target, is_missed in ((65536, 16384, True, False),
                                               (65537, 16384, True, True),
                                               (83837, 16384, False, False),
                                               (83837, 16385, False, True)):
        with contextlib.redirect_stdout(io.StringIO()) as text:
            seen = size.core_misses(flash, 0, state, 2048, is_target)
        check(seen == is_missed and ("MISSED" in text.getvalue()) == is_missed
              and str(flash) in text.getvalue(), f"core's bars: {text.getvalue()}")


def test_evidence(folder):
    """Each part's section tells the commit that its results are of, whatever ran since."""
    tool = load("long")
    folders = {name: os.path.join(folder, name) for name, _ in tool.TEXTS}
    for path in folders.values():
        os.mkdir(path)
    summary = {"done": 3, "of": 4, "failed": 0, "seed": 1, "lines": ["least margin 2 A"]}
    with open(os.path.join(folders["limits"], "summary.json"), "w", encoding="utf-8") as file:
        json.dump(summary, file)
    tool.commit = lambda: "first"
    tool.note_commit(folders["limits"], None)
    tool.commit = lambda: "second"
    tool.note_commit(folders["limits"], summary)  # nothing new
    tool.note_commit(folders["watch"], None)  # nothing at all
    page = "\n".join(tool.evidence(folders))
    check("3 of 4 drives" in page and page.count("Results of commit first.") == 1
          and "second" not in page and page.count("Not run yet.") == 5, f"evidence: {page}")
    tool.note_commit(folders["limits"], {**summary, "done": 2})
    check("Results of commit second." in "\n".join(tool.evidence(folders)), "results that are new")
    done = run([sys.executable, os.path.join(ROOT, "tools", "long.py"), "--parts", "drive"])
    check(done.returncode == 2 and "--parts drive: unknown, allowed ecu drives" in done.stderr,
          f"an unknown part: {done.returncode} {done.stderr}")


def main():
    for test in (test_sums, test_deps, test_deps_run, test_help, test_stack, test_flash,
                 test_core_bars, test_evidence):
        with tempfile.TemporaryDirectory() as folder:
            test(folder)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
