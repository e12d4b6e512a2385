#!/usr/bin/env python3
"""Programs that others wrote attach to packsim's buses and read its logs: python-can over udp,
socketcand and slcan, both directions; tshark and python-can on files."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tally
from tally import check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
PEER = os.path.join(ROOT, "tests", "peer_can.py")
PATIENCE_S = 30
PORT = 21000 + os.getpid() % 20000
GROUP = "239.74.163.10"

# frame text as packsim takes it, and as peer_can.py shows it
CLASSIC = [("123#010203", "123 0 0 0 0 010203"), ("7FF#", "7FF 0 0 0 0 (0)"),
           ("000#FF", "0 0 0 0 0 FF"), ("1FFFFFFF#1122334455667788",
                                        "1FFFFFFF 1 0 0 0 1122334455667788"),
           ("00000123#0A0D3E3C", "123 1 0 0 0 0A0D3E3C")]
REMOTE = [("321#R4", "321 0 1 0 0 (4)"), ("18DAF110#R", "18DAF110 1 1 0 0 (0)")]
FD = [("7E0##0" + "5A" * 12, "7E0 0 0 1 0 " + "5A" * 12),
      ("18DAF110##1" + "C3" * 64, "18DAF110 1 0 1 1 " + "C3" * 64)]

skips = []


def python_with_can():
    for python in (sys.executable, "/usr/bin/python3"):
        probe = [python, "-c", "import can, serial, msgpack"]
        if os.path.exists(python) and subprocess.run(probe, capture_output=True,
                                                     check=False).returncode == 0:
            return python
    return None


class Process:
    """A child whose lines are read as they come; it is ended with the block."""

    def __init__(self, command, stderr=subprocess.DEVNULL):
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=stderr, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.communicate()

    def line(self):
        return self.child.stdout.readline().rstrip("\n")

    def ask(self, command):
        """Lines up to "end"."""
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        lines = []
        while (line := self.line()) not in ("end", ""):
            lines.append(line.strip())
        return lines

    def rest(self):
        out, err = self.child.communicate(timeout=PATIENCE_S)
        return out, err, self.child.returncode


def packsim(*arguments):
    return Process([PACKSIM, "can", *arguments], stderr=subprocess.PIPE)


def listens(process):
    """Wait for the line on stderr that tells the address."""
    return " at " in process.child.stderr.readline()


def frames_of(log):
    return [line.split()[2] for line in log.splitlines()]


def send_all(node, frames):
    for _, shown in frames:
        node.ask("send " + shown)


def test_udp(peer):
    frames = CLASSIC + REMOTE + FD
    url, arguments = f"udp:{GROUP}:{PORT}", ["udp", GROUP, str(PORT)]
    with Process(peer + arguments, stderr=subprocess.PIPE) as node:
        if node.line() != "ready":
            check(False, f"udp peer: {node.child.stderr.read()}")
            return
        sends = [word for text, _ in frames for word in ("--send", text)]
        done = subprocess.run([PACKSIM, "can", url, *sends], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        check(done.returncode == 0, f"udp: packsim sends: {done}")
        got = node.ask(f"recv {len(frames)} 10")
        check(got == [shown for _, shown in frames], f"udp: packsim to python-can: {got}")
        with packsim(url, "--count", str(len(frames)), "--seconds", "10") as watcher:
            check(listens(watcher), "udp: packsim listens")
            node.child.stdin.write("".join(f"send {shown}\n" for _, shown in frames))
            node.child.stdin.flush()
            for _ in frames:
                if node.line() != "end":
                    skips.append("peers_udp_receive: python-can cannot send to a multicast group "
                                 "here (no route to it)")
                    return
            out, err, code = watcher.rest()
            check(code == 0 and frames_of(out) == [text for text, _ in frames],
                  f"udp: python-can to packsim: {out} {err}")


def ids(shown):
    return [(int(line.split()[0], 16), line.split()[5]) for line in shown]


def test_socketcand(peer):
    url = f"socketcand:{PORT}"
    burst = [(f"{0x100 + i:03X}#{i:02X}", f"{0x100 + i:X} 0 0 0 0 {i:02X}") for i in range(20)]
    frames = CLASSIC + burst
    sends = [word for text, _ in frames for word in ("--send", text)]
    with packsim(url, *sends, "--dump", "--count", "25", "--seconds", "20") as server:
        check(listens(server), "socketcand: packsim listens")
        with Process(peer + ["socketcand", "127.0.0.1", str(PORT)]) as node:
            check(node.line() == "ready", "socketcand: handshake of python-can")
            got = node.ask(f"recv {len(frames)} 10")
            check(ids(got) == ids(shown for _, shown in frames),
                  f"socketcand: packsim to python-can: {got}")
            send_all(node, frames)
            out, err, code = server.rest()
            expected = [text if len(text.split("#")[0]) == 3 or int(text[:8], 16) > 0xFFF else
                        text[5:] for text, _ in frames]  # its client does not pad extended ids
            check(code == 0 and frames_of(out) == expected,
                  f"socketcand: python-can to packsim: {out} {err}")


def test_slcan(peer, folder):
    link = folder + "/adapter"
    frames = CLASSIC + REMOTE
    sends = [word for text, _ in frames for word in ("--send", text)]
    with packsim("slcan:" + link, *sends, "--dump", "--count", str(len(frames)), "--seconds",
                 "20") as adapter:
        check(listens(adapter) and os.path.islink(link), "slcan: packsim makes its link")
        with Process(peer + ["slcan", link]) as node:
            check(node.line() == "ready", "slcan: python-can opens")
            got = node.ask(f"recv {len(frames)} 10")
            check(got == [shown for _, shown in frames], f"slcan: packsim to python-can: {got}")
            send_all(node, frames)
            out, err, code = adapter.rest()
            check(code == 0 and frames_of(out) == [text for text, _ in frames],
                  f"slcan: python-can to packsim: {out} {err}")
    check(not os.path.lexists(link), "slcan: the link is gone")


def write_log(folder):
    """One of each kind, as a candump log."""
    log = folder + "/frames.log"
    with open(log, "w", encoding="utf-8") as file:
        for i, (text, _) in enumerate(CLASSIC + REMOTE + FD):
            file.write(f"({1700000000 + i}.{i:06d}) can0 {text}\n")
    return log


def test_log_python(peer, folder):
    log, copy = write_log(folder), folder + "/copy.log"
    out = subprocess.run([PACKSIM, "can", "--read", log], capture_output=True, text=True,
                         check=False).stdout
    with open(copy, "w", encoding="utf-8") as file:
        file.write(out)
    shown = subprocess.run(peer + ["log", copy], capture_output=True, text=True,
                           check=False).stdout
    got = [line.strip() for line in shown.splitlines()]
    check(got == [text for _, text in CLASSIC + REMOTE + FD], f"python-can reads a log: {got}")


def fields(text):
    """(id, flags, data) that tshark must show for a frame text."""
    name, data = text.split("#", 1)
    is_fd = data.startswith("#")
    is_remote = data.startswith("R")
    payload = "" if is_remote else (data[2:] if is_fd else data).lower()
    return [str(int(name, 16)), str(int(len(name) == 8)), "" if is_fd else str(int(is_remote)),
            str(int(data[1])) if is_fd else "", payload]


def test_pcap(folder):
    log, capture = write_log(folder), folder + "/frames.pcap"
    subprocess.run([PACKSIM, "can", "--read", log, "--pcap", capture], check=True)
    back = subprocess.run([PACKSIM, "can", "--read", capture], capture_output=True, text=True,
                          check=False).stdout
    frames = [text for text, _ in CLASSIC + REMOTE + FD]
    check(frames_of(back) == frames, f"pcap comes back: {back}")
    if shutil.which("tshark") is None:
        skips.append("peers_tshark: tshark is not installed")
        return
    command = ["tshark", "-r", capture, "-T", "fields", "-E", "separator=;"]
    for field in ("can.id", "can.flags.xtd", "can.flags.rtr", "canfd.flags.brs", "data.data",
                  "frame.time_epoch"):
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [re.split(";", line) for line in done.stdout.splitlines()]
    flag = {"True": "1", "False": "0"}
    got = [[str(int(line[0], 0))] + [flag.get(cell, cell) for cell in line[1:5]] for line in lines]
    for line in got:
        if line[0] == "0":
            line[4] = "ff"  # tshark takes id 0 for CANopen and shows its data elsewhere
    check(got == [fields(text) for text in frames], f"tshark reads: {got} {done.stderr}")
    stamps = [float(line[5]) for line in lines]
    check(stamps == [round(1700000000 + i + i * 1e-6, 6) for i in range(len(frames))],
          f"tshark's times: {stamps}")


def main():
    python = python_with_can()
    with tempfile.TemporaryDirectory() as folder:
        if python is None:
            skips.append("peers_python_can: python3-can (with serial, msgpack) is not installed")
        else:
            peer = [python, PEER]
            test_udp(peer)
            test_socketcand(peer)
            test_slcan(peer, folder)
            test_log_python(peer, folder)
        test_pcap(folder)
    for text in skips:
        print(f"skipped: {text}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
