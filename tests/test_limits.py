#!/usr/bin/env python3
"""tools/limits.py and power.py: a few drives at full use of the published limits, a few points."""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim"))


def run(*arguments, tool="limits.py"):
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", tool), "--packsim", PACKSIM,
                           *arguments],
                          capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout + done.stderr


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as out:
        code, text = run("--drives", "4", "--jobs", "1", "--out", out)
        checks = [("four drives pass", code == 0 and "4 passed, 0 failed, 0 skipped" in text)]
        before = os.stat(os.path.join(out, "drives.json")).st_mtime_ns
        code, text = run("--drives", "4", "--out", out)
        after = os.stat(os.path.join(out, "drives.json")).st_mtime_ns
        checks.append(("what is done is kept", code == 0 and before == after))
        code, text = run("--drives", "0", "--out", out)
        checks.append(("no drives are refused", code == 2 and "allowed 1 to 100000" in text))
        out = os.path.join(out, "power")
        cold = ("--degC=-10", "--soc", "20", "--jobs", "1", "--out", out)
        code, text = run(*cold, "--rounds", "3", tool="power.py")
        checks.append(("90 % of the published powers can be used", code == 0 and
                       "3 passed, 0 failed, 0 skipped" in text and
                       " -10 degC, discharge: " in text))
        code, text = run(*cold, "--rounds", "0", "--share", "200", tool="power.py")
        checks.append(("twice as much is too much", code == 1 and "200 % of" in text))
        code, text = run(*cold, "--share", "0", tool="power.py")
        checks.append(("no share is refused", code == 2 and "allowed 1 to 200" in text))
    for name, is_right in checks:
        if not is_right:
            failed += 1
            print(f"{name}: {text}")
    passed = len(checks) - failed
    print(f"{100 * passed // len(checks)}%: Checks: {len(checks)}, Failures: {failed}, Errors: 0")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
