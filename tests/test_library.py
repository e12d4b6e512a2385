#!/usr/bin/env python3
"""The library's page is current, each canonical case has scenarios, and what is missing is seen."""
import copy
import json
import os
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools"))
import library  # noqa: E402

import tally
from tally import check



def test_page():
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "library.py"), "--check",
                           "--packsim", PACKSIM], capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"the page: exit {done.returncode}\n{done.stdout}{done.stderr}")
    with open(library.PAGE, encoding="utf-8") as file:
        text = file.read()
    for name in sorted(os.listdir(os.path.join(ROOT, "scenarios", "library"))):
        with open(os.path.join(ROOT, "scenarios", "library", name), encoding="utf-8") as file:
            check(f"| {json.load(file)['id']} |" in text, f"{name} is not on the page")


def test_complaints(cases, scenarios, reactions):
    def told(change):
        wrong = copy.deepcopy([cases, scenarios, reactions])
        change(*wrong)
        return list(library.complaints(*wrong))

    check(told(lambda c, s, r: None) == [], "a right library is not complained about")
    check(len(told(lambda c, s, r: c.pop())) == 1, "a case that is left out")
    check(len(told(lambda c, s, r: c.reverse())) == 1, "cases out of order")
    check(len(told(lambda c, s, r: s[0].update(why=""))) == 1, "no why")
    check(len(told(lambda c, s, r: s[0].update(requirements=[]))) == 1, "no requirement")
    check(len(told(lambda c, s, r: r.discard("OV-STEP"))) == 1, "a reaction that nobody measures")
    for tag in ("hil-00", "hil-25", "hil-7", "hil-x1"):
        check(len(told(lambda c, s, r: s[0]["tags"].append(tag))) == 1, f"the tag {tag}")

    def drop(case_number):
        def change(cases_now, scenarios_now, reactions_now):
            scenarios_now[:] = [s for s in scenarios_now
                                if case_number not in library.cases_of(s)]
        return change
    for number in range(1, library.CASE_COUNT + 1):
        lost = told(drop(number))
        check(f"case {number}: found no scenario, allowed at least one" in lost, f"case {number}")


def test_text(cases, scenarios):
    text = library.page(cases, scenarios)
    check(text == library.page(cases, list(reversed(scenarios))), "the order of the files is seen")
    scenario = {"id": "X-1", "title": "x", "runs": 3, "tags": ["long"], "why": "y"}
    check("## Beside the cases" in library.page(cases, [scenario]) and
          "| X-1 | 3 | long | x |" in library.page(cases, [scenario]), "a scenario of no case")
    check("| long | 1 | 3 |" in library.page(cases, [scenario]), "the sum of the runs")


def main():
    cases, scenarios = library.read_cases(library.CASES), library.list_of(PACKSIM)
    test_page()
    test_complaints(cases, scenarios, library.reactions_measured())
    test_text(cases, scenarios)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
