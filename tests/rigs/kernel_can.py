#!/usr/bin/env python3
"""Kernel CAN with programs of others: candump, cansend, cangen and ip against `packsim can`.

usage: tests/rigs/kernel_can.py GROUP...   needs root, vcan0 and vcan1 up, can-utils, iproute2
  peers        frames of every kind both ways, time stamps, lost frames counted
  interfaces   down and up, deleted and made again, missing, no permission
  bus-off      a controller that the kernel sees go off the bus (slcan_bus, built)
  controllers  bit rates on can0 and can1, two controllers on one wire
  isotp        the kernel's ISO-TP sockets ask the BMS of a run: isotpsend, isotprecv, isotpdump
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
SLCAN_BUS = os.path.join(os.path.dirname(PACKSIM), "rigs", "slcan_bus")
PATIENCE_S = 40
CLASSIC = ["123#010203", "7FF#", "000#FF", "1FFFFFFF#1122334455667788", "00000123#0A0D3E3C"]
REMOTE = ["321#R4", "18DAF110#R", "001#R8"]
FD = ["7E0##0" + "5A" * 12, "18DAF110##1" + "C3" * 64, "055##1"]
LAST = "7AB#C0FFEE"
MARK = "1ABCDEF0#AA"  # tells that a reader is attached

passed = 0
failures = []


def check(condition, what):
    global passed
    if condition:
        passed += 1
    else:
        failures.append(what)
        print("FAIL", what, flush=True)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def link(words):
    done = run("ip", "link", *words.split())
    check(done.returncode == 0, f"ip link {words}: {done.stderr}")


def fresh(name="vcan7"):
    """A virtual interface that is up and carries FD."""
    run("ip", "link", "del", name)
    link(f"add dev {name} type vcan")
    link(f"set {name} mtu 72 up")
    return name


class Task:
    """A program that writes into files while the test goes on; ended with the block."""

    def __init__(self, *command):
        self.out = tempfile.TemporaryFile("w+")
        self.err = tempfile.TemporaryFile("w+")
        self.child = subprocess.Popen(command, stdout=self.out, stderr=self.err,
                                      stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.out.close()
        self.err.close()

    def read(self, which="out"):
        file = getattr(self, which).fileno()  # the program writes at its position: leave it there
        text = os.pread(file, os.fstat(file).st_size, 0).decode()
        return re.sub(r"[^\n]+\Z", "", text)  # whole lines

    def waits_for(self, text, which="out"):
        until = time.monotonic() + PATIENCE_S
        while text not in self.read(which):
            if time.monotonic() > until or self.child.poll() is not None:
                return text in self.read(which)
            time.sleep(0.02)
        return True

    def ends(self):
        """Ctrl-C, and its exit status."""
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(PATIENCE_S)


def packsim(*arguments):
    """packsim can, attached when this returns."""
    task = Task(PACKSIM, "can", *arguments)
    check(task.waits_for(" at ", "err"), f"packsim can {arguments} attaches: {task.read('err')}")
    return task


def candump(name, *options):
    """candump, attached when this returns: it shows a first frame, which is taken off again."""
    task = Task("candump", "-L", *options, name)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and MARK not in task.read():
        run("cansend", name, MARK)
        time.sleep(0.05)
    return task


def lines_of(log):
    """candump's lines as packsim writes them, without the mark. Kernels since 6.1 set a third flag
    in every FD frame (FDF, 4), and candump shows it; a log's reader must not care."""
    return [re.sub(r"##([0-9A-F])", lambda m: f"##{int(m.group(1), 16) & 3:X}", line)
            for line in log.splitlines() if not line.endswith(MARK)]


def frames(log):
    return [line.split()[2] for line in lines_of(log)]


def counter(text, what):
    found = re.findall(rf"(\d+) {what}", text)
    return int(found[-1]) if found else -1


# --- peers ---------------------------------------------------------------------------------------

def test_to_candump():
    name, sent = fresh(), CLASSIC + REMOTE + FD
    sends = [word for text in sent for word in ("--send", text)]
    with candump(name) as peer:
        done = run(PACKSIM, "can", name, *sends)
        check(done.returncode == 0, f"packsim sends: {done}")
        check(counter(done.stderr, "sent") == len(sent), f"all sent: {done.stderr}")
        run("cansend", name, LAST)
        peer.waits_for(LAST)
        # candump writes a remote frame of length 0 as R, and so does packsim
        check(frames(peer.read()) == sent + [LAST], f"candump hears {peer.read()}")


