#!/usr/bin/env python3
"""Mutants of the protection and the judge: one operator changed at a time, killed or not.

usage: tools/mutate.py [--count N] [--seed N] [--file FILE] [--list] [--build DIR] [--jobs N]
                       [--cc CC] [--flags FLAGS] [--libs LIBS] [--minutes M] [--out DIR]
Every comparison, boundary, boolean and arithmetic operator of the files in tests/mutants.json is a
mutant; --count takes that many, spread over all (default: all). All mutants of a file are built
into one program; a variable of its environment says which one runs. A mutant is killed when a
test program of its file fails, crashes (also where an index leaves its array) or does not end.
Results are kept in --out while the sources and tests stay the same. Prints survivors and the
score of killed ones; the last line is "N passed, N failed, N skipped": 1 passed iff the score
reaches the bar and nothing survives in the files of "complete". Exit 1 iff it does not, 4 iff the
time was up before all were tried.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import time

from plant import Plant, PlantError, Progress, read_json, safe_name

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
SWAPS = {  # operator: what it becomes, one mutant each
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "&&": ("||",), "||": ("&&",),
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "+=": ("-=",), "-=": ("+=",),
    "++": ("--",), "--": ("++",), "!": ("",),
}
TOKEN = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|^[ \t]*#[^\n]*"
    r"|->|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\+\+|--|\*=|/=|[-+*/<>!=&|?:;,(){}\[\]~%^.]"
    r"|[A-Za-z_0-9]+", re.S | re.M)
# An index beyond its array traps, as it does in `make asan`; no run-time library is needed.
BOUNDS = ("-fsanitize=bounds", "-fsanitize-undefined-trap-on-error")
# Which mutant of the program runs; 0: none.
SELECTOR = """extern char *getenv(const char *name);
extern int atoi(const char *text);
static int mutant_chosen = -1;
static int mutant_number(void) {
  if (mutant_chosen < 0) mutant_chosen = getenv("MUTANT") ? atoi(getenv("MUTANT")) : 0;
  return mutant_chosen;
}
"""
COMPILE_TRIES = 8
OPERAND_END = re.compile(r"[A-Za-z0-9_)\]]$")
KEYWORDS = ("return", "case", "else", "sizeof")


def tokens_of(text):
    """(position, token) of the code: no comments, literals or preprocessor lines."""
    return [(m.start(), m.group()) for m in TOKEN.finditer(text)
            if m.group()[:2] not in ("/*", "//") and m.group()[0] not in "\"'"
            and not m.group().lstrip().startswith("#")]


def inside_functions(tokens):
    """For each token: 1 iff it stands in a function's body, not in a table or an enum."""
    inside, depth, body = [], 0, 0
    for i, (_, token) in enumerate(tokens):
        if token == "{":
            if depth == 0:
                body = 1 if i > 0 and tokens[i - 1][1] == ")" else 0
            depth += 1
        inside.append(body if depth > 0 else 0)
        if token == "}":
            depth -= 1
    return inside


def bodies_of(text):
    """(begin, end) of each function's body, its braces left out."""
    tokens = tokens_of(text)
    inside, found, depth, begin = inside_functions(tokens), [], 0, 0
    for i, (at, token) in enumerate(tokens):
        if token == "{":
            begin = at + 1 if depth == 0 else begin
            depth += 1
        elif token == "}":
            depth -= 1
            if depth == 0 and inside[i]:
                found.append((begin, at))
    return found


