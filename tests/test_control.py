#!/usr/bin/env python3
"""packsim serve --control: several clients, one that dies, one that does not read, paths, signals,
the example, the lines of docs/control.md, and an ECU in another process."""
import json
import multiprocessing
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
ENV = dict(os.environ, PACKSIM_HOME=ROOT)
PATIENCE_S = 60
sys.path.insert(0, os.path.join(ROOT, "docs", "examples"))
import control as example  # noqa: E402

import tally
from tally import check


class Serve:
    """A plant; its stderr is kept in a file."""

    def __init__(self, folder, *options, name="plant"):
        self.path = f"{folder}/{name}"
        self.log = open(f"{folder}/{name}.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [PACKSIM, "serve", "--control", self.path, "--no-priority", *options],
            stdout=subprocess.DEVNULL, stderr=self.log, cwd=ROOT, env=ENV)
        self.plants = []

    def connect(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.plants.append(example.Plant(self.path))
                return self.plants[-1]
            except OSError:
                time.sleep(0.01)
        raise TimeoutError(self.text())

    def text(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def wait(self):
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            return "does not end"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()


INPROC = ("--ecu", "inproc", "--stepped", "--paused")


def refused(plant, words, do, **keys):
    try:
        plant.ask(do, **keys)
        check(False, f"{do} {keys} is not refused")
    except ValueError as error:
        check(words in str(error) and "\n" not in str(error), f"{do}: {error}")


def test_clients(folder):
    """Two at once: each has its own answers and watches; an id may be anything simple."""
    with Serve(folder, *INPROC, "--out", folder + "/out", "--record", "brief") as task:
        one, two = task.connect(), task.connect()
        check(stat.S_IMODE(os.stat(task.path).st_mode) == 0o600, "mode 0600")
        one.ask("watch", signals=["phys.pack.V", "bms.state"], every_ms=100)
        two.ask("watch", signals="bms.state")
        two.ask("events", on=True)
        one.ask("run", for_s=1)
        two.ask("load", load={"request": "drive"})
        one.ask("run", for_s=1)
        times = [event["tick"] for event in one.events if event["event"] == "watch"]
        check(times == list(range(0, 2001, 100)), f"every 100 ms: {times}")
        two.ask("status")
        states = [event["words"]["bms.state"] for event in two.events if event["event"] == "watch"]
        check(states[0] == "RESET" and states[-1] == "DRIVE" and len(set(states)) == len(states),
              f"each change once: {states}")
        marks = [(event["kind"], event["name"]) for event in two.events if event["event"] == "mark"]
        check(("state", "DRIVE") in marks and ("load", "request drive") in marks, f"marks: {marks}")
        one.ask("unwatch")
        one.events.clear()
        one.ask("run", for_s=0.2)
        check(one.events == [], f"unwatched: {one.events}")
        for name in ('"x"', "7.5", "true"):
            one.socket.sendall(f'{{"id":{name},"do":"status"}}\n'.encode())
            check(f'{{"id":{name},"ok":true' in one.lines.readline(), f"id {name}")
        status = two.ask("status")
        check(status["clients"] == 2 and status["tick"] == 2200 and status["paused"], str(status))
        refused(one, "a recording does not go back", "checkpoint", name="x")
        one.ask("end")
        check(one.event("end")["verdict"] == "pass" and two.event("end"), "both hear the end")
        check(task.wait() == 0 and not os.path.exists(task.path), "the path is removed")
    with open(folder + "/out/SERVE/control.jsonl", encoding="utf-8") as file:
        log = [json.loads(line) for line in file]
    acts = [(line["tick"], line["client"], line["request"]["do"], line["ok"]) for line in log]
    check(acts == [(0, 1, "run", True), (1000, 2, "load", True), (1000, 1, "run", True),
                   (2000, 1, "run", True), (2200, 1, "checkpoint", False), (2200, 1, "end", True)],
          f"control.jsonl: {acts}")
    with open(folder + "/out/results.json", encoding="utf-8") as file:
        run = json.load(file)["runs"][0]
    again = subprocess.run([PACKSIM, "run", folder + "/out/SERVE/by_hand.json", "--out",
                            folder + "/again"], cwd=ROOT, env=ENV, stdout=subprocess.DEVNULL,
                           check=False)
    with open(folder + "/again/results.json", encoding="utf-8") as file:
        same = json.load(file)["runs"][0]
    check(again.returncode == 0 and same["trace_hash"] == run["trace_hash"],
          f"by_hand.json is the run: {same['trace_hash']} {run['trace_hash']}")


def test_killed_client(folder):
    """What it asked for stays; the plant goes on for the others. Half a line is nobody's."""
    with Serve(folder, *INPROC) as task:
        one = task.connect()
        child = subprocess.Popen([sys.executable, "-c", (
            "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            "s.sendall(b'{\"do\":\"events\",\"on\":true}\\n{\"do\":\"watch\",\"signals\":\"*.V\"}'"
            "b'\\n{\"do\":\"run\",\"for_s\":2}\\n{\"do\":\"end\"');"
            "print(s.recv(9), flush=True); time.sleep(60)"), task.path],
            stdout=subprocess.PIPE)
        child.stdout.readline()
        child.kill()
        child.wait()
        child.stdout.close()
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            status = one.ask("status")
            if status["paused"] and status["clients"] == 1:
                break
        check(status["tick"] == 2000 and status["clients"] == 1, f"its run pauses: {status}")
        one.ask("end")
        check(task.wait() == 0 and "client" not in task.text(), f"no word: {task.text()}")


def leave(task, plant, lines):
    """Connect, send and go, all of it while the process of the plant stands."""
    os.kill(task.process.pid, signal.SIGSTOP)
    with socket.socket(socket.AF_UNIX) as gone:
        gone.connect(task.path)
        gone.sendall(lines)
    os.kill(task.process.pid, signal.SIGCONT)
    plant.ask("status")  # the plant is past its accept


def test_gone_before_answers(folder):
    """Whole lines count, even if nobody is there when the first answer comes."""
    with Serve(folder, *INPROC) as task:
        one = task.connect()
        leave(task, one, b'{"do":"status"}\n{"do":"run","for_s":2}\n'
                         b'{"do":"load","load":{"request":"drive"}}\n{"do":"step","ticks":5}\n'
                         b'{"do":"e')
        end = time.monotonic() + PATIENCE_S
        status = one.ask("status")
        while status["clients"] != 1 and time.monotonic() < end:
            status = one.ask("status")
        check(status["tick"] == 2005 and status["paused"], f"all its lines: {status}")
        asked = one.ask("read", signals="phys.request")
        check(asked["words"] == {"phys.request": "drive"}, f"the load of the gone one: {asked}")
        leave(task, one, b'{"do":"watch","signals":"*.V"}\n{"do":"wait","for_s":9}\n')
        end = time.monotonic() + PATIENCE_S
        status = one.ask("status")
        while status["clients"] != 1 and time.monotonic() < end:
            status = one.ask("status")
        check(status["clients"] == 1 and status["tick"] == 2005, f"its wait goes with it: {status}")
        one.ask("end")
        check(task.wait() == 0 and "client" not in task.text(), f"no word: {task.text()}")


def test_slow_client(folder):
    """A client that does not read is dropped, in one line; the others notice nothing."""
    with Serve(folder, *INPROC) as task:
        slow, one = task.connect(), task.connect()
        slow.ask("watch", signals="phys.cell.*.soc_pct", every_ms=1)
        one.ask("run", for_s=2.5)
        status = one.ask("status")
        check(status["clients"] == 1 and status["tick"] == 2500, f"dropped: {status}")
        lines = task.text().splitlines()
        check(len(lines) == 1 and lines[0].endswith("client 1 does not read what it asked for: "
                                                    "dropped"), f"in one line: {lines}")
        one.socket.sendall(b"x" * 100000 + b"\n" + b'{"do":"status"}\n')
        answer = json.loads(one.lines.readline())
        check("a line of more than 65536 bytes" in answer["error"], f"too long: {answer}")
        check(json.loads(one.lines.readline())["ok"], "and the next one is heard")
        others = [task.connect() for _ in range(15)]
        check(others[-1].ask("status")["clients"] == 16, "16 clients")
        check("allowed no more" in task.connect().lines.readline(), "a 17th is told")
        one.ask("end")
        task.wait()


def test_piped(folder):
    """Lines in a file: done in order, each behind the run before it. Twice the same hash."""
    lines = b"""{"do":"run","for_s":0.5}
{"do":"load","load":{"request":"drive"}}
{"do":"fault","fault":{"target":"wire.A5","type":"open"},"for_s":0.7}
{"do":"run","for_s":3}
{"do":"clear"}

{"do":"step"}
{"id":"last","do":"status"}
{"do":"end"}
"""
    hashes = []
    for _ in range(2):
        with Serve(folder, *INPROC) as task:
            plant = task.connect()
            plant.socket.sendall(lines)
            plant.socket.shutdown(socket.SHUT_WR)
            answers = [json.loads(line) for line in plant.lines]
            last = [answer for answer in answers if answer.get("id") == "last"]
            check(len(last) == 1 and last[0]["tick"] == 3501, f"in order: {answers}")
            hashes.append(last[0]["trace_hash"])
            check(answers[-1]["event"] == "end" and task.wait() == 0, f"its end: {answers[-1]}")
    check(hashes[0] == hashes[1], f"the same commands at the same ticks: {hashes}")


def test_paths(folder):
    with open(folder + "/file", "w", encoding="utf-8"):
        pass
    with Serve(folder, *INPROC, name="alive") as task:
        plant = task.connect()
        for path, words in ((folder + "/file", "is there and no socket"),
                            (folder + "/none/x", "no socket can be made there: No such file"),
                            (folder + "/" + "x" * 120, "allowed 1..107"), ("", "allowed 1..107"),
                            (task.path, "another plant serves it")):
            done = subprocess.run([PACKSIM, "serve", "--control", path, *INPROC, "--quiet"],
                                  capture_output=True, text=True, cwd=ROOT, env=ENV, check=False)
            lines = done.stderr.splitlines()
            check(done.returncode == 2 and len(lines) == 1 and words in lines[0],
                  f"{path}: {done.returncode} {lines}")
        check(plant.ask("status")["ok"] and os.path.exists(folder + "/file"), "the old one serves")
        task.process.kill()
        task.process.wait()
        check(os.path.exists(task.path), "killed: its path stays")
    with Serve(folder, *INPROC, name="alive") as task:
        check(task.connect().ask("step")["tick"] == 1, "and is taken over")
        task.process.send_signal(signal.SIGTERM)
        code = task.wait()
        check(code == 0 and not os.path.exists(task.path), f"SIGTERM: {code} {task.text()}")
    for options, words in ((("--ecu", "process"), "--ecu: process, allowed inproc"),
                           (("--ecu", "inproc", "--bus", "udp:"), "allowed one of them"),
                           ((), "or --ecu inproc")):
        done = subprocess.run([PACKSIM, "serve", *options], capture_output=True, text=True,
                              cwd=ROOT, env=ENV, check=False)
        check(done.returncode == 2 and words in done.stderr, f"{options}: {done.stderr}")


def test_clock(folder):
    """With a clock: pause by signal and by command, speed, wait; nothing that is timed."""
    with Serve(folder, "--ecu", "inproc", "--speed", "20") as task:
        plant = task.connect()
        answer = plant.ask("wait", for_s=30, until={"signal": "bms.state", "eq": "DRIVE"})
        check(answer["met"], f"waits: {answer}")
        plant.ask("pause")
        first, second = plant.ask("status"), plant.ask("status")
        check(first["tick"] == second["tick"] and first["speed"] == 20, f"stands: {first} {second}")
        plant.ask("speed", value=50)
        answer = plant.ask("run", for_s=0.5)
        check(answer["ran_ms"] == 500 and answer["tick"] == first["tick"] + 500, f"runs: {answer}")
        plant.ask("checkpoint", name="here")
        plant.ask("resume")
        plant.ask("wait", for_s=0.3)
        check(plant.ask("restore", name="here")["tick"] == answer["tick"], "goes back on the run")
        plant.ask("wait", for_s=0.1)
        check(plant.ask("status")["tick"] < answer["tick"] + 3000, "and goes on from there")
        plant.ask("events", on=True)
        task.process.send_signal(signal.SIGUSR1)
        plant.event("paused")
        check(plant.ask("status")["paused"], "a signal pauses")
        plant.ask("resume")
        plant.ask("end")
        check(task.wait() == 0, f"clock: {task.text()}")


def test_ecu_elsewhere(folder):
    """The ECU is another process: the same words, but for what lies inside of it."""
    bus = f"udp::{20000 + os.getpid() * 7 % 20000}"
    with Serve(folder, "--bus", bus, "--stepped", "--paused") as task:
        plant = task.connect()
        check(plant.ask("status")["ecu"] is None, "none yet")
        with subprocess.Popen([PACKSIM, "ecu", "--bus", bus, "--no-priority"], cwd=ROOT, env=ENV,
                              stderr=subprocess.DEVNULL) as ecu:
            plant.ask("run", for_s=1)
            plant.ask("load", load={"request": "drive"})
            plant.ask("run", for_s=5, until={"signal": "bms.state", "eq": "DRIVE"})
            check(re.fullmatch("[0-9a-f]{4}", plant.ask("status")["ecu"]), "in the seat")
            plant.ask("fault", fault={"target": "wire.A5", "type": "open"})
            answer = plant.ask("run", for_s=5, until={"signal": "dtc.OPEN_WIRE", "eq": 1})
            check(answer["met"] and plant.read("dtc.OPEN_WIRE.location") == "A5", f"{answer}")
            refused(plant, "a fault inside of the ECU", "fault",
                    fault={"target": "afe.1", "type": "dead"})
            refused(plant, "what a frame of the ECU tells", "read", signals="bms.wire.A5.state")
            refused(plant, "its state is not here", "checkpoint", name="x")
            plant.ask("end")
            check(plant.event("end")["verdict"] == "pass" and task.wait() == 0, task.text())
            ecu.terminate()


def test_example(folder):
    done = subprocess.run([sys.executable, ROOT + "/docs/examples/control.py", "--save",
                           folder + "/saved.json", PACKSIM], capture_output=True, text=True,
                          cwd=folder, env=ENV, check=False)
    found = re.findall(r"trace hash ([0-9a-f]{16})", done.stdout)
    check(done.returncode == 0 and "found after 170 ms at A5" in done.stdout,
          f"{done.stdout} {done.stderr}")
    again = subprocess.run([PACKSIM, "run", "saved.json", "--out", "again"], cwd=folder, env=ENV,
                           stdout=subprocess.DEVNULL, check=False)
    with open(folder + "/again/results.json", encoding="utf-8") as file:
        run = json.load(file)["runs"][0]
    check(again.returncode == 0 and found == [run["trace_hash"]] * 2, f"{found} {run}")


def look(kind, path, *options):
    return subprocess.run([PACKSIM, kind, "--attach", path, *options], capture_output=True,
                          text=True, cwd=ROOT, env=ENV, check=False, timeout=PATIENCE_S)


def test_attach(folder):
    """Terminal and picture show another process's plant, a scenario's fault and one by hand."""
    with Serve(folder, *INPROC, "--set", 'events=[{"id":"b","when":{"at_s":0.5},"fault":'
               '{"target":"wire.C14","type":"leak","value_ohm":5000}}]') as task:
        plant = task.connect()
        plant.ask("load", load={"drive": {"cycle": "us06"}, "request": "drive"})
        plant.ask("run", for_s=3)
        plant.ask("fault", fault={"target": "wire.A5", "type": "open"})
        plant.ask("run", for_s=1)
        done = look("watch", task.path, "--once", "--page", "all", "--size", "100x60")
        check(done.returncode == 0 and "4.000 s  PAUSED" in done.stdout, done.stdout + done.stderr)
        check("OPEN_WIRE" in done.stdout and "DRIVE" in done.stdout, done.stdout)
        picture = folder + "/picture.txt"
        done = look("gui", task.path, "--screenshot", picture)
        if done.returncode != 3:  # without SDL2 or a font there is none
            with open(picture, encoding="utf-8") as file:
                text = file.read()
            check(done.returncode == 0 and "open of wire.A5" in text and
                  "leak of wire.C14" in text, f"{done.stderr} {text}")
        for kind in ("watch", "gui"):
            done = look(kind, task.path, "--set", "seed=1")
            check(done.returncode == 2 and "allowed alone" in done.stderr, done.stderr)
            done = look(kind, folder + "/nobody", *(["--once"] if kind == "watch" else []))
            check((done.returncode == 2 and "no plant is there" in done.stderr and
                   done.stderr.count("\n") == 1) or done.returncode == 3, done.stderr)
        refused(plant, "another program or run", "state", layout="0" * 16)
        plant.ask("end")
        task.wait()


def test_wrong_plant(folder):
    """Who serves the path may be anybody: a look at it ends in one line."""
    path = folder + "/other"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        layout = b'{"id":2,"ok":true,"layout":"x","file":"f","text":"{}"}\n'
        for answer, words in ((b"hello\n", "answer:1:1"), (layout, "f:1:1"), (b"", "no answer"),
                              (b'{"id":2,"ok":false,"error":"no"}\n', "no")):
            with subprocess.Popen([PACKSIM, "watch", "--attach", path, "--once"], cwd=ROOT, env=ENV,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  text=True) as task:
                peer = server.accept()[0]
                peer.sendall(answer)
                peer.close()
                error = task.stderr.read()
            check(task.returncode == 2 and words in error and error.count("\n") == 1,
                  f"{answer}: {task.returncode} {error}")


def test_page(folder):
    """docs/control.md: what it shows between > and < is what happens."""
    with open(ROOT + "/docs/control.md", encoding="utf-8") as file:
        text = file.read()
    def rounded(line):
        return re.sub(r"-?\d+\.\d{4,}", lambda number: f"{float(number.group()):.1f}", line)

    talk = re.search(r"```\n(> .*?)```", text, re.S).group(1).splitlines()
    with Serve(folder, *INPROC) as task:
        plant = task.connect()
        for line in talk:
            if line.startswith("> "):
                plant.socket.sendall(line[2:].encode() + b"\n")
            else:
                answer = plant.lines.readline().rstrip("\n")
                check(rounded(answer) == rounded(line[2:]), f"docs/control.md: {line}\nis {answer}")
        answer = plant.ask("help")
        for command in answer["commands"]:
            check(f"`{command['do']}`" in text, f"docs/control.md has {command['do']}")
        plant.ask("end")
        task.wait()


def run_one(index):
    with tempfile.TemporaryDirectory() as folder:
        try:
            TESTS[index](folder)
        except Exception as error:  # pylint: disable=broad-except
            check(False, f"{TESTS[index].__name__}: {error!r}")
    return tally.passed, tally.failures


TESTS = (test_clients, test_killed_client, test_gone_before_answers, test_slow_client, test_piped,
         test_paths, test_clock, test_ecu_elsewhere, test_example, test_attach,
         test_wrong_plant, test_page)


def main():
    with multiprocessing.Pool(2, maxtasksperchild=1) as pool:
        done = pool.map(run_one, range(len(TESTS)), chunksize=1)
    failed = sum(len(wrong) for _, wrong in done)
    print(tally.line(sum(right for right, _ in done), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