def test_from_cansend():
    name, sent = fresh(), CLASSIC + REMOTE + FD
    with packsim(name, "--count", str(len(sent)), "--seconds", str(PATIENCE_S)) as listener:
        for text in sent:
            check(run("cansend", name, text).returncode == 0, f"cansend {text}")
        check(listener.child.wait(PATIENCE_S) == 0, "packsim ends after its count")
        check(frames(listener.read()) == sent, f"packsim hears {listener.read()}")


def test_cangen():
    """Two readers of one stream: the same frames, the same stamps of the kernel, line by line."""
    name, count = fresh(), 150  # as many as candump's own buffer holds
    for kind in ([], ["-e"], ["-R"], ["-f"], ["-f", "-b", "-e"]):
        with candump(name) as peer, packsim(name) as listener:
            done = run("cangen", name, "-g", "0", "-n", str(count), *kind)  # random in all else
            check(done.returncode == 0, f"cangen {kind}: {done}")
            run("cansend", name, LAST)
            both = peer.waits_for(LAST) and listener.waits_for(LAST)
            code = listener.ends()
            lines = lines_of(peer.read())
            check(both and code == 0 and len(lines) == count + 1, f"cangen {kind}: {len(lines)}")
            heard = listener.read().splitlines()
            wrong = [pair for pair in zip(lines, heard) if pair[0] != pair[1]]
            check(len(heard) == len(lines) and not wrong, f"cangen {kind}: {wrong[:3]}")
            with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
                log.write(peer.read())
                log.flush()
                done = run(PACKSIM, "can", "--read", log.name)
            check(lines_of(done.stdout) == lines, f"its log is read, {kind}: {done.stderr}")


def test_overrun():
    """A reader that is stopped loses frames: received and lost are all that were sent."""
    name, count = fresh(), 15000
    with packsim(name) as listener:
        listener.child.send_signal(signal.SIGSTOP)
        done = run("cangen", name, "-g", "0", "-n", str(count), "-I", "123", "-L", "8", "-D", "i")
        check(done.returncode == 0, f"cangen at full speed: {done}")
        listener.child.send_signal(signal.SIGCONT)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and LAST not in listener.read():
            run("cansend", name, LAST)  # the kernel tells its count with the next frame
            time.sleep(0.3)
        check(listener.ends() == 0, "packsim ends with Ctrl-C")
        heard = frames(listener.read())
        total, lost = counter(listener.read("err"), "received"), counter(
            listener.read("err"), "lost before they were read")
        print(f"  {count} frames unread: {len(heard)} kept, {lost} lost, told so", flush=True)
        stream = [int.from_bytes(bytes.fromhex(text[4:]), "little") for text in heard
                  if text != LAST]
        check(total == len(heard), f"count of received: {total} {len(heard)}")
        check(lost > 0 and len(stream) + lost >= count, f"lost {lost}, read {len(stream)}")
        check(len(stream) + lost <= count + 50, f"lost {lost}, read {len(stream)}: no frame twice")
        check(stream == sorted(set(stream)) and len(stream) > 2000, "order, none twice, room")


# --- interfaces ----------------------------------------------------------------------------------

def heard_again(task, name, frame):
    """Does a frame that cansend sends now and again reach the port?"""
    until = time.monotonic() + 20
    while time.monotonic() < until and frame not in task.read():
        run("cansend", name, frame)
        time.sleep(0.2)
    return frame in task.read()


