#!/usr/bin/env python3
"""The house's rules that a compiler does not know.

usage: tools/tidy.py [--root DIR] [--objects BUILD_DIR] [--list]
Prints one line a finding, file:line: rule: what, allowed. Exit 0 iff there is none.
--objects looks for writable data in the object files of a build instead.
"""
import argparse
import os
import posixpath
import re
import subprocess
import sys

LINE_MAX = 100
FUNCTION_MAX = 70
CODE_DIRS = ("sim", "ecu_model", "scenarios", "cli", "gui", "tests", "tools")
PRUNE = re.compile(r"^(\.git|build.*|out.*|__pycache__)$")
TEXT_SUFFIXES = (".c", ".h", ".py", ".sh", ".md", ".json", ".csv", ".dbc", ".txt", ".ld", ".s")
TEXT_NAMES = ("Makefile", "run", "LICENSE")

# --- the map: which part a file belongs to, and which parts it may include

PARTS = [  # first match wins
    (r"ecu_model/pins\.h$", "pins"),
    (r"ecu_model/simd\.h$", "simd"),
    (r"ecu_model/core/(bms|bms_state|isotp|e2e|e2e5)\.h$", "core-api"),
    (r"ecu_model/core/(ekf|soc|soh)\.h$", "estimator"),  # scored alone by validate --soc
    (r"ecu_model/core/", "core"),
    (r"ecu_model/gen/.*_(text|host)\.[ch]$|ecu_model/gen/can_table\.h$", "gen-host"),
    (r"ecu_model/gen/", "gen"),
    (r"ecu_model/board/", "board"),
    (r"ecu_model/firmware/lockstep\w*\.h$", "lockstep"),
    (r"ecu_model/firmware/", "firmware"),
    (r"ecu_model/db/", "db"),
    (r"sim/(hil|cut_ecu)\.[ch]$", "hil"),  # the two that own a board
    (r"sim/", "sim"),
    (r"scenarios/", "scenarios"),
    (r"cli/", "cli"),
    (r"gui/(gui|watch)\.h$", "gui-api"),
    (r"gui/", "gui"),
    (r"tests/", "tests"),
    (r"tools/", "tools"),
]
CORE = {"core", "core-api", "estimator", "gen", "pins"}
WORLD = {"sim", "hil", "pins", "simd", "gen", "gen-host", "core-api"}
MAY_INCLUDE = {
    "pins": set(),
    "simd": set(),
    "core": CORE,
    "core-api": CORE,
    "estimator": CORE,
    "gen": {"gen", "pins"},
    "gen-host": {"gen", "gen-host", "pins"},
    "board": {"board", "core-api", "gen", "pins", "simd"},
    "lockstep": {"lockstep", "core-api", "pins"},
    "firmware": {"firmware", "lockstep"} | CORE,
    "db": {"db", "sim", "pins"},
    "sim": WORLD,
    "hil": WORLD | {"board"},
    "scenarios": WORLD | {"scenarios", "lockstep", "estimator"},
    "cli": WORLD | {"scenarios", "cli", "lockstep", "gui-api"},
    "gui-api": WORLD | {"scenarios", "gui-api"},
    "gui": WORLD | {"scenarios", "gui", "gui-api"},
    "tools": {"tools"},
}
FREESTANDING_HEADERS = {"stdint.h", "stddef.h", "stdbool.h", "string.h"}
FREESTANDING_PARTS = {"pins", "core", "core-api", "estimator", "gen"}
LIBRARY_HOMES = [  # header, where it may be included, in words
    (r"SDL", r"gui/sdl\w*\.[ch]$", "gui/sdl*.c"),
    (r"cjson/|cJSON", r"(scenarios|tests)/", "readers and writers in scenarios/"),
    (r"hdf5", r"(scenarios/recorder\w*\.[ch]$|tests/)", "scenarios/recorder*.c"),
    (r"libsocketcan|linux/can", r"sim/can/can_socketcan\w*\.[ch]$|tests/",
     "sim/can/can_socketcan*.c"),
    (r"check\.h$", r"tests/", "tests/"),
]

# --- names