def joined_text(text, mutants):
    """All mutants in one source: a function's body becomes a switch over the body as it is and its
    mutants. Also the first and last line of each mutant."""
    pieces, lines, done, ranges = [SELECTOR], SELECTOR.count("\n") + 1, 0, {}

    def put(piece):
        nonlocal lines
        pieces.append(piece)
        lines += piece.count("\n")

    for begin, end in bodies_of(text):
        own = [(i, m) for i, m in enumerate(mutants) if begin <= m["at"] < end]
        put(text[done:begin])
        done = begin if not own else end
        if not own:
            continue
        put("switch (mutant_number()) {")
        for i, mutant in own:
            first, after = lines + 1, mutant["at"] + len(mutant["old"])
            put(f"\ncase {i + 1}: {{" + text[begin:mutant["at"]] + mutant["new"]
                + text[after:end] + "\n} break;")
            ranges[i] = (first, lines)
        put("\ndefault: {" + text[begin:end] + "\n} break; }")
    put(text[done:])
    return "".join(pieces), [ranges[i] for i in range(len(mutants))]


def is_binary(tokens, i):
    """* and - and + and & stand between operands; a cast or a declaration is none."""
    before, after = tokens[i - 1][1], tokens[i + 1][1]
    if not OPERAND_END.search(before) or before in KEYWORDS:
        return False
    if before.endswith("_t") or before in ("void", "char", "int"):
        return False
    if before == ")" and tokens[i][1] in "*-+" and is_cast(tokens, i - 1):
        return False
    return after not in (")", ",", ";")


def is_cast(tokens, close):
    """The bracket that ends at close holds only a type."""
    open_, depth = close, 0
    while open_ >= 0:
        depth += {")": 1, "(": -1}.get(tokens[open_][1], 0)
        if depth == 0:
            break
        open_ -= 1
    inner = [token for _, token in tokens[open_ + 1:close]]
    return bool(inner) and all(re.fullmatch(r"(u?int\d*_t|int|const|\*|\w+_t)", t) for t in inner)


def mutants_of(file, text):
    """All single-operator mutants of a source, in its order."""
    tokens = tokens_of(text)
    inside = inside_functions(tokens)
    found = []
    for i, (at, token) in enumerate(tokens):
        if not inside[i] or token not in SWAPS:
            continue
        if token in ("+", "-", "*", "/", "<", ">") and not is_binary(tokens, i):
            continue
        for new in SWAPS[token]:
            line = text.count("\n", 0, at) + 1
            words = text.splitlines()[line - 1].strip()
            column = at - text.rfind("\n", 0, at)
            nth = 1 + sum((m["line"], m["old"], m["new"]) == (line, token, new) for m in found)
            found.append({"file": file, "line": line, "column": column, "at": at, "old": token,
                          "new": new, "words": words, "nth": nth})
    return found


def chosen(mutants, count, seed):
    if count <= 0 or count >= len(mutants):
        return mutants
    keep = sorted(random.Random(seed).sample(range(len(mutants)), count))
    return [mutants[i] for i in keep]


def name_of(mutant):
    return f"{mutant['file']}:{mutant['line']}:{mutant['column']}: {mutant['old']} -> " \
           f"{mutant['new'] or 'nothing'}"


