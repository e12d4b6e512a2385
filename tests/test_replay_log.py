#!/usr/bin/env python3
"""packsim replay --log: a log goes onto a bus, each frame once, in order, not before its time."""
import json
import os
import subprocess
import sys
import tempfile

import tally
from tally import check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
PATIENCE_S = 60
BUS = f"udp:239.74.163.11:{21000 + (os.getpid() + 7) % 20000}"
FRAMES = ["100#0102", "7FF#", "1FFFFFFF#1122334455667788", "321#R4", "7E0##0" + "5A" * 12,
          "18DAF110##1" + "C3" * 64]
STEP_s = 0.003



def replay(*arguments):
    done = subprocess.run([PACKSIM, "replay", *arguments], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    return done.returncode, done.stdout, done.stderr


def heard(count, *arguments):
    """What a listener receives of a replay: (lines, the replay's figures)"""
    with subprocess.Popen([PACKSIM, "can", BUS, "--count", str(count), "--seconds", "30"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listener:
        listener.stderr.readline()  # it is there
        code, out, _ = replay("--bus", BUS, "--json", *arguments)
        lines, _ = listener.communicate(timeout=PATIENCE_S)
    check(code == 0, f"{arguments}: exit {code}")
    return [line.split()[2] for line in lines.splitlines()], json.loads(out)


def refuses(what, wanted, *arguments):
    code, out, err = replay(*arguments)
    check(code == 2 and out == "" and err.count("\n") == 1 and wanted in err,
          f"{what}: exit {code}, {err.strip()}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        log, pcap, odd = (os.path.join(folder, name) for name in ("a.log", "a.pcap", "odd.log"))
        wanted = [FRAMES[i % len(FRAMES)] for i in range(30)]
        with open(log, "w", encoding="ascii") as file:
            for i, frame in enumerate(wanted):
                file.write(f"({1000 + STEP_s * i:.6f}) can0 {frame}\n")
        span_s = STEP_s * (len(wanted) - 1)
        lines, told = heard(len(wanted), "--log", log)
        check(lines == wanted, f"all frames, in order: {lines}")
        check(told["sent"] == told["frames"] == len(wanted), f"counted: {told}")
        check(told["dropped"] == told["refused"] == 0, f"none lost: {told}")
        check(told["seconds"] >= span_s - 0.001, f"not before their time: {told}")
        _, told = heard(len(wanted), "--log", log, "--speed", "0.5")
        check(told["seconds"] >= 2 * span_s - 0.001, f"at half the speed: {told}")
        subprocess.run([PACKSIM, "can", "--read", log, "--pcap", pcap], check=True)
        lines, told = heard(3 * len(wanted), "--log", pcap, "--speed", "20", "--loop", "3")
        check(lines == 3 * wanted, "a pcap file, three times")
        check(told["frames"] == 3 * len(wanted), f"counted three times: {told}")
        with open(odd, "w", encoding="ascii") as file:
            file.write("(1.000000) can0 100#01\nnonsense\n")
        refuses("bad line", "odd.log:2:", "--log", odd, "--bus", BUS)
        with open(odd, "w", encoding="ascii") as file:
            file.write("\n")
        refuses("empty log", "holds no frame", "--log", odd, "--bus", BUS)
        refuses("no log there", "cannot be read", "--log", os.path.join(folder, "no"), "--bus", BUS)
        refuses("no bus", "allowed --log FILE --bus URL", "--log", log)
        refuses("no log", "allowed --log FILE --bus URL", "--bus", BUS)
        refuses("a bus of no kind", "carrier:pigeon", "--log", log, "--bus", "carrier:pigeon")
        refuses("speed 0", "0.001..1000", "--log", log, "--bus", BUS, "--speed", "0")
        refuses("loop 0", "--loop", "--log", log, "--bus", BUS, "--loop", "0")
        refuses("both kinds", "DIR|RUN or --log", "--log", log, "--bus", BUS, "out")
        code, _, _ = replay("--log", log, "--bus", "socketcan:no_such")
        check(code == 3, f"no interface: exit {code}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
