#!/usr/bin/env python3
"""report.html in the eyes of a reader: well-formed, complete, alone, and alive in a browser.

Runs the planted scenarios of tests/report, which fail, wait in vain, pass and sweep.
"""
import html
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

import tally
from tally import check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
VOID = {"meta", "input", "br", "hr", "img", "link", "line", "rect"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Page(html.parser.HTMLParser):
    """Tags in balance, ids, links, texts by class."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.ids, self.links, self.sources = [], [], [], [], []
        self.tags, self.texts = [], {}
        self.feed(text)
        self.close()
        self.wrong += [f"{tag} never closed" for tag, _ in self.open]

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found.get("href", ""))
        self.sources += [found[key] for key in ("src", "srcset", "data", "action", "poster",
                                                "xlink:href") if key in found]
        if tag == "link":
            self.sources.append(found.get("href", "link"))
        if tag not in VOID:
            self.open.append((tag, found.get("class", "")))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1][0] != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()} inside {self.open[-1:]}")
            return
        self.open.pop()

    def handle_data(self, data):
        for _, name in self.open[-1:]:
            self.texts.setdefault(name, []).append(data)

    def all(self, tag, name=None):
        return [a for t, a in self.tags if t == tag and (name is None or a.get("class") == name)]


def packsim(*arguments):
    return subprocess.run([PACKSIM, "run", *arguments], capture_output=True, text=True, cwd=ROOT,
                          env={**os.environ, "PACKSIM_HOME": ROOT}, check=False).returncode


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def test_whole(page, text, out):
    results = json.loads(read(f"{out}/results.json"))["runs"]
    check(not page.wrong, f"well-formed: {page.wrong[:3]}")
    check(text.startswith("<!doctype html>\n<html lang"), "HTML5")
    check(len(page.ids) == len(set(page.ids)), "ids are unique")
    for index, run in enumerate(results):
        check(f"r{index}" in page.ids, f"{run['run']} has its place")
        check(run["run"] in text and run["trace_hash"] in text, f"{run['run']} is named")
    for link in page.links:
        if link.startswith("#q="):
            continue
        target = urllib.parse.unquote(link)
        check(link[1:] in page.ids if link.startswith("#")
              else os.path.exists(os.path.join(out, target)), f"link {link} leads somewhere")
    check(any(link.endswith("bus.log") for link in page.links), "logs are linked")
    check(len(page.all("svg")) >= 3 * len([r for r in results if r["verdict"] != "pass"]),
          "what did not pass has its pictures")


def test_alone(page, text):
    check(not page.sources, f"nothing is fetched: {page.sources[:3]}")
    check(not re.search(r"https?:|url\(|@import|//[a-z]", text), "no address of anything outside")
    check(not any(a.get("type") == "module" or "src" in a for a in page.all("script")),
          "the script is inside")
    check(len(text) < 20_000_000, "size")


def test_says_why(page, text):
    said = " ".join(page.texts.get("say", []))
    cause = " ".join(page.texts.get("cause", []))
    check("opens: not within 40.0 ms: contactor.main_pos.closed is 1 (6.041 s); allowed: "
          "contactor.main_pos.closed = 0 within 40 ms after ov" in said,
          "the failed check in words")
    check("From ov (6.001 s) to 6.041 s the BMS set CURRENT_ABOVE_OPERATING at +19 ms. It came "
          "true at 6.071 s, +70 ms: 30 ms late." in cause, "what the BMS did, and how late")
    check("opens: ov never happened" in " ".join(page.texts.get("say open", [])), "inconclusive")
    check(re.search(r"ov waits for: phys.group.M3C5.V > 4.3 V, rising; the nearest it came: "
                    r"3\.99\d* V at 7\.\d+ s", cause), "how near the trigger came")
    check("Acting then: cut (open on wire.A13, since 5.000 s). From cut (5.000 s) to 6.000 s the "
          "BMS set OPEN_WIRE at A13" in cause, "the fault that acted")
    first = text.index("What did not pass: 5 of 6 runs")
    check(first < text.index("All scenarios</h2>"), "failures come first")
    check(text.index("LATE-001</a>") < text.index("GOOD-001"), "and before what passed")
    check("packsim run tests/report/late.json --filter LATE-001 --seed 42" in text,
          "replay command")


def test_details(page, text):
    cells = page.all("td", "hit")
    check(any(a.get("title", "").startswith("A13 M8.T5; broken: open (cut) from 5.000 s; the BMS: ")
              and "; OPEN_WIRE at 5.130 s" in a["title"] for a in cells), "A13 is broken and found")
    check(any(a.get("title", "").startswith("C4 ") and "resistance (worn) from 9.000 s to 10.500 s"
              in a["title"] for t, a in page.tags if t == "td"), "C4 was worn for a while")
    rects = [a.get("class") for a in page.all("rect")]
    for name in ("fault", "band bad", "closed", "state bad", "dtc", "check bad", "missed", "met"):
        check(name in rects, f"pictures show: {name}")
    check(page.all("line", "limit safety"), "the safety limit is a line")
    check("BMS_Status" in text and re.search(r"<b>state=FAULT</b>", text), "frames are decoded")
    check("CHARGE, -199.8 A, 396.0 V, groups 4117 to 4353 mV" in text, "freeze frame")
    check("M3C5 as the BMS reads it" in text, "the group that matters has its own curves")


def test_same_bytes(out, folder):
    check(packsim("tests/report", "--quiet", "--jobs", "1", "--out", f"{folder}/again") == 1,
          "again")
    for name in ("report.html", "LATE-001/story.json", "WIRE-001.A13/story.json"):
        check(read(f"{out}/{name}") == read(f"{folder}/again/{name}"), f"same bytes: {name}")


def test_passed_only(folder):
    check(packsim("tests/report/good.json", "--quiet", "--out", f"{folder}/good") == 0, "good run")
    text = read(f"{folder}/good/report.html")
    check("did not pass" not in text and "1 pass</b>" in text, "nothing to complain about")


def test_recorded_again(folder):
    """What fails without a recording is run again with one, unless the user wants none."""
    late = read(os.path.join(ROOT, "tests/report/late.json")).replace(
        '"seed": 42', '"seed": 42, "record": "none"')
    with open(f"{folder}/late.json", "w", encoding="utf-8") as file:
        file.write(late)
    check(packsim(f"{folder}/late.json", "--quiet", "--out", f"{folder}/late") == 1, "late")
    check("<svg" in read(f"{folder}/late/report.html"), "and has its pictures")
    packsim(f"{folder}/late.json", "--record", "none", "--quiet", "--out", f"{folder}/none")
    check(not os.path.exists(f"{folder}/none/LATE-001"), "no folder against the user's wish")
    text = read(f"{folder}/none/report.html")
    check("<svg" not in text and "opens: not within 40.0 ms" in text, "the page does without")


# Walks through the page as a reader would and leaves what it saw in the title.
VISITOR = """<script>
var seen = {}, steps = [
  ["#q=WIRE-"], ["#v=fail"], ["#q=sr-ov-1"], ["#q=planted"], ["#q=wire-001.b7"],
  ["#v=inconclusive"], ["#q=overvoltage&v=pass"], ["#q="]];
function note(i) {
  if (i === steps.length) return last();
  location.hash = steps[i][0];
  setTimeout(function () {
    seen[steps[i][0]] = document.body.dataset.shown;
    note(i + 1);
  }, 20);
}
function order() {
  return [].map.call(document.querySelectorAll(".g"), function (g) { return g.dataset.i; }).join();
}
function last() {
  location.hash = "#r4";
  document.querySelector(".head [data-k=i]").click();
  seen.sorted = order();
  document.querySelector(".head [data-k=i]").click();
  seen.turned = order();
  setTimeout(function () {
    seen.opened = document.getElementById("r4").open;
    var svg = document.querySelector("#r1 svg[data-h]"), box = svg.getBoundingClientRect();
    svg.dispatchEvent(new MouseEvent("mousemove",
      {bubbles: true, clientX: box.left + box.width * 0.3, clientY: box.top + 9}));
    seen.time = document.querySelector("#r1 figcaption").textContent;
    seen.value = svg.previousElementSibling.querySelector("var").textContent;
    seen.ready = document.body.dataset.ready;
    document.title = JSON.stringify(seen);
  }, 20);
}
note(0);
</script>"""


def browse(browser, folder, url):
    """The document as it stands after the script has run, and what the console said."""
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         f"--user-data-dir={folder}/profile", "--virtual-time-budget=3000", "--dump-dom", url],
        capture_output=True, text=True, timeout=200, check=False)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_browser(out, folder):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        print(f"skipped: report in a browser: none of {' '.join(BROWSERS)} is installed")
        return
    visited = f"{out}/visited.html"
    with open(visited, "w", encoding="utf-8") as file:
        file.write(read(f"{out}/report.html").replace("</body>", VISITOR + "</body>"))
    dom, console = browse(browser, folder, f"file://{visited}")
    if "<html" not in dom:
        print(f"skipped: report in a browser: {browser} does not start here")
        return
    title = re.search(r"<title>(.*?)</title>", dom, re.S).group(1)
    check(title.startswith("{") and not console, f"the script runs: {title[:80]} {console}")
    seen = json.loads(html.unescape(title)) if title.startswith("{") else {}
    for query, shown in (("#q=WIRE-", 1), ("#v=fail", 2), ("#q=sr-ov-1", 1), ("#q=planted", 4),
                         ("#q=wire-001.b7", 1), ("#v=inconclusive", 1), ("#q=", 4),
                         ("#q=overvoltage&v=pass", 0)):
        check(seen.get(query) == str(shown), f"{query} shows {seen.get(query)}, expected {shown}")
    names = ["GOOD-001", "LATE-001", "WAITS-001", "WIRE-001"]
    check(seen.get("sorted") == ",".join(names), f"sorted by id: {seen.get('sorted')}")
    check(seen.get("turned") == ",".join(reversed(names)), "and the other way round")
    check(seen.get("opened") is True and seen.get("ready") == "yes", "a link to a run opens it")
    check(re.search(r"at 5\.9\d\d s$", seen.get("time", "")), f"the pointer's time: {seen}")
    check(380 < float(seen.get("value") or 0) < 400, f"the value there: {seen.get('value')} V")


def main():
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/out"
        check(packsim("tests/report", "--quiet", "--out", out) == 1, "the planted scenarios fail")
        text = read(f"{out}/report.html")
        page = Page(text)
        test_whole(page, text, out)
        test_alone(page, text)
        test_says_why(page, text)
        test_details(page, text)
        test_same_bytes(out, folder)
        test_passed_only(folder)
        test_recorded_again(folder)
        test_browser(out, folder)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
