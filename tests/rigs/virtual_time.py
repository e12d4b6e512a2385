#!/usr/bin/env python3
"""Plant, ECU and candump as processes on a kernel's vcan0, in virtual time: scenarios as by the
clock, and twice with the same frames at the same times.

usage: tests/rigs/virtual_time.py FOLDER [--short | --matrix [CASE ...]]
  --short   the overvoltage on FD and classic frames, and the matrix of kills while driving
  --matrix  only the matrix of kills, all 18 cases or those named (kill_matrix.py), in one guest
Two guests (guest.sh virtual) run two_processes.py by their clock and then kill_matrix.py. Logs and
results stay in FOLDER/1 and FOLDER/2. Exit 0 iff all passed and both are the same, byte by byte, 3
with one line where this machine lacks something.
"""
import filecmp
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 14400  # only a hang takes it
# Nothing in the guest may wait for this machine, as writing to its console does.
INSIDE = """
cd /mnt || exit 2
here=$1 python=$2 short=$3 part=$4
"$python" -u "$here/two_processes.py" vcan0 --real-time $short --keep /mnt/bus >verdicts.txt 2>&1
echo $? >verdicts.code
mkdir matrix
"$python" -u "$here/kill_matrix.py" vcan0 /mnt/matrix $part >matrix.txt 2>&1
echo $? >matrix.code
cat /proc/sys/kernel/random/uuid >random.txt # the guest draws the same, or its clocks part in time
cut -d ' ' -f 1 /proc/uptime >uptime.txt
"""
MATRIX = """
cd /mnt && mkdir matrix || exit 2
here=$1 python=$2 && shift 2
"$python" -u "$here/kill_matrix.py" vcan0 /mnt/matrix "$@" >matrix.txt 2>&1
echo $? >matrix.code
cut -d ' ' -f 1 /proc/uptime >uptime.txt
"""


def has_all():
    """None, or what is missing here."""
    for tool in ("busybox", "taskset", "timeout", "python3"):
        if shutil.which(tool) is None:
            return f"no {tool} here; make deps-virtual-time brings it"
    if shutil.which("candump") is None:
        return "no candump here; make deps-virtual-time brings it"
    # The kernel's script says what it lacks.
    done = subprocess.run([f"{HERE}/uml_kernel.sh"], stdout=subprocess.DEVNULL, check=False)
    return "no kernel for the guest" if done.returncode != 0 else None


def start_guest(folder, number, script, *arguments):
    """On a processor of its own, as far as there are some."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    cpus = sorted(os.sched_getaffinity(0))
    env = dict(os.environ, RIG_CPU=str(cpus[-1 - number % len(cpus)]))
    return subprocess.Popen([f"{HERE}/guest.sh", "virtual", "-t", str(LIMIT_S), "-w", folder, "sh",
                             "-c", script, "sh", HERE, sys.executable, *arguments], env=env)


def run_guests(folders, script, *arguments):
    """Seconds that they took, and seconds of processor that they had."""
    begin_s, begin = time.monotonic(), os.times()
    guests = []
    try:
        for number, folder in enumerate(folders):
            guests.append(start_guest(folder, number, script, *arguments))
        for guest in guests:
            guest.wait()
    finally:
        for guest in guests:
            if guest.poll() is None:
                guest.terminate()  # it takes its guest with it
                guest.wait()
    end = os.times()
    used_s = end.children_user + end.children_system - begin.children_user - begin.children_system
    return time.monotonic() - begin_s, used_s


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().rstrip()


def files(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder)
                  for at, _, names in os.walk(folder) for name in names)


def differing(first, second):
    """Names of the files that are not the same."""
    names = sorted(set(files(first)) | set(files(second)))
    return [name for name in names
            if not (os.path.exists(f"{first}/{name}") and os.path.exists(f"{second}/{name}") and
                    filecmp.cmp(f"{first}/{name}", f"{second}/{name}", shallow=False))]


def frames(path):
    with open(path, encoding="ascii") as log:
        return sum(1 for _ in log)


def run_matrix(folder, cases):
    """Exit code of the matrix alone."""
    wall_s, used_s = run_guests([folder], MATRIX, *cases)
    guest_s = float(read(folder + "/uptime.txt") or 0)
    print(f"one guest: {guest_s:.0f} s of its time in {wall_s:.0f} s of ours, with {used_s:.0f} s "
          "of processor")
    print(read(folder + "/matrix.txt") + read(folder + "/matrix/table.txt"))
    return 0 if read(folder + "/matrix.code") == "0" else 1


def main():
    is_matrix = sys.argv[2:3] == ["--matrix"]
    if len(sys.argv) < 2 or not (is_matrix or sys.argv[2:] in ([], ["--short"])):
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder, is_short = os.path.abspath(sys.argv[1]), len(sys.argv) > 2
    missing = has_all()
    if missing:
        print(f"test-virtual-time: {missing}", file=sys.stderr)
        return 3
    if is_matrix:
        return run_matrix(folder, sys.argv[3:])
    failed = passed = 0
    wall_s, used_s = run_guests([f"{folder}/1", f"{folder}/2"], INSIDE,
                                "--short" if is_short else "", "drive" if is_short else "")
    guest_s = float(read(folder + "/1/uptime.txt") or 0)
    print(f"two guests at once, start and end included: {guest_s:.0f} s in each in {wall_s:.0f} s "
          f"of ours, {guest_s / wall_s:.2f} times as fast as the clock; with {used_s:.0f} s of "
          f"processor for both, so {2 * guest_s / used_s:.2f} times where each has one of its own",
          flush=True)
    for part in ("verdicts", "matrix"):
        text = read(f"{folder}/1/{part}.txt") + read(f"{folder}/1/{part}/table.txt")
        print(text)
        sums = re.search(r"Checks: (\d+), Failures: (\d+)", text)
        bad = int(sums.group(2)) if sums else 1
        if bad == 0 and read(f"{folder}/1/{part}.code") != "0":
            bad = 1
        failed += bad
        passed += int(sums.group(1)) - bad if sums else 0
    different = differing(folder + "/1", folder + "/2")
    log = folder + "/1/bus/candump.log"
    count = frames(log) if os.path.exists(log) else 0
    if different:
        print("not the same in both guests: " + ", ".join(different))
    else:
        print(f"both guests: the same {count} frames at the same times, the same results, "
              f"{len(files(folder + '/1'))} files byte by byte")
    failed += 1 if different or count == 0 else 0
    passed += 0 if different or count == 0 else 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