class Lab:
    """Builds and tries mutants; the tests' objects are compiled once."""

    def __init__(self, plant, table):
        self.plant, self.table = plant, table
        self.folder = os.path.join(plant.build, "mutants")
        os.makedirs(os.path.join(ROOT, self.folder), exist_ok=True)
        self.limit_s = {}

    def objects(self, test):
        return [os.path.join(self.folder, test + ".o"), os.path.join(self.folder, "main.o")]

    def prepare(self, tests):
        """Compiles the tests and runs them once: they must pass. How long each takes is kept."""
        self.plant.compile("tests/main.c", os.path.join(self.folder, "main.o"))
        for test in sorted(tests):
            self.plant.compile(f"tests/{test}.c", self.objects(test)[0])
            program = os.path.join(self.folder, test)
            self.plant.link(self.objects(test), [], program)
            begin = time.monotonic()
            if not self.passes(program, 120.0):
                raise PlantError(f"tests/{test}.c: fails without a mutant")
            self.limit_s[test] = 10.0 + 20.0 * (time.monotonic() - begin)

    def passes(self, program, limit_s, number=0):
        try:
            done = subprocess.run([os.path.join(ROOT, program)], cwd=ROOT, timeout=limit_s,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, check=False,
                                  env={**os.environ, "CK_FORK": "no", "MUTANT": str(number)})
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def build(self, file, mutants):
        """One program for each test of a file holds all of its mutants; MUTANT says which one runs.
        Returns the mutants that compile."""
        with open(os.path.join(ROOT, file), encoding="utf-8") as source:
            text = source.read()
        name = os.path.join(self.folder, safe_name(file[:-2]))
        mutants = list(mutants)
        for _ in range(COMPILE_TRIES):
            joined, ranges = joined_text(text, mutants)
            with open(os.path.join(ROOT, name + ".c"), "w", encoding="utf-8") as out:
                out.write(joined)
            try:
                self.plant.compile(name + ".c", name + ".o", beside=file, more=BOUNDS)
                break
            except PlantError as error:
                wrong = {int(line) for line in re.findall(r"\.c:(\d+):\d+: error", error.said)}
                kept = [mutant for mutant, (first, last) in zip(mutants, ranges)
                        if not any(first <= line <= last for line in wrong)]
                if len(kept) == len(mutants):
                    raise
                mutants = kept
        else:
            raise PlantError(f"{file}: too many mutants that do not compile")
        for test in self.table["files"][file]:
            self.plant.link(self.objects(test), [name + ".o"], self.program(file, test))
        for index, mutant in enumerate(mutants):
            mutant["number"] = index + 1
        return mutants

    def program(self, file, test):
        return os.path.join(self.folder, f"{safe_name(file[:-2])}-{test}")

    def killer(self, mutant):
        """Name of the test that fails with it, None iff it survives."""
        for test in self.table["files"][mutant["file"]]:
            program = self.program(mutant["file"], test)
            if not self.passes(program, self.limit_s[test], mutant["number"]):
                return test
        return None


def identity_of(table):
    """Another source or test: all mutants are tried again."""
    digest = hashlib.sha256(json.dumps(table, sort_keys=True).encode())
    for folder in ("ecu_model/core", "ecu_model/gen", "scenarios", "tests"):
        for name in sorted(os.listdir(os.path.join(ROOT, folder))):
            if name.endswith((".c", ".h")):
                with open(os.path.join(ROOT, folder, name), "rb") as file:
                    digest.update(file.read())
    return digest.hexdigest()


def kept_results(path, identity):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        kept = json.load(file)
    return kept["killer"] if kept["identity"] == identity else {}


def try_all(lab, mutants, killer, arguments):
    """Fills killer: {name of mutant: test that kills it or ""}; stops when the time is up."""
    begin = time.monotonic()
    todo = [mutant for mutant in mutants if name_of(mutant) not in killer]
    built = []
    for file in sorted({mutant["file"] for mutant in todo}):
        own = [mutant for mutant in todo if mutant["file"] == file]
        built += lab.build(file, own)
    for mutant in todo:
        if mutant not in built:
            killer[name_of(mutant)] = "the compiler"
    todo = built
    progress = Progress(len(todo))

    def judge(mutant):
        if arguments.minutes and time.monotonic() - begin > 60.0 * arguments.minutes:
            return
        killed_by = lab.killer(mutant) or ""
        killer[name_of(mutant)] = killed_by
        progress.tell(f"{name_of(mutant)}  {killed_by or 'SURVIVES: ' + mutant['words']}",
                      not killed_by)

    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        list(pool.map(judge, todo))