QUANTITY = re.compile(r"^(?!is_|has_|was_)(?:\w*_)?(voltage|current|temperature|time|power|resistance|energy|speed|"
                      r"frequency|capacity)$")
DECLARATOR = re.compile(r"(?:[\s*]|\b(?:const|restrict|int|long)\b)*([A-Za-z_]\w*)\s*"
                        r"(?:\[[^\]]*\]\s*)*$")
QUANTITY_DECLARATION = re.compile(
    r"\b(?:double|float|u?int(?:8|16|32|64)_t|int|unsigned|long|short)\b([^;(){}=]*)")
CONTACTOR = re.compile(r"(?:^|_)relays?(?:_|$)|(?<=[a-z])Relays?|^RELAYS?_|_RELAYS?(?:_|$)", re.I)
FOREIGN_CHIP = re.compile(
    r"ltc68(?!13)\d\d|adbms\d|mc3377\d|bq7[69]\d|isl9\d{3}|max17[89]\d|l9963", re.I)

# Prefixes of external symbols beyond the file's own name: {file pattern: (prefix, ...)}.
FAMILIES = [
    (r"ecu_model/core/", ("bms_",)),
    (r"ecu_model/board/", ("board_",)),
    (r"ecu_model/db/", ("gen_", "csv_", "out_")),
    (r"sim/can/", ("can_",)),
    (r"sim/(vehicle|cycles?)\w*\.c$", ("cycle_", "cycles_")),
    (r"sim/hil\w*\.c$", ("hil_",)),
    (r"scenarios/result\w*\.c$", ("verdict_", "result_")),
    (r"scenarios/", ("scenario_",)),
    (r"ecu_model/firmware/memory\.c$", ("memcpy", "memset", "memcmp")),
    (r"cli/", ("cli_",)),
    (r"gui/display_list\w*\.c$", ("list_",)),
    (r"gui/", ("gui_", "screen_")),
]

# --- calls

WORLD_AND_ECU = r"(sim|ecu_model)/"
BANNED_CALLS = [  # names, where banned, exempt files, allowed instead
    ("gets strcpy strcat sprintf vsprintf atoi atof atol system popen mktemp tmpnam alloca",
     r"(?!tests/)", r"$^", "snprintf, memcpy, strtol with its end checked"),
    ("rand srand random srandom drand48", r"", r"$^", "rng_stream of sim/rng.h"),
    ("time gettimeofday clock localtime gmtime clock_gettime nanosleep", WORLD_AND_ECU, r"$^",
     "the time that the caller gives"),
    ("malloc calloc realloc free strdup", WORLD_AND_ECU,
     r"sim/can/dbc\w*\.[ch]$|sim/cell_params\w*\.c$|ecu_model/db/", "plain values that the caller owns"),
    ("exp log log2 log10 pow sin cos tan tanh sinh cosh asinh acosh atan atan2 expm1 log1p cbrt "
     "sqrt",
     r"(sim/(?!det_math\.[ch]$)|ecu_model/(core|board)/)", r"$^", "sim/det_math.h"),
]
BANNED_WORD = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
PROMISE = re.compile(r"\b(for now|placeholder|not implemented|not yet implemented)\b", re.I)
MACHINE_PATH = re.compile(r"(?<![\w.$})~/-])/(work|home|root|tmp)(?=/\w|[\"'\s)]|$)")
RULE_TEXTS = ("tools/tidy.py", "tests/test_tidy.py")  # hold the banned words as data

# --- reading C

MASK = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.M)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
HOST_CONDITION = re.compile(
    r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif)\b.*\b(HOST|SIM\w*|__linux__|__unix__)\b", re.M)
MACRO_LINE = re.compile(r"^(?!START_TEST)[A-Z][A-Z0-9_]*\([^;{}\n]*\)[ \t]*$", re.M)
TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\S")


def blank(match):
    """Same length, same line breaks, no content."""
    return re.sub(r"[^\n]", " ", match.group(0))


def mask_comments(text):
    return MASK.sub(lambda m: m.group(0) if m.group(0)[0] in "\"'" else blank(m), text)


