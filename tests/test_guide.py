#!/usr/bin/env python3
"""The documents tell the truth: the guide's commands run, the reference is what the tables say."""
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))


def blocks(text, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)


def main():
    with open(os.path.join(ROOT, "docs", "guide.md"), encoding="utf-8") as file:
        guide = file.read()
    commands = [line for block in blocks(guide, "sh") for line in block.splitlines()]
    examples = blocks(guide, "json")
    is_whole = len(examples) == 1 and len(commands) >= 8
    failures = [] if is_whole else ["blocks of the guide not found"]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "my_wire.json"), "w", encoding="utf-8") as file:
            file.write(examples[0])
        for command in commands:
            words = shlex.split(command)
            done = subprocess.run([PACKSIM] + words[1:], cwd=folder, capture_output=True, text=True,
                                  env={**os.environ, "PACKSIM_HOME": ROOT}, check=False)
            if words[0] != "packsim" or done.returncode != 0:
                failures.append(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    reference = subprocess.run([PACKSIM, "check", "--reference"], capture_output=True, text=True,
                               check=False).stdout
    with open(os.path.join(ROOT, "docs", "scenario-reference.md"), encoding="utf-8") as file:
        if file.read() != reference or "`soc_pct`" not in reference:
            failures.append("docs/scenario-reference.md is not what the tables say: make docs")
    for failure in failures:
        print(f"test_guide.py: {failure}")
    total = len(commands) + 2
    print(f"{100 * (total - len(failures)) // total}%: Checks: {total}, Failures: {len(failures)}, "
          "Errors: 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
