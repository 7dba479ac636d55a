#!/usr/bin/env python3
"""Checks that includes run one way: from the outer folders of src/ to the inner ones, never back.

Usage: scripts/check_includes.py [ROOT]

docs/architecture.md has the picture. Exit status 1 when an include breaks a rule, each named as file:line.
"""

import re
import sys
from pathlib import Path

# What the headers of each folder of src/ may be included from: the folder itself, and those listed with it here.
MAY_INCLUDE = {
    "core": set(),
    "config": {"core"},
    "formats": {"core"},
    "datasources": {"core", "config", "formats"},
    "pool": {"core", "config", "formats", "datasources"},
    "cache": {"core", "config", "formats", "datasources", "pool"},
    "monitor": {"core", "config", "formats", "datasources", "pool"},
    "federation": {"core", "config", "formats", "datasources", "pool"},
    "manager": {"core", "config", "formats", "datasources", "pool", "cache", "monitor", "federation"},
    "protocol": {"core"},
    "server": {"core", "config", "formats", "datasources", "pool", "cache", "monitor", "manager", "protocol"},
    "importers": {"core", "config"},
    "cli": {"core", "config", "formats", "datasources", "pool", "cache", "monitor", "manager", "server", "importers"},
}

# Folders of src/datasources that are no engine: every engine may include them.
SHARED = {"pg_query"}

# The one place that knows each library, or the few. Paths begin with the include's own text.
ONLY_IN = {
    "sqlite3": "src/datasources/sqlite",
    "libpq": "src/datasources/postgresql",
    "pg_query": ("src/datasources/pg_query", "src/datasources/postgresql", "src/datasources/mongodb"),
    "mysql": "src/datasources/mysql",
    "mariadb": "src/datasources/mysql",
    "mongoc": "src/datasources/mongodb",
    "bson": "src/datasources/mongodb",
    "duckdb": "src/datasources/duckdb",
    "yaml-cpp/": "src/config",
    "CLI/": "src/cli",
    "toml++/": "src/importers",
    "prometheus/": "src/monitor",
    "boost/asio": "src/server",
    "boost/beast": "src/server",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def folder_of(path):
    """The folder a file of src/ or include/ belongs to: ("core", None), ("datasources", "sqlite"), ..."""
    parts = path.parts
    if parts[0] == "include":
        return "public", None
    inner = parts[2] if len(parts) > 3 else None
    return parts[1], inner


def check_own(path, target):
    """What is wrong with a file of src/ or include/ that includes one of ours; nothing when it may."""
    folder, engine = folder_of(path)
    first, _, rest = target.partition("/")
    if not rest:
        return f'"{target}" needs its folder in front'
    if first == "penstock":
        return None
    if first not in MAY_INCLUDE:
        return f'"{target}" lies in no folder of src/'
    if folder == "public":
        return f'a public header must not need "{target}": src/ is not installed'
    if first != folder and first not in MAY_INCLUDE.get(folder, set()):
        return f'src/{folder} must not know src/{first}, and includes "{target}"'
    if first == "datasources" and "/" in rest:
        included_engine = rest.partition("/")[0]
        if folder != "datasources" or (engine not in (None, included_engine) and included_engine not in SHARED):
            where = f"src/{folder}" if engine is None else f"src/{folder}/{engine}"
            return f'{where} must not know the engine in "{target}"'
    return None


def check_foreign(path, target):
    """What is wrong with a file of src/ or include/ that includes <target>; nothing when it may."""
    folder, _ = folder_of(path)
    if folder in ("public", "core") and not re.fullmatch(r"[a-z0-9_]+", target):
        return f"only the standard library belongs here, and this includes <{target}>"
    for prefix, home in ONLY_IN.items():
        homes = (home,) if isinstance(home, str) else home
        if target.startswith(prefix) and not any(path.is_relative_to(each) for each in homes):
            return f"<{target}> belongs to {' and '.join(homes)} alone"
    return None


def check_file(root, path):
    problems = []
    for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        own, foreign = found.groups()
        problem = check_own(path, own) if own else check_foreign(path, foreign)
        if problem:
            problems.append(f"{path}:{number}: {problem}")
    return problems


def check(root):
    problems = []
    for top in ("include", "src"):
        for path in sorted((root / top).rglob("*.[hc]pp")):
            relative = path.relative_to(root)
            folder, _ = folder_of(relative)
            if folder != "public" and folder not in MAY_INCLUDE:
                problems.append(f"{relative}:1: scripts/check_includes.py does not know the folder src/{folder}")
                continue
            problems += check_file(root, relative)
    return problems


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    problems = check(root)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
