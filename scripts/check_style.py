#!/usr/bin/env python3
"""Checks the rules of style that a machine can see and clang-format cannot.

Usage: scripts/check_style.py FILE...

Exit status 1 when a rule is broken, each place named as file:line.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
SOURCE_SUFFIXES = {".cpp", ".hpp", ".c", ".h"}

# Reviewed exceptions: the file, or file:function, and why it is better whole.
LONG_FILES = {}
LONG_FUNCTIONS = {
    "tests/format_every_type.hpp:every_type_rows": "a table of values, one row a case",
}

# Names that say nothing of what is inside.
EMPTY_NAMES = re.compile(r"(^|[_.-])(util|utils|helper|helpers|common|misc)([_.-]|$)")
# The word, in any comment of any language; split so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
# Places that exist on one machine only.
PERSONAL_PATH = re.compile(r"(?<![\w.])/(home|root|Users)/\w")
# Where tabs mean something, or the text is not ours.
TABS_ALLOWED = {"Makefile", "LICENSE", "go.mod"}

TOKEN = re.compile(
    r"""
    (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\((?s:.*?)\)(?P=delimiter)")
  | (?P<string>"(?:\\.|[^"\\\n])*")
  | (?P<separator>(?<=[0-9a-fA-F])'(?=[0-9a-fA-F]))
  | (?P<character>'(?:\\.|[^'\\\n])+')
  | (?P<line_comment>//[^\n]*)
  | (?P<block_comment>/\*(?s:.*?)\*/)
  | (?P<directive>^[ \t]*\#(?:[^\n\\]|\\\n|\\.)*)
    """,
    re.VERBOSE | re.MULTILINE,
)


def code_only(text):
    """The text with comments, literals and directives blanked, every line and column where it was."""

    def blank(match):
        if match.lastgroup == "separator":
            return "_"
        keep = '"' if match.group(0).endswith('"') else " "
        blanked = re.sub(r"[^\n]", " ", match.group(0))
        return keep + blanked[1:-1] + keep if len(blanked) > 1 else blanked

    return TOKEN.sub(blank, text)


@dataclass
class Function:
    name: str
    first_line: int
    lines: int


SCOPE_HEAD = re.compile(r"\b(namespace|class|struct|union|extern)\b")
NAME_BEFORE_PARENTHESIS = re.compile(r"([\w:~]+|operator\s*\S+?)\s*\(")


def functions_of(text):
    """Every function defined at namespace or class scope, lambdas inside counted as part of it."""
    code = code_only(text)
    functions = []
    scopes = []  # one kind for each open brace: "scope", "function" or "other"
    head_start = 0  # where the declaration begins that an open brace would belong to
    opened = []
    for position, character in enumerate(code):
        inside = any(kind != "scope" for kind in scopes)
        if character == "{":
            if inside:
                scopes.append("other")
            else:
                head = code[head_start:position]
                scopes.append(kind_of(head))
                opened.append((head, head_start))
                if scopes[-1] == "scope":
                    head_start = position + 1
        elif character == "}" and scopes:
            kind = scopes.pop()
            if any(other != "scope" for other in scopes):
                continue
            head, start = opened.pop()
            rest = code[position + 1 :].lstrip()
            if kind != "scope" and rest[:1] in (",", "{"):
                continue  # a member initialised with braces: the function's body is still to come
            if kind == "function":
                functions.append(measured(code, head, start, position))
            head_start = position + 1
        elif character == ";" and not inside:
            head_start = position + 1
    return functions


def kind_of(head):
    if "(" in head and not re.search(r"=\s*$", head):
        return "function"
    return "scope" if SCOPE_HEAD.search(head) else "other"


def measured(code, head, start, end):
    first = start + len(head) - len(head.lstrip())
    name = NAME_BEFORE_PARENTHESIS.search(head)
    first_line = code.count("\n", 0, first) + 1
    last_line = code.count("\n", 0, end) + 1
    return Function(name.group(1) if name else "?", first_line, last_line - first_line + 1)


def statement_from(code, start):
    """The expression that begins at `start`: up to its semicolon, or the bracket that closes around it."""
    depth = 0
    for position in range(start, len(code)):
        if code[position] in "([{":
            depth += 1
        elif code[position] in ")]}":
            depth -= 1
            if depth < 0:
                return code[start:position]
        elif code[position] == ";" and depth == 0:
            return code[start:position]
    return code[start:]


def awaited_temporaries(text):
    """Lines where an aggregate or a capturing lambda is made inside a co_await expression, which GCC 12 destroys
    twice."""
    code = code_only(text)
    lines = []
    for match in re.finditer(r"\bco_await\b", code):
        expression = statement_from(code, match.end())
        if re.search(r"[\w>(,]\s*\{", expression) or re.search(r"\[[^\]\s][^\]]*\]\s*[({]", expression):
            lines.append(code.count("\n", 0, match.start()) + 1)
    return lines


USING = re.compile(r"^\s*using\s+[\w:]+::(\w+);", re.MULTILINE)


def unused_names(text):
    """The line and the name of each using-declaration whose name the file has nowhere else."""
    code = code_only(text)
    for match in USING.finditer(code):
        if len(re.findall(rf"\b{match.group(1)}\b", code)) == 1:
            yield code.count("\n", 0, match.start(1)) + 1, match.group(1)


def check_source(path, text):
    problems = []
    lines = text.count("\n")
    if lines > MAX_FILE_LINES and path not in LONG_FILES:
        problems.append(f"{path}:1: {lines} lines; over {MAX_FILE_LINES} a file asks to be two things")
    for function in functions_of(text):
        if function.lines > MAX_FUNCTION_LINES and f"{path}:{function.name}" not in LONG_FUNCTIONS:
            problems.append(
                f"{path}:{function.first_line}: {function.name} has {function.lines} lines; over "
                f"{MAX_FUNCTION_LINES} a function asks to be two things"
            )
    for line in awaited_temporaries(text):
        problems.append(f"{path}:{line}: a temporary inside co_await is destroyed twice by GCC 12: name it first")
    if Path(path).suffix == ".cpp":
        for line, name in unused_names(text):
            problems.append(f"{path}:{line}: {name} is named by using, and nowhere else")
    return problems


def check_text(path, text):
    problems = []
    name = Path(path).name
    if EMPTY_NAMES.search(name):
        problems.append(f"{path}:1: the file's name does not say what it is for")
    if text and not text.endswith("\n"):
        problems.append(f"{path}:{text.count(chr(10)) + 1}: the last line does not end")
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            problems.append(f"{path}:{number}: spaces at the end of the line")
        if "\t" in line and name not in TABS_ALLOWED and not name.endswith(".go"):
            problems.append(f"{path}:{number}: a tab")
        if UNFINISHED.search(line):
            problems.append(f"{path}:{number}: something is left to do")
        if PERSONAL_PATH.search(line):
            problems.append(f"{path}:{number}: a path that exists on one machine only")
    return problems


def check_file(path):
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []  # not a text
    problems = check_text(path, text)
    if Path(path).suffix in SOURCE_SUFFIXES:
        problems += check_source(path, text)
    return problems


def main():
    problems = [problem for path in sys.argv[1:] for problem in check_file(path)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
