#!/usr/bin/env python3
"""Writes the table of identifiers into docs/diagnostics.md.

usage: tools/diag_doc.py --packsim PROGRAM
"""
import argparse
import os
import re
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "diagnostics.md")
PLACE = re.compile(r"(<!-- identifiers -->\n).*?(<!-- end of identifiers -->\n)", re.S)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--packsim", required=True)
    arguments = parser.parse_args()
    table = subprocess.run([arguments.packsim, "diag", "--identifiers"], check=True,
                           capture_output=True, text=True).stdout
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    if not PLACE.search(text):
        print(f"{PAGE}: the place for identifiers is missing", file=sys.stderr)
        return 1
    new = PLACE.sub(lambda match: match.group(1) + table + match.group(2), text)
    if new != text:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
