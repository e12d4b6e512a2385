#!/usr/bin/env python3
"""The tools that plant mistakes: a text that is not there exactly once is refused, includes of a
changed copy are found, the changed object wins over the library's, a table's errors are told."""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools"))
import mistakes  # noqa: E402
import plant  # noqa: E402

import tally
from tally import check



def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def refusal(call, *arguments):
    try:
        call(*arguments)
    except plant.PlantError as error:
        return str(error)
    return ""


def test_edits():
    edit = {"text": "a < b", "replacement": "a <= b"}
    check(plant.edited("if (a < b)", [edit], "x.c") == "if (a <= b)", "one text is replaced")
    check("0 times" in refusal(plant.edited, "if (a > b)", [edit], "x.c"), "missing text")
    check("2 times" in refusal(plant.edited, "a < b; a < b", [edit], "x.c"), "doubled text")


def test_plant(root):
    write(root + "/part/answer.h", "int answer(void);\n")
    write(root + "/part/answer.c", '#include "answer.h"\nint answer(void) { return 40 + 2; }\n')
    write(root + "/main.c", '#include "part/answer.h"\nint main(void) { return answer(); }\n')
    made = plant.Plant(root, "build", "cc", "-std=c11 -O2", "")
    os.makedirs(root + "/build")
    made.compile("part/answer.c", "build/answer.o")
    made.compile("main.c", "build/main.o")
    made.call(["ar", "rcs", "build/libpacksim.a", "build/answer.o"])
    made.link(["build/main.o"], [], "build/sound")
    check(subprocess.run([root + "/build/sound"], check=False).returncode == 42, "sound program")
    edits = [{"file": "part/answer.c", "text": "40 + 2", "replacement": "40 - 2"}]
    made.link(["build/main.o"], made.plant("build/x", edits), "build/planted")
    check(subprocess.run([root + "/build/planted"], check=False).returncode == 38, "planted one")
    edits[0]["replacement"] = "40 2"
    check("error" in refusal(made.plant, "build/x", edits), "a change that does not compile")


def test_table(folder):
    with open(os.path.join(ROOT, "tests", "mistakes.json"), encoding="utf-8") as file:
        table = json.load(file)
    check(mistakes.check_table("t", table) is None, "the table is of the form")
    for key in mistakes.KEYS:
        broken = json.loads(json.dumps(table))
        del broken["variants"][1][key]
        check(f"$.variants[1].{key}:" in mistakes.check_table("t", broken), f"{key} is missing")
    twice = {"variants": [table["variants"][0]] * 2}
    check("there twice" in mistakes.check_table("t", twice), "an id that is there twice")
    tool = [sys.executable, os.path.join(ROOT, "tools", "mistakes.py")]
    for text, words in (("{", "Expecting"), ("{}", "allowed at least one"), (None, "No such file")):
        path = os.path.join(folder, "table.json")
        if text is None:
            os.remove(path)
        else:
            write(path, text)
        done = subprocess.run([*tool, "--table", path], capture_output=True, text=True, check=False)
        right = done.returncode == 2 and done.stderr.count("\n") == 1 and words in done.stderr
        check(right, f"table {text!r}: {done}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_edits()
        test_plant(folder + "/tree")
        test_table(folder)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