def test_comes_back():
    name = fresh()
    with packsim(name, "--send", "100#01", "--every", "20", "--dump") as port:
        check(heard_again(port, name, "201#"), "hears at first")
        for round_index in range(2):
            link(f"set {name} down")
            time.sleep(0.5)
            link(f"set {name} up")
            check(heard_again(port, name, f"30{round_index}#"), f"down and up {round_index}")
        for round_index in range(2):
            link(f"del {name}")
            time.sleep(0.3)
            run("ip", "link", "del", "vcan8")
            link("add dev vcan8 type vcan")  # takes an index, so that the new one is another
            time.sleep(0.3)
            link(f"add dev {name} type vcan")
            link(f"set {name} mtu 72 up")
            check(heard_again(port, name, f"40{round_index}#"), f"made again {round_index}")
        with candump(name) as peer:
            check(peer.waits_for("100#01"), "sends again")
        check(port.child.poll() is None and port.ends() == 0, "lived through all")
        told = port.read("err")
        check(counter(told, "dropped") > 20 and told.rstrip().endswith(", active"),
              f"frames to nowhere are counted: {told}")


def test_ends_out():
    """What the last line says of an interface that is out."""
    name = fresh()
    for command, state in ((f"set {name} down", "down"), (f"del {name}", "gone")):
        fresh(name)
        with packsim(name, "--send", "100#01", "--every", "20") as port:
            time.sleep(0.3)
            link(command)
            time.sleep(0.6)
            check(port.ends() == 0, f"ends while {state}")
            told = port.read("err").rstrip()
            check(re.search(rf"{state}[a-z ]*$", told.splitlines()[-1]), f"{state}: {told}")


def refused(arguments, words, prefix=()):
    done = run(*prefix, PACKSIM, "can", *arguments)
    right = done.returncode == 3 and len(done.stderr.splitlines()) == 1 and words in done.stderr
    check(right, f"{arguments} is refused with '{words}' in one line: {done}")


def test_refusals():
    name, nobody = fresh(), ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    refused(["can9", "--seconds", "1"], "can9: no such interface")
    refused(["can9", "--up", "--seconds", "1"], "can9: no such interface")
    refused(["socketcan:lo", "--seconds", "1"], "lo: ")
    link(f"set {name} down")
    refused([name, "--seconds", "1"], f"as root: ip link set {name} up, or --up here")
    refused([name, "--up", "--seconds", "1"], "needs root", nobody)
    refused([name, "--bitrate", "500000", "--up"], "bit rate is n/a")
    done = run(PACKSIM, "can", name, "--up", "--send", "123#11")
    check(done.returncode == 0 and "controller n/a" in done.stderr, f"--up: {done}")
    check(counter(done.stderr, "sent") == 1, f"--up, and sent at once: {done.stderr}")
    done = run(*nobody, PACKSIM, "can", name, "--send", "123#11")
    check(done.returncode == 0, f"anybody may send on what is up: {done}")
    link(f"set {name} down")
    link(f"set {name} mtu 16 up")
    done = run(PACKSIM, "can", name, "--send", "123##1AA")
    check(done.returncode == 2 and "carries no FD frames" in done.stderr, f"mtu 16: {done}")
    done = run(PACKSIM, "doctor")
    check(re.search(rf"yes +socketcan .*{name} up", done.stdout), f"doctor: {done.stdout}")
    check(re.search(rf"yes +{name} +up, controller n/a, queue \d+, classic$", done.stdout, re.M),
          f"doctor on {name}: {done.stdout}")
    link(f"set {name} down")
    done = run(PACKSIM, "doctor")
    check(f"as root: ip link set {name} up" in done.stdout, f"doctor, {name} down: {done.stdout}")


# --- a controller that goes off the bus ----------------------------------------------------------

