"""Runs scenarios that limits.py or power.py makes, and keeps what was found between their calls."""
import hashlib
import json
import os
import shutil
import subprocess
import sys


def read(run):
    """(what is wrong or "", {measure: first word of its value}) of one run of results.json."""
    measures, wrong = {}, []
    for check in run["checks"]:
        if check["kind"] == "measure":
            measures[check["id"]] = check["text"].rsplit(": ", 1)[1].split()[0]
        elif check["verdict"] != "pass":
            wrong.append(f"{check['id']}: {check['text']}")
    if run["verdict"] != "pass" and not wrong:
        wrong.append(run["verdict"])
    return "; ".join(wrong), measures


def run(arguments, scenarios):
    """{scenario's id: read()} by arguments.packsim on arguments.jobs workers, in arguments.out."""
    folder = os.path.join(arguments.out, "scenarios")
    out = os.path.join(arguments.out, "run")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(folder)
    for each in scenarios:
        with open(os.path.join(folder, f"{each['id']}.json"), "w", encoding="utf-8") as file:
            json.dump(each, file)
    done = subprocess.run([arguments.packsim, "run", folder, "--quiet", "--jobs",
                           str(arguments.jobs), "--out", out], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        sys.exit(f"{os.path.basename(sys.argv[0])}: {done.stderr.strip()[-300:]}")
    with open(os.path.join(out, "results.json"), encoding="utf-8") as file:
        return {each["scenario"]: read(each) for each in json.load(file)["runs"]}


def identity(text, *paths):
    """Of options and files: what another program, scenario or option found does not count."""
    digest = hashlib.sha256(text.encode())
    for path in (*paths, __file__):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def load(path, same, empty):
    """What save() kept under the same identity, else empty."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
        if kept["identity"] == same:
            return kept["found"]
    return empty


def save(path, same, found):
    """All or nothing, however the tool ends."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"identity": same, "found": found}, file)
    os.replace(path + ".new", path)