def report(mutants, killer, equivalent, bar_pct):
    """Prints score for each file and in all; returns the score in percent."""
    tried = [m for m in mutants if name_of(m) in killer
             and killer[name_of(m)] != "the compiler" and not is_equivalent(m, equivalent)]
    for file in sorted({mutant["file"] for mutant in tried}):
        own = [mutant for mutant in tried if mutant["file"] == file]
        dead = sum(1 for mutant in own if killer[name_of(mutant)])
        print(f"{file:32} {dead:4} of {len(own):4} killed, {100.0 * dead / len(own):5.1f} %")
    for mutant in tried:
        if not killer[name_of(mutant)]:
            print(f"survives: {name_of(mutant)}  {mutant['words']}")
    dead = sum(1 for mutant in tried if killer[name_of(mutant)])
    score_pct = 100.0 * dead / len(tried) if tried else 0.0
    print(f"{dead} of {len(tried)} mutants killed: {score_pct:.1f} %, bar {bar_pct} %")
    return score_pct, dead, len(tried)


def incomplete(table, mutants, killer, equivalent):
    """Survivors in files of which every mutant must be killed."""
    found = [m for m in mutants if m["file"] in table["complete"]
             and killer.get(name_of(m)) == "" and not is_equivalent(m, equivalent)]
    for mutant in found:
        print(f"{mutant['file']} may have no survivor: {name_of(mutant)}")
    return found


def key_of(mutant):
    """What stands in the table's list of equivalent mutants; a line number would not last."""
    return (os.path.basename(mutant["file"]), mutant["words"], mutant["old"], mutant["new"])


def numbered_key_of(mutant):
    """The same for one operator of several equal ones on a line: its number from 1 behind it."""
    file, words, old, new = key_of(mutant)
    return (file, words, f"{old} {mutant['nth']}", new)


def is_equivalent(mutant, equivalent):
    return key_of(mutant) in equivalent or numbered_key_of(mutant) in equivalent


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--table", default=os.path.join(ROOT, "tests", "mutants.json"))
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--build", default="build")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--flags", default="")
    parser.add_argument("--libs", default="")
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--out", default="")
    return parser.parse_args()


def main():
    arguments = parse()
    table = read_json(arguments.table)
    files = [file for file in table["files"] if arguments.file in file]
    mutants = []
    for file in files:
        with open(os.path.join(ROOT, file), encoding="utf-8") as source:
            mutants += mutants_of(file, source.read())
    mutants = chosen(mutants, arguments.count, arguments.seed)
    if arguments.list or not mutants:
        print("\n".join(f"{name_of(m)}  {m['words']}" for m in mutants) or "no mutant")
        return 0 if mutants else 2
    equivalent = {tuple(row[:4]) for row in table["equivalent"]}
    plant = Plant(ROOT, arguments.build, arguments.cc, arguments.flags, arguments.libs)
    lab = Lab(plant, table)
    identity = identity_of(table)
    out = arguments.out or os.path.join(ROOT, lab.folder)
    os.makedirs(out, exist_ok=True)
    kept_path = os.path.join(out, "killer.json")
    killer = kept_results(kept_path, identity)
    try:
        lab.prepare({test for file in files for test in table["files"][file]})
        try_all(lab, mutants, killer, arguments)
    except PlantError as error:
        print(error, file=sys.stderr)
        return 2
    with open(kept_path, "w", encoding="utf-8") as file:
        json.dump({"identity": identity, "killer": killer}, file, indent=0)
    score_pct, dead, tried = report(mutants, killer, equivalent, table["bar_pct"])
    with open(os.path.join(out, "summary.json"), "w", encoding="utf-8") as file:
        survivors = [f"{name_of(m)}: {m['words']}" for m in mutants
                     if killer.get(name_of(m)) == "" and not is_equivalent(m, equivalent)]
        json.dump({"killed": dead, "tried": tried, "of": len(mutants), "files": files,
                   "survivors": survivors, "bar_pct": table["bar_pct"]}, file, indent=1)
    is_late = any(name_of(mutant) not in killer for mutant in mutants)
    passed = score_pct >= table["bar_pct"] and not incomplete(table, mutants, killer, equivalent)
    print(f"{1 if passed else 0} passed, {0 if passed else 1} failed, 0 skipped")
    if not passed:
        return 1
    return 4 if is_late else 0


if __name__ == "__main__":
    sys.exit(main())