def test_bus_off():
    with Task(SLCAN_BUS) as wire:
        if not wire.waits_for("\n"):
            check(False, f"slcan_bus: {wire.read('err')}")
            return
        a, b = wire.read().split()[:2]
        for name in (a, b):
            link(f"set {name} type can bitrate 500000")
            link(f"set {name} up")
        with candump(b) as peer, packsim(a, "--send", "100#01", "--every", "20", "--dump") as port:
            check(peer.waits_for("100#01"), f"{a} to {b}: {peer.read()}")
            check(", active" in port.read("err"), f"state: {port.read('err')}")
            check(heard_again(port, b, "201#"), f"{b} to {a}")
            run("cansend", a, "666#")
            check(port.waits_for("#", "out") and port.waits_for("20000", "out"),
                  f"an error frame is shown: {port.read()[-300:]}")
            time.sleep(0.3)
            state = json.loads(run("ip", "-details", "-json", "link", "show", a).stdout)[0]
            check(state["linkinfo"]["info_data"]["state"] == "BUS-OFF", f"the kernel: {state}")
            before = len(frames(peer.read()))
            time.sleep(0.5)
            check(len(frames(peer.read())) == before, "sends nothing while off the bus")
            done = run(PACKSIM, "can", a, "--seconds", "1")
            check("bus off" in done.stderr, f"a new port sees it as well: {done}")
            link(f"set {a} down")
            link(f"set {a} up")
            check(heard_again(port, b, "202#"), "hears again")
            until = time.monotonic() + PATIENCE_S
            while len(frames(peer.read())) <= before + 5 and time.monotonic() < until:
                time.sleep(0.05)
            check(len(frames(peer.read())) > before + 5, "sends again")
            run("cansend", a, "666#")
            time.sleep(0.5)
            check(port.ends() == 0, "ends while off the bus")
            told = port.read("err")
            check(told.rstrip().endswith(", bus off"), f"says so: {told}")
            check(counter(told, "dropped") > 20, f"dropped frames are counted: {told}")


# --- ISO-TP sockets ------------------------------------------------------------------------------

LIVE = {"packsim": 1, "id": "LIVE", "title": "The kernel asks",
        "why": "What it reads comes through its ISO-TP, not through ours.",
        "requirements": ["SR-CM-1"], "tags": ["diag"], "seed": 3,
        "pack": {"soc_pct": 60, "temperature_degC": 25}, "load": [],
        "expect": [{"id": "alive", "signal": "bms.valid_group_count", "eq": 96}],
        "end": {"at_s": 600}}
PAIR = ["-s", "7E4", "-d", "7EC"]
# what isotprecv asks for in flow control, request, how the reply begins, bytes of it
ASKED = [([], "3E 00", "7E 00", 2), ([], "21 01", "61 01 FF FF FF FF", 61),
         (["-b", "3", "-m", "A"], "21 05", "61 05 FF FF FF FF", 44),
         (["-b", "1", "-m", "7F"], "21 02", "61 02 FF FF FF FF", 38),
         ([], "22 02 00 02 01 02 02 02 03", "62 02 00", 19), ([], "27 01", "7F 27 11", 3)]


def ask_kernel(name, flow, request):
    with Task("isotprecv", *PAIR, *flow, name) as peer:
        time.sleep(0.5)
        subprocess.run(["isotpsend", *PAIR, "-p", "00:", "-b", name], input=request + "\n",
                       text=True, timeout=PATIENCE_S, check=False)
        try:
            peer.child.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            pass
        return peer.read().strip()


def test_isotp():
    name = fresh()
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "live.json")
        with open(file, "w", encoding="utf-8") as stream:
            json.dump(LIVE, stream)
        with Task(PACKSIM, "run", file, "--bus", "socketcan:" + name, "--record", "none",
                  "--out", os.path.join(folder, "out")) as live, candump(name) as log:
            check(log.waits_for("180#"), f"the BMS sends on {name}: {live.read('err')}")
            with Task("isotpdump", *PAIR, name) as dump:
                for flow, request, head, count in ASKED:
                    reply = ask_kernel(name, flow, request)
                    check(reply.startswith(head) and len(reply.split()) == count,
                          f"isotprecv {flow} hears to {request}: {reply}")
                time.sleep(0.5)
                told = dump.read()
            for words in ("[SF] ln: 2    data: 3E 00", "[FF] ln: 61   data: 61 01 FF",
                          "[FF] ln: 9    data: 22 02 00", "[CF] sn: 8", "[FC] FC: 0 = CTS"):
                check(words in told, f"isotpdump shows {words}: {told[-2000:]}")


# --- controllers with a bit rate -----------------------------------------------------------------

def details(name):
    shown = json.loads(run("ip", "-details", "-json", "link", "show", name).stdout)[0]
    return shown, shown["linkinfo"].get("info_data", {})