def mask_strings(text):
    return MASK.sub(lambda m: m.group(0)[0] + " " * (len(m.group(0)) - 2) + m.group(0)[0]
                    if m.group(0)[0] in "\"'" else m.group(0), text)


class Source:
    """One C file: its text, and the same without comments, strings and directives."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.part = part_of(path)
        self.no_comments = mask_comments(text)
        code = DIRECTIVE.sub(blank, mask_strings(self.no_comments))
        self.code = MACRO_LINE.sub(blank, code)
        self.line_starts = [0] + [m.end() for m in re.finditer("\n", text)]

    def line(self, offset):
        low, high = 0, len(self.line_starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.line_starts[middle] <= offset else (low, middle)
        return low + 1


def part_of(path):
    for pattern, part in PARTS:
        if re.match(pattern, path):
            return part
    return ""


def declarations(source):
    """Top-level declarations: (head, offset of head, offset of the end, has a braced body)."""
    code = source.code
    depth = 0
    begin = None
    head_end = None
    for match in re.finditer(r"[{};]|END_TEST\b|[^\s{};]", code):
        token = match.group(0)
        at = match.start()
        if token == "END_TEST" and depth == 0:
            begin = None
            continue
        if begin is None:
            if token in ";}":
                continue
            begin = at
            head_end = None
        if token == "{":
            if depth == 0 and head_end is None:
                head_end = at
            depth += 1
        elif token == "}":
            depth = max(0, depth - 1)
            if depth == 0 and is_function(code[begin:head_end]):
                yield code[begin:head_end], begin, at, True
                begin = None
        elif token == ";" and depth == 0:
            has_body = head_end is not None
            yield code[begin:head_end if has_body else at], begin, at, has_body
            begin = None


def is_function(head):
    """The text before a brace ends a parameter list, and no initialiser has begun."""
    return head.rstrip().endswith(")") and "=" not in head and not re.match(r"\s*typedef\b", head)


def function_name(head):
    match = re.search(r"([A-Za-z_]\w*)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head))
    return match.group(1) if match else ""


def object_of(head):
    """(name, is const) of the object that a declaration without body defines, or None."""
    words = TOKEN.findall(head.split("=")[0])
    if not words or words[0] in ("typedef", "extern", "_Static_assert"):
        return None
    if "(" in words and "*" not in words:
        return None
    if words[0] in ("struct", "union", "enum") and len(words) <= 2:
        return None
    flat = re.sub(r"\[[^\]]*\]", "", head.split("=")[0])
    pointer = re.search(r"\(\s*\*\s*(const\s+)?(\w+)\s*\)", flat)  # T (*const name)(...)
    if pointer:
        return pointer.group(2), pointer.group(1) is not None
    if "(" in flat:
        return None
    names = re.findall(r"[A-Za-z_]\w*", flat)
    if len(names) < 2:
        return None
    after_star = flat.rsplit("*", 1)[1] if "*" in flat else flat
    return names[-1], re.search(r"\bconst\b", after_star) is not None


# --- the rules: each yields (offset or line, what, allowed)

def rule_include(source):
    """Includes run one way, and each library has one home."""
    for match in INCLUDE.finditer(source.no_comments):
        kind, name = match.groups()
        if kind == '"':
            target = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))
            part = part_of(target)
            allowed = MAY_INCLUDE.get(source.part)
            if allowed is not None and part not in allowed:
                yield (match.start(), f'"{name}" ({part or "no part"}) from {source.part}',
                       "only " + (" ".join(sorted(allowed)) or "nothing"))
        for header, home, words in LIBRARY_HOMES:
            if re.match(header, name) and not re.match(home, source.path):
                yield match.start(), f"{name}", f"only in {words}"


def rule_freestanding(source):
    """The core sees no libc and no double."""
    if source.part not in FREESTANDING_PARTS:
        return
    for match in INCLUDE.finditer(source.no_comments):
        if match.group(1) == "<" and match.group(2) not in FREESTANDING_HEADERS:
            yield (match.start(), f"<{match.group(2)}>",
                   "only " + " ".join(sorted(FREESTANDING_HEADERS)))
    if source.part != "pins":
        for match in re.finditer(r"\bdouble\b", source.code):
            yield match.start(), "double", "integers, float in the estimator"
    for match in HOST_CONDITION.finditer(source.no_comments):
        yield match.start(), match.group(1), "no code that knows where it runs"


def rule_static_data(source):
    """State is in the structs that the caller owns."""
    if not re.match(r"(sim|ecu_model/(core|gen|board))/.*\.c$", source.path):
        return
    for head, begin, _, has_body in declarations(source):
        if is_function(head) and has_body:
            continue
        found = object_of(head)
        if found and not found[1]:
            yield begin, f"mutable {found[0]}", "const, or a member of the caller's struct"
    for match in re.finditer(r"(?<=[{};)\s])(?:static|_Thread_local)\b[^;{}=]*", source.code):
        if depth_at(source, match.start()) == 0:
            continue
        found = object_of(match.group(0))
        if found and not found[1]:
            yield match.start(), f"mutable {found[0]}", "const, or a member of the caller's struct"


def depth_at(source, offset):
    return source.code.count("{", 0, offset) - source.code.count("}", 0, offset)


def rule_function_length(source):
    """A function fits one screen."""
    for head, begin, end, has_body in declarations(source):
        if has_body and is_function(head):
            lines = source.line(end) - source.line(begin) + 1
            if lines > FUNCTION_MAX:
                yield begin, f"{function_name(head)} has {lines} lines", f"at most {FUNCTION_MAX}"


def rule_line_length(source):
    for number, line in enumerate(source.text.split("\n"), 1):
        if len(line) > LINE_MAX:
            yield -number, f"{len(line)} columns", f"at most {LINE_MAX}"


def rule_first_line(source):
    """Each file says in one sentence what it is for."""
    sentence = re.match(r"(?:/// \S[^\n]*\n)*", source.text).group(0).rstrip()
    if not sentence.endswith("."):
        first = source.text.split("\n", 1)[0]
        yield -1, f"begins with {first[:40]!r}", "a sentence in /// that ends with a full stop"


def rule_unit(source):
    """Numbers that mean a physical quantity end in their unit."""
    for match in QUANTITY_DECLARATION.finditer(source.code):
        if source.code[match.end():match.end() + 1] == "(":
            continue  # the name of a function
        for declarator in match.group(1).split(","):
            name = DECLARATOR.match(declarator)  # not "int a, other_t b": b has a type of its own
            if name and QUANTITY.search(name.group(1)):
                yield (match.start(1) + match.group(1).index(name.group(1)), name.group(1),
                       f"{name.group(1)}_<unit> (_V _mA _degC _ms _W _ohm ...)")


def rule_contactor(source):
    for match in re.finditer(r"[A-Za-z_]\w*", source.code):
        if "relay" in match.group(0).lower() and CONTACTOR.search(match.group(0)):
            yield match.start(), match.group(0), "contactor"


def rule_prefix(source):
    """External symbols carry the name of their file or of its family."""
    if not re.match(r"(sim|ecu_model|scenarios|cli|gui)/.*\.c$", source.path):
        return
    stem = posixpath.splitext(posixpath.basename(source.path))[0]
    words = stem.split("_")
    prefixes = ["_".join(words[:n]) + "_" for n in range(len(words), 0, -1)]
    for pattern, family in FAMILIES:
        if re.match(pattern, source.path):
            prefixes += family
    for head, begin, _, has_body in declarations(source):
        if re.search(r"\b(static|typedef|extern)\b", head):
            continue
        if has_body and is_function(head):
            name = function_name(head)
        else:
            found = None if is_function(head) else object_of(head)
            name = found[0] if found else ""
        if name and name != "main" and name != stem and not name.startswith(tuple(prefixes)):
            yield begin, name, "names that begin with " + " ".join(dict.fromkeys(prefixes))


def rule_banned_call(source):
    for names, where, exempt, instead in BANNED_CALLS:
        if not re.match(where, source.path) or re.match(exempt, source.path):
            continue
        pattern = r"(?<![\w.>])(" + "|".join(names.split()) + r")\s*\("
        for match in re.finditer(pattern, source.code):
            yield match.start(), match.group(1) + "()", instead


def rule_foreign_chip(source):
    """Registers named after another chip by copy and paste."""
    for match in re.finditer(r"[A-Za-z_]\w*", source.code):
        if FOREIGN_CHIP.search(match.group(0)):
            yield match.start(), match.group(0), "names of the chip that is modelled (ltc6813)"


def rule_banned_word(path, text):
    for match in BANNED_WORD.finditer(text):
        yield match.start(), match.group(1), "done, or an issue"
    if path.endswith((".c", ".h")):
        for match in PROMISE.finditer(text):
            yield match.start(), match.group(1), "real behaviour only"


def rule_machine_path(path, text):
    if path.startswith("tests/"):
        return
    for match in MACHINE_PATH.finditer(text):
        yield match.start(), match.group(0), "paths relative to the project, or mktemp"


C_RULES = [rule_include, rule_freestanding, rule_static_data, rule_function_length,
           rule_line_length, rule_first_line, rule_unit, rule_contactor, rule_prefix,
           rule_banned_call, rule_foreign_chip]
GEN_RULES = [rule_include, rule_freestanding, rule_static_data, rule_prefix]
TEXT_RULES = [rule_banned_word, rule_machine_path]


def rule_name(rule):
    return rule.__name__[len("rule_"):].replace("_", "-")


# --- walking

def files_of(root):
    for folder, dirs, names in os.walk(root):
        dirs[:] = sorted(d for d in dirs if not PRUNE.match(d))
        for name in sorted(names):
            if name.endswith(TEXT_SUFFIXES) or name in TEXT_NAMES:
                yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def check_c(source):
    rules = C_RULES
    if source.path.startswith("ecu_model/gen/"):
        rules = GEN_RULES
        if "generated" not in source.text.split("\n", 1)[0].lower():
            yield 1, "first-line", "no word of being generated", "a first line that says so"
    for rule in rules:
        for at, what, allowed in rule(source):
            yield -at if at < 0 else source.line(at), rule_name(rule), what, allowed


def check_text(path, text):
    if path in RULE_TEXTS:
        return
    for rule in TEXT_RULES:
        for at, what, allowed in rule(path, text):
            yield text.count("\n", 0, at) + 1, rule_name(rule), what, allowed
    if path.endswith((".py", ".sh")):
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > LINE_MAX:
                yield number, "line-length", f"{len(line)} columns", f"at most {LINE_MAX}"


def check_tree(root):
    for path in files_of(root):
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            text = file.read()
        findings = list(check_text(path, text))
        if path.endswith((".c", ".h")) and path.split("/")[0] in CODE_DIRS:
            findings += check_c(Source(path, text))
        for line, rule, what, allowed in sorted(findings):
            yield f"{path}:{line}: {rule}: {what}, allowed {allowed}"


WRITABLE_OBJECT = re.compile(
    r" O (\.t?data\S*|\.t?bss\S*|\*COM\*)\s+\S+\s+(?:\.hidden )?(\S+)$", re.M)


def check_objects(build):
    """Writable data in the objects of world and ECU; tables of addresses (.data.rel.ro) are const."""
    for part in ("sim", "ecu_model/core", "ecu_model/gen", "ecu_model/board"):
        folder = os.path.join(build, part)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if not name.endswith(".o"):
                continue
            table = subprocess.run(["objdump", "-t", os.path.join(folder, name)], check=True,
                                   capture_output=True, text=True).stdout
            for section, symbol in WRITABLE_OBJECT.findall(table):
                if not section.startswith(".data.rel.ro"):
                    yield (f"{build}/{part}/{name}:0: static-data: {symbol} in {section}, "
                           "allowed no writable data")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--root", default=os.path.join(here, ".."))
    parser.add_argument("--objects", metavar="BUILD_DIR")
    parser.add_argument("--list", action="store_true", help="print the names of the rules")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(rule_name(rule) for rule in C_RULES + TEXT_RULES))
        return 0
    if arguments.objects:
        findings = list(check_objects(arguments.objects))
    else:
        findings = list(check_tree(arguments.root))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
