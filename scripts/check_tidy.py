#!/usr/bin/env python3
"""Looks at sources with clang-tidy, several at a time.

Usage: scripts/check_tidy.py FOLDER JOBS <FILES

FOLDER is a build folder with compile_commands.json; FILES are paths from the folder it is run in, each with a NUL behind it.
Most of what clang-tidy does is for headers, so up to eight sources of one folder that are compiled alike and define no names in
common are looked at as one. Where it is not content with them, or they do not compile as one, each is looked at by itself, and
what it says then counts. Exit status 1 when it is not content with one of them, or when no target compiles one.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import source_groups

CONFIG = Path(__file__).resolve().parent.parent / ".clang-tidy"
HEADER_FILTER = re.search(r"^HeaderFilterRegex: '(.*)'$", CONFIG.read_text(), re.MULTILINE)[1]
COMMAND = ["clang-tidy-19", "--quiet", f"--config-file={CONFIG}", "--extra-arg=-Wno-unknown-warning-option",
           # GCC 12's std::stable_sort uses what C++23 deprecates; clang reports that, though the header is the system's.
           "--extra-arg=-Wno-deprecated-declarations"]


class Unit:
    """Sources that are compiled with the same flags and do not clash."""

    def __init__(self, folder, flags, sources):
        self.folder = folder  # where the compiler runs
        self.flags = flags
        self.sources = sources
        self.path = None  # of the file that includes them

    def text(self):
        return "".join(f'// NOLINTNEXTLINE(bugprone-suspicious-include)\n#include "{source}"\n' for source in self.sources)


def flags_of(command):
    """The compiler's command line without what it reads and writes."""
    words = shlex.split(command)
    output = words.index("-o")
    del words[output:output + 2]
    return words[:words.index("-c")]


def units_of(commands, wanted):
    alike = {}  # groups of sources of one folder that are compiled alike
    for entry in commands:
        source = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        if source in wanted:
            key = (os.path.dirname(source), entry["directory"], tuple(flags_of(entry["command"])))
            source_groups.add_to(alike.setdefault(key, []), source)
    return [Unit(folder, list(flags), group.sources) for (_, folder, flags), groups in alike.items() for group in groups]


def write_units(units, folder):
    """Files that include the sources of a unit, and how they are compiled."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    commands = []
    for number, unit in enumerate(units):
        unit.path = folder / f"{number}.cpp"
        unit.path.write_text(unit.text())
        commands.append({"directory": unit.folder, "file": str(unit.path),
                         "command": shlex.join([*unit.flags, "-c", str(unit.path)])})
    (folder / "compile_commands.json").write_text(json.dumps(commands))


def look_at(folder, path, included=()):
    """What clang-tidy says of a file, and of the sources that it includes; empty when it is content."""
    shown = "|".join([HEADER_FILTER, *map(re.escape, included)])
    ran = subprocess.run([*COMMAND, f"--header-filter={shown}", "-p", str(folder), str(path)], capture_output=True, text=True)
    if ran.returncode == 0:
        return ""
    return f"{ran.stdout}{ran.stderr}clang-tidy is not content with {path}\n"


def check(unit, folder):
    """What clang-tidy says of the sources of a unit, and whether it took them as one."""
    if len(unit.sources) > 1 and not look_at(unit.path.parent, unit.path, unit.sources):
        return "", True
    said = "".join(look_at(folder, source) for source in unit.sources)
    return said, len(unit.sources) == 1


def main():
    folder, jobs = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    wanted = {os.path.realpath(path) for path in sys.stdin.read().split("\0") if path}
    units = units_of(json.loads((folder / "compile_commands.json").read_text()), wanted)
    missing = sorted(wanted.difference(*(unit.sources for unit in units)))
    for source in missing:
        print(f"{os.path.relpath(source)} is in no target, so nothing looks at it")
    write_units(units, folder / "units")
    content, apart = not missing, 0
    with ThreadPoolExecutor(jobs) as pool:
        for said, as_one in pool.map(lambda unit: check(unit, folder), units):
            apart += not as_one
            if said:
                print(said, flush=True)
                content = False
    print(f"Sources: {len(wanted)}; units: {len(units)}, of which {apart} had to be taken apart")
    sys.exit(not content)


if __name__ == "__main__":
    main()