def test_bitrate():
    refused(["can0", "--seconds", "1"], "can0: the interface is down")
    refused(["can0", "--up", "--seconds", "1"], "needs a bit rate: --bitrate 500000")
    link("set can0 type can restart-ms 100")
    with packsim("can1", "--up", "--bitrate", "500000", "--count", "3") as peer:
        check("500000 bit/s, active" in peer.read("err"), f"state: {peer.read('err')}")
        done = run(PACKSIM, "can", "can0", "--up", "--bitrate", "500000", "--send", "123#11",
                   "--send", "12345678#2233", "--send", "321#R4")
        check(done.returncode == 0 and "500000 bit/s" in done.stderr, f"can0: {done}")
        check(counter(done.stderr, "sent") == 3, f"sent at once after it came up: {done.stderr}")
        check(peer.child.wait(PATIENCE_S) == 0, "can1 gets three frames")
        check(frames(peer.read()) == ["123#11", "12345678#2233", "321#R4"], peer.read())
    shown, data = details("can0")
    check(data["bittiming"]["bitrate"] == 500000 and "UP" in shown["flags"], f"{shown}")
    check(data.get("restart_ms") == 100, f"restart-ms is left alone: {data}")
    done = run(PACKSIM, "can", "can0", "--send", "123##1AA")
    check(done.returncode == 2 and "carries no FD frames" in done.stderr, f"no FD: {done}")
    done = run(PACKSIM, "can", "can0", "--bitrate", "250000", "--send", "123#11")
    check(done.returncode == 0 and "250000 bit/s" in done.stderr, f"another rate: {done}")
    check(counter(done.stderr, "sent") == 1, f"sent at once: {done.stderr}")
    check(details("can0")[1]["bittiming"]["bitrate"] == 250000, "250000 in the kernel")


def test_wrong_bitrate():
    """A refused rate leaves the interface as it was."""
    done = run(PACKSIM, "can", "can0", "--up", "--bitrate", "500000", "--send", "123#11")
    check(done.returncode == 0, f"up: {done}")
    for wrong in ("9999999", "1"):
        done = run(PACKSIM, "can", "can0", "--bitrate", wrong, "--seconds", "1")
        right = done.returncode in (2, 3) and len(done.stderr.splitlines()) == 1
        check(right and "bit" in done.stderr, f"bit rate {wrong}: {done}")
        shown, data = details("can0")
        check("UP" in shown["flags"] and data["bittiming"]["bitrate"] == 500000,
              f"after {wrong} it works as before: {shown}")
    done = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", PACKSIM, "can",
               "can0", "--bitrate", "250000", "--seconds", "1")
    check(done.returncode == 3 and "needs root" in done.stderr and
          len(done.stderr.splitlines()) == 1, f"nobody sets a rate: {done}")
    check(details("can0")[1]["bittiming"]["bitrate"] == 500000, "and it stays")


def test_controller_comes_back():
    with packsim("can0", "--up", "--bitrate", "500000", "--dump", "--send", "100#01", "--every",
                 "50") as port:
        run("ip", "link", "set", "can1", "type", "can", "bitrate", "500000")
        run("ip", "link", "set", "can1", "up")
        check(heard_again(port, "can1", "201#"), "can1 to can0")
        link("set can0 down")
        time.sleep(0.5)
        link("set can0 up")
        check(heard_again(port, "can1", "202#"), "and again after down and up")
        check(port.ends() == 0 and port.read("err").rstrip().endswith(", active"),
              port.read("err"))


GROUPS = {"peers": (test_to_candump, test_from_cansend, test_cangen, test_overrun),
          "interfaces": (test_comes_back, test_ends_out, test_refusals),
          "bus-off": (test_bus_off,),
          "controllers": (test_bitrate, test_wrong_bitrate, test_controller_comes_back),
          "isotp": (test_isotp,)}


def main():
    if not sys.argv[1:] or any(name not in GROUPS for name in sys.argv[1:]):
        print(f"usage: kernel_can.py {'|'.join(GROUPS)} ...", file=sys.stderr)
        return 2
    for name in sys.argv[1:]:
        for test in GROUPS[name]:
            begin = time.monotonic()
            try:
                test()
            except (OSError, KeyError, IndexError, ValueError,
                    subprocess.TimeoutExpired) as error:
                check(False, f"{test.__name__}: {error!r}")
            print(f"{test.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
    total = passed + len(failures)
    print(f"{100 * passed // max(total, 1)}%: Checks: {total}, Failures: {len(failures)}, "
          "Errors: 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
