#!/usr/bin/env python3
"""Puts the tables of a run of scripts/bench into docs/performance.md, between the two marks that are for them.

Usage: scripts/performance_page.py library|server [ROOT]

Reads build/bench/comparison.md and build/bench/*_bench.json, or build/bench/server.md, of ROOT (the project, unless
told).
"""

import json
import os
import re
import sys
from datetime import date
from pathlib import Path

BEGIN = {"library": "<!-- written by scripts/bench --document -->",
         "server": "<!-- written by scripts/bench server --document -->"}
END = "<!-- end -->"


def readable(nanoseconds):
    """A time in the unit that leaves it three digits."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def benchmark_rows(path):
    """One row a benchmark of a Google Benchmark report: its name, its time, what it counted."""
    unit_size = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
    standard = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions",
                "repetition_index", "threads", "iterations", "real_time", "cpu_time", "time_unit"}
    for run in json.loads(path.read_text())["benchmarks"]:
        if run.get("run_type") != "iteration" or run.get("error_occurred"):
            continue
        counters = []
        for key, value in run.items():
            if key == "bytes_per_second":
                counters.append(f"{value / 1e6:.0f} MB/s")
            elif key not in standard and isinstance(value, (int, float)):
                counters.append(f"{key} {value:.4g}")
        yield f"| {path.stem} | {run['name']} | {readable(run['real_time'] * unit_size[run['time_unit']])} " \
              f"| {', '.join(counters)} |"


def library_tables(bench):
    rows = [row for path in sorted(bench.glob("*_bench.json")) for row in benchmark_rows(path)]
    return "\n".join([
        (bench / "comparison.md").read_text().strip(),
        "",
        "| program | benchmark | time of one | counted |",
        "|---|---|---|---|",
        *rows,
    ])


def server_tables(bench):
    return (bench / "server.md").read_text().strip()


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in BEGIN:
        sys.exit(__doc__)
    part = sys.argv[1]
    root = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).resolve().parent.parent
    bench = root / "build" / "bench"
    page = root / "docs" / "performance.md"
    text = page.read_text()
    begin = BEGIN[part]
    marked = re.compile(re.escape(begin) + ".*?" + re.escape(END), re.DOTALL)
    if not marked.search(text):
        sys.exit(f"{page}: there is no place between '{begin}' and '{END}'")
    tables = library_tables(bench) if part == "library" else server_tables(bench)
    written = f"{begin}\n\nMeasured on {date.today().isoformat()}, {os.cpu_count()} cores.\n\n{tables}\n\n{END}"
    page.write_text(marked.sub(lambda _: written, text, count=1))
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
