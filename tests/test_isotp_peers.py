#!/usr/bin/env python3
"""ISO-TP with programs of others: scapy asks the BMS over udp, tshark puts the recorded frames
together again and names the services. Skips by name what is not installed."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tally
from tally import check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
PEER = os.path.join(ROOT, "tests", "peer_isotp.py")
GROUP, PORT = "239.74.163.62", 20000 + os.getpid() % 20000
BUS = f"udp:{GROUP}:{PORT}"
PATIENCE_S = 90
LIVE = {"packsim": 1, "id": "LIVE", "title": "Programs of others ask",
        "why": "What they read comes through their ISO-TP, not through ours.",
        "requirements": ["SR-CM-1"], "tags": ["diag"], "seed": 3,
        "pack": {"soc_pct": 60, "temperature_degC": 25},
        "load": [{"at_s": 0.5, "request": "drive", "current_A": 20}],
        "expect": [{"id": "alive", "signal": "bms.valid_group_count", "eq": 96,
                    "within_ms": 2000}], "end": {"at_s": PATIENCE_S}}
# request, how its reply begins, bytes of it, scapy's name for it
ASKED = [
    ("3E00", "7E00", 2, "UDS_TPPR"),
    ("2101", "6101FFFFFFFF", 61, None),
    ("2102", "6102FFFFFFFF", 38, None),
    ("2105", "6105FFFFFFFF", 44, None),
    ("3/10:2101", "6101FFFFFFFF", 61, None),  # flow control after 3 frames, 10 ms between them
    ("1/127:2105", "6105FFFFFFFF", 44, None),
    ("220200020102020203", "620200", 19, None),  # the request, too, has two frames
    ("2701", "7F2711", 3, "UDS_NR"),
    ("7DF:3E00", "7E00", 2, "UDS_TPPR"),
    ("7DF:27FF", "none", 0, None),
    ("1003", "500300", 6, "UDS_DSCPR"),
    ("190A", "590AFF", None, "UDS_RDTCIPR")]

skips = []


def python_with_scapy():
    probe = "import can, msgpack; from scapy.contrib.isotp import ISOTPSoftSocket"
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", probe], capture_output=True, check=False).returncode == 0:
            return python
    return None


def end(process):
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)


def is_awake():
    """Its state, as read by packsim itself, is drive."""
    done = subprocess.run([PACKSIM, "diag", "--bus", BUS, "--timeout-ms", "300", "read", "STATE",
                           "--json"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and json.loads(done.stdout)["state"] == 4


def waits_for_drive():
    until = time.monotonic() + PATIENCE_S / 3
    while time.monotonic() < until:
        if is_awake():
            return True
        time.sleep(0.1)
    return False


def check_scapy(answers):
    check(len(answers) == len(ASKED), f"scapy: {len(answers)} answers to {len(ASKED)} requests")
    for (request, head, count, name), line in zip(ASKED, answers):
        words = line.split()
        reply = words[0]
        length = 0 if reply == "none" else len(reply) // 2
        check(reply.startswith(head) and count in (None, length), f"scapy: {request}: {line}")
        check(name is None or words[1:] == [name], f"scapy names the reply to {request}: {line}")


def check_tshark(pcap, answers):
    """Its own reassembly gives the bytes that scapy's gave, and it knows the services."""
    fields = ["can.id", "uds.sid", "uds.reply", "iso15765.reassembled.length"]
    command = ["tshark", "-r", pcap, "-o", "iso15765.can.ids:2015,2020,2028", "-o",
               "iso15765.window:64", "-d", "iso15765.subdissector,uds", "-Y", "uds", "-T", "fields"]
    done = subprocess.run(command + [word for field in fields for word in ("-e", field)],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"tshark: {done.stderr[-300:]}")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    replies = [row for row in rows if row[0] == "2028" and row[2] in ("0x01", "1", "True")]
    asked = [(request, line.split()[0]) for (request, *_), line in zip(ASKED, answers)
             if not line.startswith("none")]
    replies = replies[-len(asked):]  # what came before was packsim's own waiting
    check(len(replies) == len(asked), f"tshark: {len(replies)} replies of {len(asked)}")
    for (request, reply), row in zip(asked, replies):
        service = int(reply[2:4], 16) if reply.startswith("7F") else int(reply[:2], 16) & 0xBF
        check(int(row[1], 0) in (service, 0x3F), f"tshark: service of {request}: {row}")
        length = len(reply) // 2
        check(row[3] in ("", str(length)) and (row[3] != "" or length <= 7),
              f"tshark: length of the reply to {request}: {row}, {length} bytes")
    named = subprocess.run(command[:-2], capture_output=True, text=True, check=False).stdout
    for name in ("Tester Present", "Read Data By Identifier", "Diagnostic Session Control",
                 "Read DTC Information", "Service not supported"):
        check(name in named, f"tshark does not name {name}")


def run_all(python, folder):
    file, pcap = os.path.join(folder, "live.json"), os.path.join(folder, "live.pcap")
    with open(file, "w", encoding="utf-8") as stream:
        json.dump(LIVE, stream)
    run = [PACKSIM, "run", file, "--bus", BUS, "--record", "none", "--quiet", "--out",
           os.path.join(folder, "out")]
    with subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as live:
        check(waits_for_drive(), "the BMS answers on the bus")
        with subprocess.Popen([PACKSIM, "can", BUS, "--pcap", pcap], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as recorder:
            time.sleep(0.5)
            peer = subprocess.run([python, PEER, GROUP, str(PORT)] + [row[0] for row in ASKED],
                                  capture_output=True, text=True, check=False, timeout=PATIENCE_S)
            time.sleep(0.3)
            end(recorder)
        end(live)
    check(peer.returncode == 0, f"scapy: {peer.stderr[-500:]}")
    answers = peer.stdout.splitlines()
    check_scapy(answers)
    if shutil.which("tshark"):
        check_tshark(pcap, answers)
    else:
        skips.append("tshark is not installed: make deps-rigs brings it")


def main():
    python = python_with_scapy()
    if python is None:
        skips.append("scapy, python-can or msgpack is not installed: make deps-rigs brings them")
    else:
        with tempfile.TemporaryDirectory() as folder:
            run_all(python, folder)
    for text in skips:
        print(f"skipped: {text}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
