"""Programs with a changed source: a file is copied, changed, compiled and linked instead of the
original; everything else comes from the library that `make` has built."""
import json
import os
import re
import shlex
import subprocess
import sys
import threading


class PlantError(Exception):
    """The change cannot be made or built: it says nothing about the tests."""

    def __init__(self, text, said=""):
        super().__init__(text)
        self.said = said  # all that the compiler said


def edited(text, edits, file):
    """The text after all edits; each old text must be there exactly once."""
    for edit in edits:
        count = text.count(edit["text"])
        if count != 1:
            raise PlantError(f"{file}: text is there {count} times, allowed 1: {edit['text']!r}")
        text = text.replace(edit["text"], edit["replacement"])
    return text


class Plant:
    """Compiler and objects of a build. cc, flags and libs as `make` has them."""

    def __init__(self, root, build, cc, flags, libs):
        self.root, self.build, self.cc = root, build, cc
        # a planted mistake may leave a function unused; its optimiser need not take long
        self.flags = [f for f in shlex.split(flags) if f not in ("-MMD", "-MP", "-g", "-O2")]
        self.flags += ["-w", "-O1"]
        self.libs = shlex.split(libs)

    def call(self, command):
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PlantError(f"{' '.join(command[:1])}: {done.stderr.strip()[:600]}", done.stderr)

    def compile(self, source, target, beside=None, more=()):
        """beside: the file whose folder the includes of source are looked up from; more: flags."""
        folder = os.path.dirname(beside or source)
        self.call([self.cc, *self.flags, *more, "-iquote", folder, "-c", source, "-o", target])

    def plant(self, folder, edits):
        """Changed objects in folder, one for each file of the edits."""
        os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        objects = []
        for file in sorted({edit["file"] for edit in edits}):
            with open(os.path.join(self.root, file), encoding="utf-8") as original:
                text = original.read()
            text = edited(text, [edit for edit in edits if edit["file"] == file], file)
            copy = os.path.join(folder, os.path.basename(file))
            with open(os.path.join(self.root, copy), "w", encoding="utf-8") as changed:
                changed.write(text)
            objects.append(copy[:-2] + ".o")
            self.compile(copy, objects[-1], beside=file)
        return objects

    def link(self, objects, planted, target):
        """planted comes before the library: its members of the same name are then not taken."""
        library = os.path.join(self.build, "libpacksim.a")
        self.call([self.cc, "-o", target, *objects, *planted, library, *self.libs])


class Progress:
    """One line a finished item: on a terminal all of them, in a pipe only what must be read."""

    def __init__(self, total):
        self.total, self.done, self.lock = total, 0, threading.Lock()

    def tell(self, text, must_be_read):
        with self.lock:
            self.done += 1
            if must_be_read or not sys.stdout.isatty():
                print(f"{self.done:4}/{self.total} {text}", flush=True)
            else:
                print(f"\r\033[K{self.done:4}/{self.total} {text[:90]}", end="", flush=True)
                if self.done == self.total:
                    print()


def read_json(path):
    """Exit 2 with one line where the file cannot be used."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        sys.exit(2)


def safe_name(text):
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)
