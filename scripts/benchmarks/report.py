"""Figures: one line each on standard output, all of a benchmark as JSON."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".dev" / "bench"
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))


def say(text):
    print(text, file=sys.stderr, flush=True)


def load():
    return round(os.getloadavg()[0], 2)


def commit():
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


class Report:
    """The figures of one benchmark."""

    def __init__(self, name):
        self.name, self.figures, self.versions = name, [], {"commit": commit()}
        self.started, self.before = time.time(), load()
        say(f"-- {name}: {RUNS} runs of {SECONDS} s, load {self.before}")

    def figure(self, name, samples, unit, bar=None):
        """A figure from its samples. `bar` is `>= 0.5`, `<= 1.5` or `== 1`, if there is one."""
        value = statistics.median(samples)
        verdict = "ok" if bar is None or holds(value, bar) else "short"
        self.figures.append({
            "name": f"{self.name}.{name}", "value": value, "unit": unit, "bar": bar,
            "verdict": verdict, "min": min(samples), "max": max(samples), "samples": samples,
        })
        print(f"{self.name}.{name} {shown(value)} {unit} {(bar or '-').replace(' ', '')} {verdict}",
              flush=True)
        say(f"   min {shown(min(samples))}, max {shown(max(samples))}, {len(samples)} samples")

    def ratio(self, name, over, under, bar=None):
        """How many times `under` is `over`, run by run: both saw the same machine."""
        self.figure(name, [a / b for a, b in zip(over, under)], "x", bar)

    def close(self):
        """Writes the JSON; answers whether a figure fell short."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        document = {
            "benchmark": self.name, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seconds": round(time.time() - self.started), "load_before": self.before,
            "load_after": load(), "machine": machine(), "versions": self.versions,
            "figures": self.figures,
        }
        (FOLDER / f"{self.name}.json").write_text(json.dumps(document, indent=1) + "\n")
        say(f"   load after {document['load_after']}, {document['machine']}, {self.versions}")
        return any(figure["verdict"] == "short" for figure in self.figures)


def holds(value, bar):
    sign, limit = bar.split()
    return {">=": value >= float(limit), "<=": value <= float(limit),
            "==": round(value) == float(limit)}[sign]


def shown(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


def machine():
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return f"{os.cpu_count()} x {model}, {memory} GiB, {platform.system()} {platform.machine()}"
