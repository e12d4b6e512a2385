#!/usr/bin/env python3
"""The window as a user has it: pictures without a display, and a session under Xvfb by xdotool.

A drive is started, wire A12 opened by a click on its pin, marked and named by the BMS, cleared;
pause, step, back, sizes, save and replay, quit; a display that goes away. The session takes more
than a minute: only with --session (make test-gui).
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import tally
from tally import holds

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
DEADLINE_S = 60  # of a thing that must show: a loaded machine is slow
BAD, WARN = (0xB3, 0x36, 0x1E), (0xE6, 0x9F, 0x00)  # of the light theme
skipped = []

SHORT = {
    "packsim": 1, "id": "GUI-1", "title": "t", "why": "w", "requirements": ["SR-OW-1"],
    "tags": ["t"], "seed": 3, "pack": {"soc_pct": 60},
    "load": [{"at_s": 0.2, "request": "drive", "current_A": 60}],
    "events": [{"id": "cut", "when": {"at_s": 2},
                "fault": {"target": "wire.C9", "type": "open"}}],
    "end": {"at_s": 6}}


def environment(**more):
    env = {name: value for name, value in os.environ.items()
           if name not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    env["PACKSIM_HOME"] = ROOT
    env.update(more)
    return env


def gui(*words, env=None, folder=None):
    return subprocess.run([PACKSIM, "gui", *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=200, env=env or environment(),
                          cwd=folder)


def one_line(what, done, code, *says):
    lines = done.stderr.splitlines()
    holds(what, done.returncode == code and len(lines) == 1 and
          all(text in done.stderr for text in says), f"exit {done.returncode}: {done.stderr}")


def png(path):
    """(width, height, rows of RGB triples)"""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, body = 8, b""
    width = height = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        chunk = data[at + 8:at + 8 + size]
        crc = struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0]
        assert crc == zlib.crc32(kind + chunk), path
        if kind == b"IHDR":
            width, height = struct.unpack(">II", chunk[:8])
        if kind == b"IDAT":
            body += chunk
        at += 12 + size
    plain = zlib.decompress(body)
    rows, above = [], bytes(3 * width)
    for y in range(height):
        line = plain[y * (3 * width + 1):(y + 1) * (3 * width + 1)]
        assert line[0] == 2
        above = bytes((a + b) & 255 for a, b in zip(line[1:], above))
        rows.append(above)
    return width, height, rows


def pixel(picture, x, y):
    return tuple(picture[2][y][3 * x:3 * x + 3])


TEXT = re.compile(r'^(over )?text (-?\d+),(-?\d+) (\d+)x(\d+) (\w+) (\w) "(.*)"$')


def texts(path):
    """[(text, x, y, w, h, colour)] of a display list."""
    found = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = TEXT.match(line.rstrip("\n"))
            if match:
                _, x, y, w, h, colour, _, text = match.groups()
                found.append((text, int(x), int(y), int(w), int(h), colour))
    return found


def has(shown, text):
    return any(text in item[0] for item in shown)


def faults_that_are_there(shown):
    """Texts of that list of the Pack screen; the lines of what happened come after it."""
    texts = [item[0].strip() for item in shown]
    begin = texts.index("Faults that are there")
    ends = [i for i, text in enumerate(texts) if i > begin and text.startswith("What happened")]
    return texts[begin + 1:ends[0] if ends else None]


def place_of(shown, text, last=False):
    """Middle of a text."""
    for item in reversed(shown) if last else shown:
        if item[0].strip() == text:
            return item[1] + item[3] // 2, item[2] + item[4] // 2
    raise LookupError(text)


def pin_place(shown, number, name):
    """Middle of the pin whose number stands over its name."""
    for text, x, y, _, _, _ in shown:
        below = [item for item in shown if item[1] == x and item[2] == y + 13]
        if text.rstrip(" *~?") == number and below and below[0][0] == name:
            return x + 10, y + 13
    raise LookupError(f"{number} {name}")


def write(folder, scenario, name="short.json"):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(scenario, file)
    return path


def hash_of(path, folder):
    """Trace hash of packsim run."""
    out = os.path.join(folder, "out-" + os.path.basename(path))
    done = subprocess.run([PACKSIM, "run", path, "--record", "none", "--out", out],
                          capture_output=True, text=True, check=False, env=environment(),
                          timeout=200)
    with open(os.path.join(out, "results.json"), encoding="utf-8") as file:
        results = json.load(file)
    holds(f"{path} runs", done.returncode in (0, 1) and len(results["runs"]) == 1, done.stderr)
    return results["runs"][0]["trace_hash"].replace("0x", "")


def test_refusals(folder, path):
    one_line("a screen that is not there", gui(path, "--screen", "sky"), 2, "--screen: sky, allow")
    one_line("a theme that is not there", gui("--theme", "green"), 2, "allowed light dark")
    one_line("too small", gui("--size", "640x480"), 2, "allowed WxH from 800x600")
    one_line("no size", gui("--size", "big"), 2, "--size: big")
    one_line("no number", gui("--at", "soon", "--screenshot", "x.png"), 2, "--at: soon")
    one_line("--at alone", gui("--at", "3"), 2, "--at without --screenshot")
    one_line("two scenarios", gui(path, path), 2, "a second scenario")
    one_line("no file", gui("nowhere.json"), 2, "nowhere.json")
    one_line("a picture nowhere", gui(path, "--screenshot", folder + "/no/where.png"), 2,
             "where.png: cannot be written")
    done = gui("--help")
    holds("help", done.returncode == 0 and "packsim gui SU-001" in done.stdout, done)


def test_without_display(folder, path):
    for screen in ("pack", "connectors"):
        for size in ("800x600", "2560x1440"):
            name = f"{folder}/{screen}-{size}.png"
            done = gui(path, "--screenshot", name, "--at", "4", "--screen", screen, "--size", size)
            holds(f"picture {screen} {size}", done.returncode == 0 and not done.stderr, done)
    picture = png(f"{folder}/connectors-800x600.png")
    holds("its size", picture[:2] == (800, 600), picture[:2])
    done = gui(path, "--screenshot", folder + "/c.txt", "--at", "4", "--screen", "connectors",
               "--size", "800x600")
    x, y = next((item[1] + item[3] + 4, item[2] + 8) for item in texts(folder + "/c.txt")
                if item[0].strip() == "9" and item[5] == "on_fill")
    holds("the broken pin is red", pixel(picture, x, y) == BAD, pixel(picture, x, y))
    gui(path, "--screenshot", folder + "/again.png", "--at", "4", "--screen", "connectors",
        "--size", "800x600")
    with open(folder + "/again.png", "rb") as one, \
            open(folder + "/connectors-800x600.png", "rb") as other:
        holds("the same picture twice", one.read() == other.read())
    one_line("no display", gui(path, env=environment(SDL_VIDEODRIVER="x11")), 3, "no display",
             "--screenshot")
    config = folder + "/fonts.conf"
    with open(config, "w", encoding="utf-8") as file:
        file.write('<?xml version="1.0"?><fontconfig></fontconfig>\n')
    one_line("no font", gui(path, "--screenshot", folder + "/f.png",
                            env=environment(FONTCONFIG_FILE=config)), 3, "fonts-dejavu-core")
    broken = dict(SHORT, load=[{"at_s": 0, "profile": {"source": "soul_ev_drive"}}])
    done = gui(write(folder, broken, "broken.json"), "--screenshot", folder + "/b.png",
               env=environment(PACKSIM_DATA=folder))
    one_line("a run that cannot begin", done, 1, "packsim gui: ")


def test_same_hash(folder, path):
    alone = hash_of(path, folder)
    done = gui(path, "--speed", "max", "--frames", "100000",
               env=environment(SDL_VIDEODRIVER="dummy"))
    holds("the window changes nothing", f"trace hash {alone}" in done.stdout, done.stdout + alone)
    holds("it says what a frame costs", "% of a core at 60 a second" in done.stdout, done.stdout)


class Session:
    """A window under Xvfb."""

    def __init__(self, folder, *words):
        self.folder = folder
        read, written = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(written), "-screen", "0", "2600x1500x24"],
            pass_fds=[written], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(written)
        with os.fdopen(read) as file:
            self.env = environment(DISPLAY=":" + file.readline().strip())
        self.process = subprocess.Popen([PACKSIM, "gui", *words], env=self.env, cwd=folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.window = self.wait("a window", lambda: self.do(
            "search", "--onlyvisible", "--name", "packsim: ").split())[0]
        self.wait("the focus", self.focus)

    def focus(self):
        self.do("windowfocus", self.window)
        time.sleep(0.2)
        return self.do("getwindowfocus").strip() == self.window

    def do(self, *words):
        return subprocess.run(["xdotool", *words], env=self.env, capture_output=True, text=True,
                              check=False, timeout=30).stdout

    def wait(self, what, look):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end and self.process.poll() is None:
            found = look()
            if found:
                return found
            time.sleep(0.1)
        raise TimeoutError(what)

    def key(self, *keys):
        self.do("key", "--delay", "60", *keys)

    def file(self, suffix, key):
        """What a key writes."""
        before = set(os.listdir(self.folder))
        self.key(key)
        new = self.wait(f"a file of {key}", lambda: [
            name for name in set(os.listdir(self.folder)) - before if name.endswith(suffix)])
        path = os.path.join(self.folder, new[0])
        time.sleep(0.2)
        return path

    def texts(self):
        return texts(self.file(".txt", "P"))

    def until(self, text, what):
        shown = []

        def look():
            nonlocal shown
            shown = self.texts()
            return has(shown, text)
        try:
            self.wait(what, look)
            holds(what, True)
        except TimeoutError:
            holds(what, False, [item[0] for item in shown])
        return shown

    def click(self, place):
        def look():
            shown = self.do("getwindowgeometry", "--shell", self.window)
            return re.search(r"X=(\d+)\nY=(\d+)", shown)
        x, y = map(int, self.wait("the window's place", look).groups())
        self.do("mousemove", str(x + place[0]), str(y + place[1]))
        time.sleep(0.2)
        self.do("click", "1")
        time.sleep(0.4)

    def end(self):
        try:
            return self.process.communicate(timeout=DEADLINE_S)
        finally:
            self.server.terminate()
            self.server.wait()


def time_shown(shown):
    return float(next(item[0] for item in shown if re.fullmatch(r"\d+\.\d{3} s", item[0]))[:-2])


def break_a12(session):
    """Returns the place of the pin."""
    session.until("BMS STANDBY", "the BMS is ready")
    session.key("2")
    session.until("BMS DRIVE", "a drive begins")
    session.key("F2")
    shown = session.until("8T7", "the connectors")
    place = pin_place(shown, "12", "8T7")
    session.click(place)
    shown = session.until("A12 M8.T7", "the menu of the pin")
    session.click(place_of(shown, "open", last=True))
    shown = session.until("open of wire.A12", "the fault of the pin in words")
    session.until("the BMS: open", "the BMS holds the wire open")
    picture = png(session.file(".png", "p"))
    seen = {pixel(picture, place[0] + dx, place[1] + dy) for dx in range(-8, 30) for dy in (-8, 20)}
    holds("the pin is marked", BAD in seen, seen)
    session.key("F1")
    shown = session.until("OPEN_WIRE_REDUNDANT", "the DTC is named")
    holds("and its place", any(item[0] == "A12" for item in shown), [item[0] for item in shown])
    holds("one wire of a doubled tap: a warning, the drive goes on", has(shown, "BMS DRIVE"), shown)
    return place


def clear_pause_back(session, place):
    session.key("F2")
    session.click(place)
    shown = session.until("clear all faults here", "the menu again")
    session.click(place_of(shown, "clear all faults here", last=True))
    session.key("F1")
    shown = session.until("wire.A12: cleared", "it says so")
    holds("the fault is gone", "open of wire.A12" not in faults_that_are_there(shown), shown)
    session.key("space")
    before = time_shown(session.until("PAUSED", "pause"))
    session.key("period", "period", "period")
    session.wait("three ticks", lambda: time_shown(session.texts()) > before)
    holds("three ticks", abs(time_shown(session.texts()) - before - 0.003) < 1e-6,
          (before, time_shown(session.texts())))
    session.key("BackSpace")
    shown = session.until("back at", "back")
    holds("time went back", time_shown(shown) < before and has(shown, "PAUSED"), before)
    session.key("greater", "x")
    session.until("for the next tick", "a load waits for its tick")
    session.key("period", "space")
    session.until("RUNNING", "it goes on")


def resize(session):
    for width, height in ((800, 600), (2560, 1440), (1024, 700)):
        session.do("windowsize", session.window, str(width), str(height))
        time.sleep(0.6)
        for screen in ("F2", "F1"):
            session.key(screen)
            picture = png(session.file(".png", "p"))
            holds(f"{screen} at {width}x{height}", picture[:2] == (width, height), picture[:2])
            shown = session.texts()
            holds("nothing is cut", not any(item[0].endswith("..") for item in shown),
                  [item[0] for item in shown if item[0].endswith("..")])


def test_session(folder):
    session = Session(folder, "--speed", "1")
    out = err = ""
    try:
        place = break_a12(session)
        clear_pause_back(session, place)
        resize(session)
        session.key("space")
        session.until("PAUSED", "pause for saving")
        saved = session.file("by-hand-1.json", "s")
        session.until("saved as", "it says what it saved")
        with open(saved, encoding="utf-8") as file:
            promised = re.search(r"trace hash ([0-9a-f]{16})", json.load(file)["why"]).group(1)
        holds("the saved scenario is the same run", hash_of(saved, folder) == promised, promised)
        session.key("q")
    except (TimeoutError, LookupError) as error:
        holds("the session", False, f"{error!r}, exit {session.process.poll()}")
        session.process.terminate()
    finally:
        out, err = session.end()
    holds("quit", session.process.returncode == 0 and "trace hash" in out and not err,
          f"exit {session.process.returncode}: {out}{err}")


def test_display_goes(folder):
    session = Session(folder, "--speed", "1")
    session.key("r")
    session.until("recording into", "recording")
    session.server.kill()
    out, err = session.end()
    holds("a display that goes is said", "the display has gone" in err and
          session.process.returncode in (1, 3), f"exit {session.process.returncode}: {out}{err}")
    kept = os.path.join(folder, "out", "window", "WINDOW-1")
    done = subprocess.run([PACKSIM, "export", kept, "--signals", "phys.pack.V"],
                          capture_output=True, text=True, check=False, env=environment())
    holds("what was recorded is kept", os.path.exists(kept + "/story.json") and
          done.returncode == 0, done.stderr)


def main():
    version = subprocess.run([PACKSIM, "gui", "--screenshot", os.devnull + "/x"],
                             capture_output=True, text=True, check=False, env=environment())
    if "built without SDL2" in version.stderr:
        print("skipped: gui: packsim was built without SDL2")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, SHORT)
        test_refusals(folder, path)
        test_without_display(folder, path)
        test_same_hash(folder, path)
        missing = [tool for tool in ("Xvfb", "xdotool") if not shutil.which(tool)]
        if "--session" not in sys.argv:
            skipped.append("gui_session: takes a minute, make test-gui runs it")
        elif missing:
            skipped.append(f"gui_session: {' and '.join(missing)} not installed")
        else:
            for test in (test_session, test_display_goes):
                with tempfile.TemporaryDirectory() as place:
                    test(place)
    for what in skipped:
        print(f"skipped: {what}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
