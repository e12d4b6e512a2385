#!/usr/bin/env python3
"""System test of runs that go wrong, and of what is done with results afterwards.

Dead, hanging and stopped runs; progress on a terminal; a full disk; older results; shards and
merge; replay, diff and export; results.json against its schema; junit.xml against what CI servers
read.
"""
import csv
import fcntl
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import xml.etree.ElementTree as ElementTree

import tally
from tally import holds

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
started = []


def packsim(*words, code=None, what=None, **options):
    done = subprocess.run([PACKSIM, *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=250, **options)
    if code is not None:
        holds(what or " ".join(words), done.returncode == code,
              f"exit {done.returncode}, expected {code}: {done.stdout}{done.stderr}")
    return done


def refused(what, *words, says=()):
    done = packsim(*words, code=2, what=what)
    lines = done.stderr.splitlines()
    holds(f"{what}: one line", len(lines) == 1, done.stderr)
    for text in says:
        holds(f"{what}: says {text}", text in done.stderr, done.stderr)


def results_of(folder):
    with open(os.path.join(folder, "results.json"), encoding="utf-8") as file:
        return json.load(file)


def run_of(folder, name):
    return next(run for run in results_of(folder)["runs"] if run["run"] == name)


def scenario(name, end_s, state="STANDBY", **more):
    text = {"packsim": 1, "id": name, "title": f"Stand {name}",
            "load": [{"at_s": 0, "request": "standby"}],
            "expect": [{"id": "state", "signal": "bms.state", "eq": state, "within_ms": 900}],
            "end": {"at_s": end_s}, **more}
    with open(f"{name}.json", "w", encoding="utf-8") as file:
        json.dump(text, file)
    return f"{name}.json"


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def start(*words):
    """A run in the background; it hears SIGHUP also where the test itself runs under nohup."""
    going = subprocess.Popen([PACKSIM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True,
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    started.append(going)
    return going


# --- runs that go wrong

def test_a_killed_worker(long):
    for number in (signal.SIGABRT, signal.SIGKILL):
        out = f"killed_{number.name}"
        going = start("run", long, "short.json", "--jobs", "1", "--out", out)
        holds("a worker runs", wait_until(lambda: os.path.exists(f"{out}/long/signals.csv")))
        for pid in children_of(going.pid):
            os.kill(pid, number)
        _, err = going.communicate(timeout=100)
        run = run_of(out, "long")
        holds("a dead worker is an error", run["verdict"] == "error", run["verdict"])
        holds("it names the signal", number.name in run["error"], run["error"])
        holds("it is told at once", "error long: the worker died" in err, err)
        holds("the other run passes", run_of(out, "short")["verdict"] == "pass", err)
        holds("a dead worker is exit 1", going.returncode == 1, going.returncode)
        holds("all were made", results_of(out)["complete"] is True)


def test_too_long(long):
    packsim("run", long, "short.json", "--out", "late", "--timeout-s", "1", code=1)
    run = run_of("late", "long")
    holds("late is an error", run["verdict"] == "error" and "--timeout-s" in run["error"], run)
    holds("the rest runs", run_of("late", "short")["verdict"] == "pass")
    packsim("export", "late/long", "--signals", "phys.pack.V", "--rate", "1", code=0,
            what="the recording of a late run is whole")
    refused("timeout", "run", "short.json", "--timeout-s", "-1", says=["--timeout-s", "0..1000000"])


def test_fail_fast(long):
    scenario("bad", 1.5, state="DRIVE")
    begin = time.monotonic()
    done = packsim("run", "bad.json", long, "--out", "fast", "--fail-fast", "--jobs", "2", code=1)
    holds("fail fast is fast", time.monotonic() - begin < 60)
    holds("it says so", "ended by --fail-fast: 1 of 2" in done.stderr, done.stderr)
    holds("the rest was not run", run_of("fast", "long")["verdict"] == "skipped")
    holds("it is not complete", results_of("fast")["complete"] is False)


def is_whole(folder):
    for name in ("results.json", "timing.json"):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            json.load(file)
    ElementTree.parse(os.path.join(folder, "junit.xml"))
    with open(os.path.join(folder, "report.html"), encoding="utf-8") as file:
        return file.read().rstrip().endswith("</html>")


def test_signals(long):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        out = f"stopped_{number.name}"
        going = start("run", "short.json", long, "--jobs", "2", "--out", out)
        holds("it is going", wait_until(lambda: os.path.exists(f"{out}/long/signals.csv")
                                        and os.path.exists(f"{out}/short/signals.h5")
                                        and len(children_of(going.pid)) == 1))
        workers = children_of(going.pid)
        going.send_signal(number)
        _, err = going.communicate(timeout=100)
        holds(f"{number.name} is exit 1", going.returncode == 1, going.returncode)
        holds("it says what was made", "interrupted: 1 of 2 runs" in err, err)
        holds("no worker is left", not any(is_alive(pid) for pid in workers), workers)
        holds("the reports are whole", is_whole(out))
        holds("what is done counts", run_of(out, "short")["verdict"] == "pass")
        run = run_of(out, "long")
        holds("the other is skipped", run["verdict"] == "skipped" and "stopped at" in run["error"],
              run["error"])
        packsim("export", f"{out}/long", "--signals", "phys.pack.V", "--rate", "1", code=0,
                what="the recording of a stopped run is whole")


def on_terminal(words, columns, act):
    """All that a run writes to a terminal of so many columns; act(master) after some lines."""
    pid, master = pty.fork()
    if pid == 0:
        os.execv(PACKSIM, [PACKSIM, *words])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    text, has_acted = b"", False
    while True:
        if not has_acted and text.count(b" done, ") >= 4:
            act(master)
            has_acted = True
        try:
            text += os.read(master, 65536)
        except OSError:
            break
    os.close(master)
    return text.decode(errors="replace"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_terminal(long):
    def press_twice(master):
        os.write(master, b"\x03")
        time.sleep(0.05)
        os.write(master, b"\x03")

    text, code = on_terminal(["run", long, "--out", "tty"], 44, press_twice)
    drawn = re.findall(r"\r\x1b\[K([^\r\n\x1b]*)", text)
    lines = [line.replace("^C", "") for line in drawn if " done, " in line]
    holds("the line is drawn again and again", len(lines) >= 3, text)
    holds("it fits the terminal", lines and max(map(len, lines)) <= 43, lines)
    holds("it says how far it is", lines and lines[0].startswith("0/1 done, 0 failed"), lines)
    holds("Ctrl-C twice is exit 1", code == 1, code)
    holds("and the reports are whole", is_whole("tty"))
    done = packsim("run", "short.json", "--out", "piped", code=0)
    holds("short work is quiet in a pipe", done.stderr == "", done.stderr)


def test_full_disk():
    def no_space():
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    done = packsim("run", "short.json", "--out", "full", code=2, preexec_fn=no_space)
    run = run_of("full", "short")
    holds("a full disk is an error of the run", run["verdict"] == "error" and
          "cannot be" in run["error"], run)
    holds("and one line", re.search(r"^packsim run: full/report.html: cannot be written: File too "
                                    r"large$", done.stderr, re.M), done.stderr)
    holds("nothing half remains", not [n for n in os.listdir("full") if n.endswith(".part")])
    holds("verdicts are on the terminal", "error         short" in done.stdout, done.stdout)
    with open("/dev/full", "w", encoding="ascii") as disk:
        done = subprocess.run([PACKSIM, "export", "piped/short"], stdout=disk, check=False,
                              stderr=subprocess.PIPE, text=True)
    holds("export notices a full disk", done.returncode == 2 and "No space" in done.stderr, done)
    refused("out below a file", "run", "short.json", "--out", "short.json/out",
            says=["short.json/out", "Not a directory"])


def test_an_id_alone_is_cheap():
    """One scenario is named: the others of its suite take no memory."""
    limit_bytes = 400 * 1024 * 1024

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))

    packsim("run", "OV-001", "--jobs", "1", "--record", "none", "--out", "out-id", "--quiet",
            code=0, what="an id in 400 MB", preexec_fn=limit)


# --- older results

def test_older_results(long):
    stamps = []
    for turn in range(4):
        done = packsim("run", "short.json", "--out", "old", "--seed", str(turn), "--quiet", code=0)
        stamps.append(done.stderr)
    seeds = [run_of(name, "short")["seed"] for name in ("old", "old.previous", "old.previous.2")]
    holds("two older results are kept", seeds == [3, 2, 1], seeds)
    holds("nothing vanishes silently", stamps[:3] == ["", "", ""] and "old.previous.2, was removed"
          in stamps[3], stamps)
    packsim("run", "short.json", "--out", "old", "--seed", "9", "--keep", "4", "--quiet", code=0)
    holds("more are kept on demand", run_of("old.previous.3", "short")["seed"] == 1)
    shutil.rmtree("old.previous.2")
    os.mkdir("old.previous.2")
    with open("old.previous.2/letter", "w", encoding="ascii") as file:
        file.write("precious")
    refused("what is not ours stays", "run", "short.json", "--out", "old", says=["old.previous.2"])
    holds("and so does the rest", run_of("old", "short")["seed"] == 9)
    going = start("run", long, "--out", "busy")
    holds("it is going", wait_until(lambda: os.path.exists("busy/long/signals.csv")))
    refused("two into one folder", "run", "short.json", "--out", "busy", says=["busy", "another"])
    going.send_signal(signal.SIGINT)
    going.communicate(timeout=100)
    packsim("run", "short.json", "--out", "busy", "--quiet", code=0, what="afterwards it is free")


# --- shards

def same_files(left, right):
    done = subprocess.run(["diff", "-r", "-x", "timing.json", left, right], capture_output=True,
                          text=True, check=False)
    return done.returncode == 0, done.stdout[:300]


def test_shards():
    words = ["run", "short.json", "many.json", "bad.json", "--set", "pack.temperature_degC=22"]
    packsim(*words, "--out", "whole", "--quiet", code=1)
    for k in (1, 2, 3):
        packsim(*words, "--out", f"shard_{k}", "--quiet", "--shard", f"{k}/3",
                code=results_code(f"shard_{k}", k))
    packsim("merge", "joined", "shard_3", "shard_1", "shard_2", "--quiet", code=1)
    is_same, seen = same_files("whole", "joined")
    holds("merged shards are the whole, byte by byte", is_same, seen)
    names = [set(run["run"] for run in results_of(f"shard_{k}")["runs"]) for k in (1, 2, 3)]
    holds("shards share no run", sum(map(len, names)) == len(set.union(*names)) == 7, names)
    refused("a shard is missing", "merge", "m", "shard_1", "shard_3", says=["2/3 is missing"])
    refused("a shard twice", "merge", "m", "shard_1", "shard_1", says=["shard_1", "once"])
    refused("no shard", "merge", "m", "whole", says=["whole", "--shard K/N"])
    refused("no folder", "merge", "m", says=["OUT DIR"])
    refused("into itself", "merge", "shard_1", "shard_1", says=["out folder itself"])
    packsim("run", "short.json", "many.json", "--out", "other", "--quiet", "--shard", "2/3", code=0)
    refused("another run", "merge", "m", "shard_1", "other", "shard_3",
            says=["other", "another run"])
    for bad in ("0/3", "4/3", "3", "1/1001", "a/b", "1/2/3", ""):
        refused(f"shard {bad}", "run", "short.json", "--shard", bad, says=["--shard", "K/N"])
    packsim("run", "short.json", "--out", "empty", "--shard", "2/2", "--quiet", code=0,
            what="a shard without a run")
    packsim("run", "short.json", "--out", "one", "--shard", "1/2", "--quiet", code=0)
    packsim("merge", "two", "one", "empty", "--quiet", code=0)
    holds("an empty shard merges", len(results_of("two")["runs"]) == 1)


def results_code(_, k):
    """bad.json is the seventh of the list: the first shard has it."""
    return 1 if k == 1 else 0


# --- replay

def edit(folder, new, change):
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(folder, new)
    results = results_of(new)
    change({run["run"]: run for run in results["runs"]}, results)
    with open(os.path.join(new, "results.json"), "w", encoding="utf-8") as file:
        json.dump(results, file)


def test_replay():
    for name in ("short.json", "many.json", "bad.json"):
        os.rename(name, "hidden_" + name)  # results.json alone must do
    done = packsim("replay", "whole", code=0)
    holds("all are the same", "7 runs made again: 7 the same bit for bit" in done.stdout,
          done.stdout)
    for name in ("short.json", "many.json", "bad.json"):
        os.rename("hidden_" + name, name)
    done = packsim("replay", "whole/short", "--json", code=0)
    holds("one run", json.loads(done.stdout)["same"] == 1, done.stdout)

    def other_parameter(runs, _):
        runs["short"]["resolved"]["pack"]["temperature_degC"] = 30

    edit("whole", "edited", other_parameter)
    done = packsim("replay", "edited", "--filter", "short", code=1)
    for text in ("short: diverges: scenario_hash", "not the one that ran",
                 "first difference at 0.001 s (tick 1)", "degC"):
        holds(f"another parameter: {text}", text in done.stdout, done.stdout)
    done = packsim("replay", "edited", "--json", "--out", "again", code=1)
    found = json.loads(done.stdout)
    holds("as JSON", found["diverging"][0]["tick"] == 1 and found["same"] == 6, found)
    holds("the new recording is kept", os.path.exists("again/short/signals.h5"))

    def other_verdict(runs, _):
        runs["bad"]["verdict"] = "pass"

    edit("whole", "edited", other_verdict)
    done = packsim("replay", "edited/bad", code=1)
    holds("an edited verdict", "verdict: pass then, fail now" in done.stdout, done.stdout)

    def other_margin(runs, results):
        runs["short"]["checks"][0]["value"] *= 1 + 1e-15
        results["packsim_version"] = "0.0.1"

    edit("whole", "edited", other_margin)
    done = packsim("replay", "edited", "--filter", "short", code=1)
    holds("an edited margin", "check state: value" in done.stdout, done.stdout)
    holds("the version is said", "made by packsim 0.0.1, this is" in done.stdout, done.stdout)

    def other_hash(runs, _):
        runs["short"]["trace_hash"] = "0123456789abcdef"

    edit("whole", "edited", other_hash)
    done = packsim("replay", "edited/short/", code=1)
    holds("an edited hash", "or the hash in results.json was changed" in done.stdout, done.stdout)
    left = [name for name in os.listdir(os.environ["TMPDIR"]) if name.startswith("packsim_replay")]
    holds("nothing is left behind", not left, left)
    refused("no results", "replay", "short.json", says=["results.json"])
    refused("no such run", "replay", "whole/nothing", says=["nothing"])
    refused("no match", "replay", "whole", "--filter", "x", says=["--filter x"])
    with open("edited/results.json", "w", encoding="ascii") as file:
        file.write('{"format": 2, "runs": [')
    refused("broken results", "replay", "edited", says=["edited/results.json: 1:"])


# --- diff and export

def test_diff():
    packsim("run", "short.json", "many.json", "--out", "warm", "--quiet", "--set",
            "pack.temperature_degC=23", code=0)
    packsim("diff", "whole", "joined", code=0)
    done = packsim("diff", "whole", "warm", code=1)
    holds("runs are counted", "6 runs compared, 6 differ, 1 only in whole, 0 only in warm"
          in done.stdout, done.stdout)
    done = packsim("diff", "whole/short", "warm/short", "--json", code=1)
    found = json.loads(done.stdout)
    signals = {signal_["name"]: signal_ for signal_ in found["signals"]}
    degrees = [s for n, s in signals.items() if s["unit"] == "degC"]
    holds("it finds time and values", found["tick"] == 1 and degrees and
          all((s["a"], s["b"]) == (22, 23) for s in degrees), found)
    packsim("diff", "whole/short", "warm/short", "--tolerance", "1e9", code=0)
    done = packsim("diff", "whole", "warm", "--json", code=1)
    holds("many as JSON", json.loads(done.stdout)["differing"] == 6, done.stdout)
    refused("one of each", "diff", "whole", "whole/short", says=["two of a kind"])
    refused("one only", "diff", "whole", says=["A B"])
    refused("no such folder", "diff", "none", "none2", says=["none"])
    refused("tolerance", "diff", "whole", "warm", "--tolerance", "-1", says=["--tolerance: -1"])


def test_export():
    packsim("export", "whole/short", "--signals", "phys.pack.V", "bms.state", "--rate", "4",
            "--from", "0.5", "--to", "1", "-o", "short.csv", code=0)
    with open("short.csv", encoding="ascii") as file:
        rows = list(csv.reader(file))
    holds("header and times", rows[0] == ["time_s", "phys.pack.V", "bms.state"] and
          [row[0] for row in rows[1:]] == ["0.5", "0.75", "1"], rows)
    with open("whole/short/signals.csv", encoding="ascii") as file:
        recorded = {row["time_s"]: row for row in csv.DictReader(file)}
    done = packsim("export", "whole/short", "--signals", "phys.pack.V", "phys.link.V", code=0)
    exported = list(csv.DictReader(done.stdout.splitlines()))
    holds("as in signals.csv", exported and all(
        abs(float(row[name]) - float(recorded[row["time_s"]][name])) < 0.01
        for row in exported for name in ("phys.pack.V", "phys.link.V")), done.stdout)
    done = packsim("export", "whole/short", "--signals", "bms.state", "--format", "json", code=0)
    holds("as JSON", json.loads(done.stdout)["signals"] == [{"name": "bms.state", "unit": ""}])
    refused("no such signal", "export", "whole/short", "--signals", "nope", says=["nope"])
    refused("rate", "export", "whole/short", "--rate", "0", says=["--rate: 0", "0.001..1000"])
    refused("format", "export", "whole/short", "--format", "xml", says=["csv json"])
    refused("no recording", "export", "whole", says=["whole/signals.h5"])
    refused("backwards", "export", "whole/short", "--from", "2", "--to", "1", says=["--from"])


# --- what others read

JUNIT = {  # element: (attributes that are allowed, those that are needed, children)
    "testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"},
                   {"tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"},
                  {"name", "tests", "failures", "errors", "skipped", "time"}, {"testcase"}),
    "testcase": ({"classname", "name", "file", "time"}, {"classname", "name", "time"},
                 {"properties", "failure", "error", "skipped"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "failure": ({"message"}, {"message"}, set()),
    "error": ({"message"}, {"message"}, set()),
    "skipped": ({"message"}, set(), set()),
}


def junit_faults(element):
    allowed, needed, children = JUNIT.get(element.tag, (set(), set(), set()))
    if element.tag not in JUNIT:
        yield f"element {element.tag}"
    if not needed <= set(element.attrib) <= allowed:
        yield f"{element.tag}: {sorted(element.attrib)}"
    for child in element:
        if child.tag not in children:
            yield f"{child.tag} in {element.tag}"
        yield from junit_faults(child)


def junit_counts(suite):
    cases = suite.findall(".//testcase")
    return [len(cases)] + [sum(case.find(tag) is not None for case in cases)
                           for tag in ("failure", "error", "skipped")]


def test_junit(folder):
    root = ElementTree.parse(os.path.join(folder, "junit.xml")).getroot()
    faults = list(junit_faults(root))
    holds(f"junit.xml of {folder}", not faults, faults)
    for suite in [root, *root.findall("testsuite")]:
        said = [int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")]
        holds(f"counts of {suite.get('name')}", said == junit_counts(suite), said)
        times = sum(float(case.get("time")) for case in suite.findall(".//testcase"))
        holds(f"time of {suite.get('name')}", abs(float(suite.get("time")) - times) < 0.01, times)
    names = [(case.get("classname"), case.get("name")) for case in root.findall(".//testcase")]
    holds("each case once", len(names) == len(set(names)) > 0, names)
    holds("at most one outcome", all(len(case) <= 2 for case in root.findall(".//testcase")))


def test_schema(folders):
    with open(os.path.join(ROOT, "docs", "results.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError:
        print("skipped: results.schema.json: python3-jsonschema is not installed")
        return
    validator = jsonschema.Draft7Validator(schema)
    jsonschema.Draft7Validator.check_schema(schema)
    for folder in folders:
        faults = [error.message for error in validator.iter_errors(results_of(folder))]
        holds(f"schema: {folder}", not faults, faults[:3])
    for key in schema["required"]:
        results = results_of("whole")
        del results[key]
        holds(f"schema needs {key}", not validator.is_valid(results))
    results = results_of("whole")
    results["runs"][0]["colour"] = 1
    holds("schema knows all keys", not validator.is_valid(results))


def test_bench():
    """It needs the tree's scenarios, and leaves nothing of its recordings."""
    folder = os.path.abspath("bench")
    os.makedirs(folder)
    done = packsim("bench", "--seconds", "20", "--json", code=0, cwd=ROOT,
                   env=dict(os.environ, TMPDIR=folder))
    holds("bench: the loop's figure", "loop" in done.stdout, done.stdout)
    holds("bench leaves nothing", os.listdir(folder) == [], os.listdir(folder))


def main():
    os.environ["PACKSIM_HOME"] = ROOT
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("scratch")
        os.environ["TMPDIR"] = os.path.join(folder, "scratch")
        long = scenario("long", 1000000)
        scenario("short", 1.5)
        scenario("many", 1.2, sweep={"grid": {"pack.soc_pct": [30, 40, 50, 60, 70]}})
        test_a_killed_worker(long)
        test_too_long(long)
        test_fail_fast(long)
        test_signals(long)
        test_terminal(long)
        test_full_disk()
        test_an_id_alone_is_cheap()
        test_older_results(long)
        test_shards()
        test_replay()
        test_diff()
        test_export()
        test_bench()
        for name in ("whole", "killed_SIGKILL", "stopped_SIGINT", "late"):
            test_junit(name)
        test_schema(["whole", "killed_SIGKILL", "stopped_SIGINT", "shard_1", "late", "fast",
                     "empty", "full"])
        os.chdir(ROOT)
    return tally.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        for program in started:
            if program.poll() is None:
                program.kill()
