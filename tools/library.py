#!/usr/bin/env python3
"""The page of the library: which scenarios run which canonical case, and what is still open.

usage: tools/library.py [--check] [--packsim FILE]
Writes docs/library.md from tests/cases.json and the tags hil-01..hil-24 of scenarios/library.
--check writes nothing. Exit 1 iff the page is old, a case has no scenario, a tag names no case, or
a case names a reaction that nobody measures; each in one line. Exit 2 bad usage or file.
"""
import argparse
import json
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PAGE = os.path.join(ROOT, "docs", "library.md")
CASES = os.path.join(ROOT, "tests", "cases.json")
CASE_COUNT = 24
KEYS = {"case": int, "title": str, "stimuli": str, "reactions": list, "open": list}
HEAD = """# Library of scenarios

Written by `make docs` from `tests/cases.json` and the tags of `scenarios/library`; do not edit.

{count} scenarios, {runs} runs. `packsim run` takes the default suite,
`packsim run scenarios-full.json` the full library within ten minutes, `packsim run --filter long`
what takes longer. `packsim run --filter hil-07` runs one case, whatever suite it belongs to.

| suite | scenarios | runs |
|---|---:|---:|
{suites}

The cases are the ones that a bench is expected to run against a BMS. Rows of `packsim reactions`
measure the same fault at every place and in ten phases; their figures stand in
[fault-reactions.md](fault-reactions.md). *Open* is what a case asks for and no scenario shows yet,
or what a scenario has shown and nobody has mended.
"""


def suite_of(scenario):
    return next((word for word in ("long", "full") if word in scenario["tags"]), "default")


def cases_of(scenario):
    """Numbers of its cases; None stands for a tag that names none."""
    numbers = []
    for tag in scenario["tags"]:
        if not tag.startswith("hil-"):
            continue
        number = int(tag[4:]) if re.fullmatch(r"hil-[0-9]{2}", tag) else 0
        numbers.append(number if 1 <= number <= CASE_COUNT else None)
    return numbers


def table(scenarios):
    lines = ["| scenario | runs | suite | what |", "|---|---:|---|---|"]
    for s in sorted(scenarios, key=lambda s: s["id"]):
        lines.append(f"| {s['id']} | {s['runs']} | {suite_of(s)} | {s['title']} |")
    return "\n".join(lines)


def section(case, scenarios):
    text = f"\n## {case['case']}. {case['title']}\n\nStimuli: {case['stimuli']}.\n"
    text += f"\n{table(scenarios)}\n"
    if case["reactions"]:
        text += f"\nMeasured everywhere: {', '.join(case['reactions'])}.\n"
    for item in case["open"]:
        text += f"\n- Open: {item}"
    return text + ("\n" if case["open"] else "")


def page(cases, scenarios):
    suites = []
    for name in ("default", "full", "long"):
        own = [s for s in scenarios if suite_of(s) == name]
        suites.append(f"| {name} | {len(own)} | {sum(s['runs'] for s in own)} |")
    text = HEAD.format(count=len(scenarios), runs=sum(s["runs"] for s in scenarios),
                       suites="\n".join(suites))
    for case in cases:
        text += section(case, [s for s in scenarios if case["case"] in cases_of(s)])
    others = [s for s in scenarios if not cases_of(s)]
    return text + (f"\n## Beside the cases\n\n{table(others)}\n" if others else "")


def complaints(cases, scenarios, reactions):
    if [c["case"] for c in cases] != list(range(1, CASE_COUNT + 1)):
        yield f"tests/cases.json: found other cases, allowed 1..{CASE_COUNT} in order"
    for s in scenarios:
        if None in cases_of(s):
            yield f"{s['id']}: found a tag hil- of no case, allowed hil-01..hil-{CASE_COUNT}"
        if not s["why"] or not s["requirements"]:
            yield f"{s['id']}: found no why or no requirements, allowed only with both"
    for c in cases:
        if not any(c["case"] in cases_of(s) for s in scenarios):
            yield f"case {c['case']}: found no scenario, allowed at least one"
        for name in c["reactions"]:
            if name not in reactions:
                yield f"case {c['case']}: found reaction {name}, allowed a row of packsim reactions"


def read_cases(path):
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    for case in cases:
        if {key: type(value) for key, value in case.items()} != KEYS:
            raise ValueError(f"{path}: found other keys in case {case.get('case')}, allowed {KEYS}")
    return cases


def list_of(packsim):
    done = subprocess.run([packsim, "list", "--json"], capture_output=True, text=True, check=True,
                          env={**os.environ, "PACKSIM_HOME": ROOT})
    scenarios = json.loads(done.stdout)
    return [s for s in scenarios if "scenarios/library/" in s["file"]]


def reactions_measured():
    with open(os.path.join(ROOT, "docs", "fault-reactions.md"), encoding="utf-8") as file:
        return set(re.findall(r"^\| ([A-Z0-9+-]+) \|", file.read(), re.M))


def main():
    parser = argparse.ArgumentParser(description="writes docs/library.md")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if it is old")
    parser.add_argument("--packsim", default=os.path.join(ROOT, "build", "packsim"))
    request = parser.parse_args()
    try:
        cases, scenarios = read_cases(CASES), list_of(request.packsim)
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as error:
        print(f"tools/library.py: {error}", file=sys.stderr)
        return 2
    found = list(complaints(cases, scenarios, reactions_measured()))
    text = page(cases, scenarios)
    if not request.check:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(text)
    elif not os.path.exists(PAGE) or open(PAGE, encoding="utf-8").read() != text:
        found.append("docs/library.md: found an old page, allowed what make docs writes")
    for line in found:
        print(f"tools/library.py: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
