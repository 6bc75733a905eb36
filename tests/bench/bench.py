# SPDX-License-Identifier: LGPL-3.0-or-later
"""Measures the work of DESIGN 9 in ratios within one run, prints a table and writes JSON. See README.md."""
import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import ingest, recorder, scale
from tests.support.odoo_process import ROOT, Workshop, free_ports, rows

HERE = Path(__file__).resolve().parent
STATE = ROOT / ".state" / "bench"
ADDON = "unicdo_bench"
WORK = ("find", "copy", "consents", "ingest", "recorder", "destroy", "tokens", "refunds", "install")
#: which part of README.md the table replaces
TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)", re.DOTALL)


class Bench:
    """One run: databases, measurements, table."""

    def __init__(self, options):
        self.options = options
        self.modules = sorted(path.parent.name for path in ROOT.glob("unicdo_*/__manifest__.py"))
        self.workshop = Workshop(STATE, [HERE / "addons"])
        self.results = []

    def run(self):
        self.empty, self.full = scale.ensure(self.workshop, self.options.scale)
        for work in self.options.only:
            say(f"Measuring {work} …")
            getattr(self, f"measure_{work}")()
            self.save()
        if self.options.only != ["install"] and not self.options.keep:
            self.workshop.drop(self.ready)

    def save(self):
        """Write what was measured; work left out with ``--only`` keeps its numbers of an earlier run of that scale."""
        path = STATE / "results.json"
        known = json.loads(path.read_text()) if path.exists() else []
        self.results = [{**row, "scale": self.options.scale, "machine": machine()} for row in self.results]
        fresh = {row["work"] for row in self.results}
        kept = [row for row in known if row["work"] not in fresh and row["scale"] == self.options.scale]
        path.write_text(json.dumps(kept + self.results, indent=1))

    @property
    def ready(self):
        """The scale database with the modules, their indexes made; new in each run unless it is kept."""
        name = self.options.db or f"{self.full}_ready"
        if not getattr(self, "_is_ready", False) and not (self.options.keep and self.workshop.exists(name)):
            say("Scale database with the modules …")
            self.workshop.create(name, self.full)
            self.workshop.install(name, *self.modules, ADDON)
            say(f"  work after the install: {self.piece('settle', database=name)}")
            rows(name, "ANALYZE")
        self._is_ready = True
        return name

    def piece(self, name, database=None, **arguments):
        """Run one piece of ``measure.py`` in a process of its own."""
        options = self.workshop.arguments(database or self.ready)
        command = [sys.executable, "-m", "tests.bench.measure", name, json.dumps(arguments), *options]
        environment = self.workshop.environment(UNICDO_BENCH_FOLDER=str(STATE))
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise SystemExit(f"{name} failed:\n{done.stderr[-4000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def add(self, work, reference, ours, target, **more):
        """Keep one row of the table: lists of seconds, the ratio that is allowed, and what else was seen."""
        ratio = statistics.median(ours) / statistics.median(reference)
        self.results.append({
            "work": work, "reference": reference, "ours": ours, "ratio": ratio, "target": target,
            "met": ratio <= target and not more.get("failures"), **more,
        })
        say(f"  {work}: {ratio:.3f} of the reference (target {target:g}) {json.dumps(more)}")

    def measure_find(self):
        result = self.piece("find", runs=self.options.runs)
        failures = {name: result["check"][name] for name in ("missed", "false", "strangers") if result["check"][name]}
        self.add("find all of a subject's records", result["reference"], result["ours"], 1 / 20,
                 check=result["check"], failures=failures)

    def measure_copy(self):
        reference, ours = [], []
        for _run in range(self.options.runs):
            reference.append(self.piece("copy_reference"))
            ours.append(self.piece("copy_package"))
        peak = statistics.median(run["peak"] for run in ours)
        failures = {} if all(run["state"] == "ready" for run in ours) else {"state": ours[-1]}
        self.add("copy of a large subject with files", [run["seconds"] for run in reference],
                 [run["seconds"] for run in ours], 3, failures=failures, check={**reference[-1], **ours[-1]})
        self.results.append({
            "work": "peak memory of that copy", "peak": peak, "target": 150, "met": peak <= 150, "unit": "MB"})

    def measure_consents(self):
        count = min(10_000, int(scale.PARTNERS * self.options.scale))
        for known in (False, True):
            result = self.piece("consents", runs=self.options.runs, count=count, known=known)
            people = "known" if known else "new"
            self.add(f"record {count} consents of {people} people", result["reference"], result["ours"], 1.5)
        count = min(100_000, int(scale.PARTNERS * self.options.scale))
        result = self.piece("may", runs=max(self.options.runs, 9), count=count)
        self.add(f"“may we?” for {count} people", result["reference"], result["ours"], 2)

    def measure_ingest(self):
        """Pieces of recordings taken per second, at least 0.7 of an empty route's: so at most 1/0.7 of its time."""
        count = (self.options.runs + 1) * ingest.THREADS
        known = ingest.grants(self.workshop.shell(self.ready, ingest.PREPARE.format(count=count)))
        [port] = free_ports(1)
        options = ["--workers=2", "--max-cron-threads=0", f"--http-port={port}", "--log-level=warn"]
        with self.workshop.server(self.ready, "ingest", *options):
            ingest.wait_for(port)
            result = ingest.measure(port, known, self.options.runs)
        self.add(f"recorder ingest, {ingest.THREADS * ingest.EACH} batches of 10 kB",
                 result["reference"], result["ours"], 1 / 0.7)

    def measure_recorder(self):
        """What recording costs the browser: limits, not ratios."""
        self.workshop.shell(self.ready, recorder.PREPARE)
        [port] = free_ports(1)
        options = ["--workers=2", "--max-cron-threads=0", f"--http-port={port}", "--log-level=warn"]
        with self.workshop.server(self.ready, "recorder", *options):
            ingest.wait_for(port)
            seen = recorder.measure(f"http://127.0.0.1:{port}", self.ready, self.options.runs)
        found = {name: statistics.median(values) for name, values in seen.items()}
        for work, value, target, unit in (
            (f"first snapshot of a page of {found['nodes']:.0f} nodes", found["snapshot"], 100, "ms"),
            ("recorder's share of the main thread", found["busy"] * 100, 3, "%"),
            ("longest stretch of the recorder's work", found["longest"], 50, "ms"),
            ("recorded in a minute of work", found["bytes"] / 1000, 120, "kB"),
        ):
            self.results.append({"work": work, "value": value, "target": target, "met": value <= target, "unit": unit})
            say(f"  {work}: {value:.2f} {unit} (limit {target} {unit})")

    def measure_destroy(self):
        """Recordings of 1 MB, once each side: there is no target, the figures are noted."""
        count = max(int(10_000 * self.options.scale), 100)
        result = self.piece("destroy", count=count)
        self.add(f"destroy {count} recordings of 1 MB", [result["reference"]], [result["ours"]], float("inf"),
                 check=result["left"], failures={name: left for name, left in result["left"].items() if left})

    def measure_tokens(self):
        """Sealing and opening of one token, with the vault's key of the day at hand; opening one in a request, with what core
        and the vault ask each time; and removing those that are over."""
        result = self.piece("seals", runs=self.options.runs)
        for work in ("sealing a token", "opening a token"):
            value = statistics.median(result[work])
            self.results.append({"work": work, "value": value, "target": 50, "met": value <= 50, "unit": "µs"})
            say(f"  {work}: {value:.1f} µs (limit 50 µs)")
        result = self.piece("opens", runs=self.options.runs)
        ours, reference, bare = (statistics.median(result[side]) * 1e6 for side in ("ours", "reference", "bare"))
        self.results.append({
            "work": "opening a kept token, above its statement in a transaction", "value": ours - reference, "target": 50,
            "met": ours - reference <= 50, "unit": "µs", "check": {"ours": ours, "transaction": reference, "bare": bare},
        })
        self.results.append({"work": "opening a kept token, above its statement sent bare", "value": ours - bare,
                             "target": float("inf"), "met": True, "unit": "µs"})
        say(f"  opening a kept token: {ours:.0f} µs, {ours - reference:.0f} µs above its {result['statements']} statements in a "
            f"transaction (limit 50 µs), {ours - bare:.0f} µs above them without one")
        count = 100_000
        result = self.piece("sweep", runs=self.options.runs, count=count)
        self.add(f"sweep {count} expired tokens", result["reference"], result["ours"], 3,
                 check=result["left"], failures={name: left for name, left in result["left"].items() if left})

    def measure_refunds(self):
        count = max(int(1000 * min(self.options.scale * 10, 1)), 10)
        result = self.piece("refunds", runs=self.options.runs, count=count)
        self.add(f"{count} refunds", result["reference"], result["ours"], 1.2,
                 check={name: result[name] for name in ("invoices", "lines", "one_wizard")})

    def measure_install(self):
        times = {self.empty: [], self.full: []}
        for _run in range(self.options.runs):
            for source in times:
                name = f"{source}_install"
                self.workshop.create(name, source)
                times[source].append(self.workshop.install(name, *self.modules)[0])
        after = {source: self.piece("settle", database=f"{source}_install") for source in times}
        for source in times:
            self.workshop.drop(f"{source}_install")
        self.add("install", times[self.empty], times[self.full], 2,
                 check={"jobs after it, empty": after[self.empty], "jobs after it, scale": after[self.full]})


def table(results):
    """The results as a Markdown table."""
    lines = ["| Work | Reference | Ours | Ratio | Target | |", "|---|---|---|---|---|---|"]
    for row in results:
        verdict = "met" if row["met"] else "**missed**"
        if "value" in row:
            target = "none" if row["target"] == float("inf") else f"≤ {row['target']} {row['unit']}"
            lines.append(f"| {row['work']} | | {row['value']:.3g} {row['unit']} | | {target} | {verdict} |")
            continue
        if "peak" in row:
            lines.append(f"| {row['work']} | | +{row['peak']:.0f} MB | | +{row['target']} MB | {verdict} |")
            continue
        reference, ours = (seconds(statistics.median(row[side])) for side in ("reference", "ours"))
        target = "none" if row["target"] == float("inf") else f"≤ {row['target']:.3g}"
        lines.append(f"| {row['work']} | {reference} | {ours} | {row['ratio']:.3g} | {target} | {verdict} |")
    return "\n".join(lines) + "\n"


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def machine():
    """What it was measured on, in one line."""
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    settings = dict(rows("postgres", "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [
        ["server_version", "shared_buffers", "work_mem", "fsync", "synchronous_commit"]]))
    return (f"{os.cpu_count()} cores ({model[1] if model else platform.machine()}), {memory:.0f} GB memory, "
            f"Python {platform.python_version()}, PostgreSQL " + ", ".join(
                [settings.pop("server_version").split()[0], *(f"{k} {v}" for k, v in sorted(settings.items()))]))


def say(text):
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1.0: a million people; 0.01 to try it out")
    parser.add_argument("--runs", type=int, default=5, help="measurements of each side (5)")
    parser.add_argument("--only", default=",".join(WORK), help=f"some of {','.join(WORK)}")
    parser.add_argument("--db", help="name of the database with the modules")
    parser.add_argument("--keep", action="store_true", help="keep that database, and use it as it is if it is there")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    options.only = options.only.split(",")
    if unknown := set(options.only) - set(WORK):
        parser.error(f"not known: {', '.join(sorted(unknown))}")
    start = time.monotonic()
    bench = Bench(options)
    bench.run()
    results = json.loads((STATE / "results.json").read_text())
    text = table(results)
    about = f"Scale {options.scale:g}, medians of {options.runs} runs. {machine()}."
    if options.readme:
        readme = HERE / "README.md"
        readme.write_text(TABLE.sub(lambda _match: f"\n{text}\n{about}\n\n", readme.read_text()))
    say(f"\n{text}\n{about}\n{time.monotonic() - start:.0f} s in all; every number: {STATE / 'results.json'}")
    return 0 if all(row["met"] for row in bench.results) else 1


if __name__ == "__main__":
    sys.exit(main())
