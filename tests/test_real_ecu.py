#!/usr/bin/env python3
"""docs/real-ecu.md tells the truth: its blocks of commands run, on udp: for can0, or on the
kernel's can0 (argument: can0), with a stand-in that sends what a Soul EV's BMS does."""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
PATIENCE_S = 120
# 0x594: 100 kW both ways, 42.5 %; 0x595: 361.0 V
FRAMES = ["594#1027102700550000", "595#000000000000 1A0E".replace(" ", "")]


def blocks(text, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)


def run_block(block, folder, environment):
    """Stops at the first line that fails."""
    with open(os.path.join(folder, "block.out"), "w+", encoding="utf-8") as out:
        with subprocess.Popen(["bash", "-e", "-o", "pipefail", "-c", block], cwd=folder, stdout=out,
                              stderr=subprocess.STDOUT, env=environment,
                              start_new_session=True) as done:
            try:
                code = done.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                os.killpg(done.pid, 9)
                code = "no end"
        out.seek(0)
        return code, out.read()


def main():
    bus = sys.argv[1] if len(sys.argv) > 1 else f"udp::{20000 + os.getpid() % 20000}"
    with open(os.path.join(ROOT, "docs", "real-ecu.md"), encoding="utf-8") as file:
        page = file.read()
    commands, examples = blocks(page, "sh"), blocks(page, "json")
    failures = [] if len(commands) >= 5 and len(examples) == 1 else ["blocks of the page not found"]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "first.json"), "w", encoding="utf-8") as file:
            file.write(examples[0])
        os.mkdir(os.path.join(folder, "bin"))
        os.symlink(PACKSIM, os.path.join(folder, "bin", "packsim"))
        environment = {**os.environ, "PACKSIM_HOME": ROOT,
                       "PATH": os.path.join(folder, "bin") + ":" + os.environ["PATH"]}
        sends = [word for frame in FRAMES for word in ("--send", frame)]
        with subprocess.Popen([PACKSIM, "can", bus, *sends, "--every", "100", "--quiet"]) as ecu:
            for block in commands:
                if "udp:" in block and not bus.startswith("udp"):
                    continue  # the rehearsal is for machines without an interface
                block = re.sub(r"udp:(?= )|can0", bus, block)
                code, text = run_block(block, folder, environment)
                if code != 0:
                    failures.append(f"{block}exit {code}\n{text}")
                if "bus.log | tail" in block and "#" not in text:
                    failures.append(f"{block}no frame in the log:\n{text}")
                if "first.pcap | tail" in block and "594#1027102700550000" not in text:
                    failures.append(f"{block}the ECU is not heard:\n{text}")
            ecu.terminate()
        log = os.path.join(folder, "out-first", "FIRST", "bus.log")
        with open(log, encoding="ascii") if os.path.exists(log) else open(os.devnull) as file:
            ids = set(re.findall(r" (\w{3})#", file.read()))
        for ident in ("100", "200", "523", "524", "581", "594", "595"):
            if ident not in ids:
                failures.append(f"frame {ident} is not in the log of the first run: {sorted(ids)}")
    for failure in failures:
        print(f"test_real_ecu.py: {failure}")
    total = len(commands) + 9
    print(f"{100 * (total - len(failures)) // total}%: Checks: {total}, Failures: {len(failures)}, "
          "Errors: 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
