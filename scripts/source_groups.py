#!/usr/bin/env python3
"""Which sources can be compiled as one.

Usage: scripts/source_groups.py SOURCE...

Prints a line "GROUP SOURCE" for each, in their order; no source of a group has a name that another one of it defines.
"""

import re
import sys
from pathlib import Path

SOURCES_AT_ONCE = 8
TYPE = re.compile(r"(?:class|struct|union|enum(?: class)?)\s+(\w+)\b(?!;)")
VALUE = re.compile(r"(?<![:\w])(?!(?:const|noexcept|void|static_assert)\b)(\w+)\s*[({=\[]")
CONSTANT = re.compile(r"\b(k[A-Z]\w*)\s*(?:=(?!=)|\{)")
MACRO = re.compile(r"[A-Z][A-Z0-9_]+")  # of GoogleTest: what it defines is named by two others
NO_DEFINITION = (" ", "}", "#", "/", "namespace", "using namespace", "template", "extern")


def names_in(text):
    """What the lines that are not indented seem to define, and constants: more names than in truth, rather than fewer."""
    found = (TYPE.match(line) or VALUE.search(line)
             for line in text.splitlines() if line and not line.startswith(NO_DEFINITION))
    return {match[1] for match in found if match and not MACRO.fullmatch(match[1])} | set(CONSTANT.findall(text))


class Group:
    """Sources whose names do not clash."""

    def __init__(self):
        self.sources = []
        self.names = set()
        self.words = set()

    def takes(self, names, words):
        return len(self.sources) < SOURCES_AT_ONCE and self.names.isdisjoint(words) and self.words.isdisjoint(names)

    def add(self, source, names, words):
        self.sources.append(source)
        self.names |= names
        self.words |= words


def add_to(groups, source, are_used=False):
    """Puts the source into the first group that takes it, or into one of its own. Names clash that two sources define, or, where
    `are_used`, that one defines and another one has at all, as it may mean something else by them."""
    text = Path(source).read_text()
    names = names_in(text)
    words = set(re.findall(r"\w+", text)) if are_used else names
    group = next((one for one in groups if one.takes(names, words)), None)
    if group is None:
        group = Group()
        groups.append(group)
    group.add(source, names, words)


def main():
    groups = []
    for source in sys.argv[1:]:
        add_to(groups, source, are_used=True)
    numbers = {source: number for number, group in enumerate(groups) for source in group.sources}
    for source in sys.argv[1:]:
        print(numbers[source], source)


if __name__ == "__main__":
    main()
