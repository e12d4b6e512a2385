#!/usr/bin/env python3
"""docs/scenarios.md teaches by examples: each is run here, and its verdict compared with the one
that stands at its block: pass, fail, inconclusive, or refused: with a part of the message."""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
ENV = {**os.environ, "PACKSIM_HOME": ROOT}
EXAMPLE_MIN = 15


def blocks(text):
    return re.findall(r"^```(\w+) ([^\n]+)\n(.*?)^```$", text, re.M | re.S)


def packsim(folder, *words):
    return subprocess.run([PACKSIM, *words], cwd=folder, capture_output=True, text=True, env=ENV,
                          check=False)


def refused(folder, name, wanted):
    done = packsim(folder, "check", name)
    lines = done.stderr.splitlines()
    if done.returncode != 2 or len(lines) != 1:
        return f"exit {done.returncode}, {len(lines)} lines, wanted a refusal"
    return "" if wanted in lines[0] else f"{lines[0]} does not say: {wanted}"


def judged(folder, names, wanted):
    """Run all of them at once; what is wrong, by file."""
    packsim(folder, "run", "--out", "out", "--record", "none", "--quiet", *names)
    with open(os.path.join(folder, "out", "results.json"), encoding="utf-8") as file:
        runs = json.load(file)["runs"]
    wrong = []
    for name in names:
        verdict, count = wanted[name]
        mine = [run for run in runs if os.path.basename(run["file"]) == name]
        seen = sorted({run["verdict"] for run in mine})
        if seen != [verdict] or len(mine) != count:
            checks = [check for run in mine for check in run["checks"]
                      if check["verdict"] != verdict]
            wrong.append(f"{name}: {len(mine)} runs {seen}, wanted {count} {verdict}; {checks[:2]}")
    return wrong


def main():
    with open(os.path.join(ROOT, "docs", "scenarios.md"), encoding="utf-8") as file:
        found = blocks(file.read())
    failures, wanted, total = [], {}, 1
    with tempfile.TemporaryDirectory() as folder:
        refusals = []
        for index, (kind, word, text) in enumerate(found):
            name = f"example-{index}.json"
            if kind == "csv" or word.startswith("fragment "):
                name = word.split()[-1]
            elif word.startswith("refused: "):
                refusals.append((name, word[len("refused: "):]))
            else:
                runs = re.search(r"(\d+) runs", word)
                wanted[name] = (word.split()[0], int(runs.group(1)) if runs else 1)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        total += len(wanted) + len(refusals)
        if total <= EXAMPLE_MIN:
            failures.append(f"only {total} examples found in docs/scenarios.md")
        for name, part in refusals:
            message = refused(folder, name, part)
            failures += [f"{name}: {message}"] if message else []
        check = packsim(folder, "check", *wanted)
        if check.returncode != 0:
            failures.append(check.stderr)
        else:
            failures += judged(folder, sorted(wanted), wanted)
    for failure in failures:
        print(f"test_scenarios_doc.py: {failure}")
    print(f"{100 * (total - len(failures)) // total}%: Checks: {total}, Failures: {len(failures)}, "
          "Errors: 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
