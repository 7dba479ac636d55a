#!/usr/bin/env python3
"""Tests of the checks: each rule finds what breaks it, and leaves alone what does not."""

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import check_includes
import check_style
import check_tidy
import source_groups


def includes_of(files):
    """The problems of a tree that holds these files: path -> text."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return check_includes.check(root)


class Includes(unittest.TestCase):
    def assert_one(self, path, line, words):
        problems = includes_of({path: "#pragma once\n" + line + "\n"})
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(f"{path}:2:", problems[0])
        self.assertIn(words, problems[0])

    def test_what_runs_inward_passes(self):
        self.assertEqual(
            includes_of(
                {
                    "include/penstock/value.hpp": '#include "penstock/error.hpp"\n#include <vector>\n',
                    "src/core/value.cpp": '#include "penstock/value.hpp"\n#include "core/precompiled.hpp"\n',
                    "src/pool/pool.cpp": '#include "pool/pool.hpp"\n#include "datasources/registry.hpp"\n',
                    "src/datasources/registry.cpp": '#include "datasources/sqlite/sqlite.hpp"\n',
                    "src/datasources/sqlite/reader.cpp": '#include "datasources/sqlite/sqlite.hpp"\n#include <sqlite3.h>\n',
                    "src/cli/main.cpp": '#include "formats/writer.hpp"\n#include <CLI/CLI.hpp>\n',
                }
            ),
            [],
        )

    def test_what_runs_outward_is_found(self):
        self.assert_one("src/pool/pool.cpp", '#include "manager/routes.hpp"', "src/pool must not know src/manager")
        self.assert_one("src/core/value.cpp", '#include "formats/writer.hpp"', "src/core must not know src/formats")
        self.assert_one("src/config/yaml.cpp", '#include "formats/writer.hpp"', "src/config must not know src/formats")
        self.assert_one("src/protocol/mcp.cpp", '#include "config/a.hpp"', "src/protocol must not know src/config")
        self.assert_one("src/server/a.cpp", '#include "cli/a.hpp"', "src/server must not know src/cli")

    def test_an_engine_is_known_to_its_folder_and_the_registry_alone(self):
        self.assert_one("src/pool/pool.cpp", '#include "datasources/sqlite/sqlite.hpp"', "must not know the engine")
        self.assert_one(
            "src/datasources/sqlite/a.cpp", '#include "datasources/mysql/mysql.hpp"', "must not know the engine"
        )
        self.assert_one("src/manager/a.cpp", "#include <sqlite3.h>", "belongs to src/datasources/sqlite alone")

    def test_public_headers_and_the_core_need_the_standard_library_alone(self):
        self.assert_one("include/penstock/a.hpp", '#include "core/a.hpp"', "src/ is not installed")
        self.assert_one("include/penstock/a.hpp", "#include <fmt/core.h>", "only the standard library")
        self.assert_one("src/core/a.cpp", "#  include <unistd.h>", "only the standard library")

    def test_an_include_without_its_folder_and_an_unknown_folder_are_found(self):
        self.assert_one("src/pool/pool.cpp", '#include "pool.hpp"', "needs its folder")
        self.assert_one("src/pool/pool.cpp", '#include "tests/fake.hpp"', "lies in no folder of src/")
        self.assertIn("does not know the folder", includes_of({"src/extra/a.cpp": "\n"})[0])


class Style(unittest.TestCase):
    def found(self, text, path="src/core/a.cpp"):
        return check_style.check_text(path, text) + check_style.check_source(path, text)

    def test_plain_code_passes(self):
        self.assertEqual(self.found("int main() {\n  return 1'000'000;\n}\n"), [])

    def test_long_files_and_functions_are_found(self):
        self.assertIn("asks to be two things", self.found("int a;\n" * 501)[0])
        self.assertEqual(self.found("int a;\n" * 500), [])
        body = "  call();\n" * 59
        problems = self.found(f"namespace x {{\nstruct A {{\nint run(int a) const {{\n{body}}}\n}};\n}}\n")
        self.assertEqual(len(problems), 1, problems)
        self.assertIn("a.cpp:3: run has 61 lines", problems[0])
        body = "  call();\n" * 58
        self.assertEqual(self.found(f"int run(int a) {{\n{body}}}\n"), [])

    def test_member_initialisers_belong_to_the_constructor(self):
        body = "  call();\n" * 60
        problems = self.found(f"A::A(int b)\n    : b_{{b}},\n      c_{{2}} {{\n{body}}}\n")
        self.assertEqual(len(problems), 1, problems)
        self.assertIn("A::A has 64 lines", problems[0])

    def test_tables_and_namespaces_are_no_functions(self):
        rows = "  {1, f(2)},\n" * 80
        self.assertEqual(self.found(f"namespace a {{\nconstexpr int kTable[] = {{\n{rows}}};\n}}\n"), [])
        declarations = "int f(int);\n" * 80
        self.assertEqual(self.found(f"namespace {{\n{declarations}}}\n"), [])

    def test_braces_in_text_and_comments_do_not_count(self):
        text = 'int f() {\n  // }\n  auto a = "}";\n  auto b = R"(})";\n  char c = \'}\';\n' + "  call();\n" * 60 + "}\n"
        self.assertIn("f has 66 lines", self.found(text)[0])

    def test_temporaries_inside_co_await_are_found(self):
        for bad in (
            "co_await run(Request{.sql = a});",
            "co_await run({.sql = a});",
            "co_await run([x] { return x; });",
            "co_await run([&](int a) { return a; });",
        ):
            self.assertIn("co_await", self.found(f"void f() {{\n  auto r = {bad}\n}}\n")[0], bad)
        for good in ("co_await run(std::move(request));", "co_await run(a[i]);", "co_await run(f(1)); g({1});"):
            self.assertEqual(self.found(f"void f() {{\n  auto r = {good}\n}}\n"), [], good)

    def test_names_that_are_not_used_are_found(self):
        used = "using std::chrono::seconds;\nusing namespace std;\nconst seconds kWait{1};\n"
        self.assertEqual(self.found(used), [])
        unused = "void f() {\n  using std::swap;  // swap it\n}\n"
        [problem] = self.found(unused)
        self.assertTrue(problem.startswith("src/core/a.cpp:2: swap "), problem)

    def test_empty_names_are_found(self):
        for bad in ("src/core/string_util.cpp", "src/core/helpers.hpp", "src/common.hpp", "tests/misc_test.cpp"):
            self.assertIn("name", self.found("", bad)[0])
        self.assertEqual(self.found("", "src/core/utility_types.cpp"), [])

    def test_untidy_lines_are_found(self):
        self.assertIn("something is left", self.found("// TO" + "DO: later\n")[0])
        self.assertIn("spaces at the end", self.found("int a; \n")[0])
        self.assertIn("a tab", self.found("\tint a;\n")[0])
        self.assertIn("one machine only", self.found("// see /ho" + "me/ada/notes\n")[0])
        self.assertIn("does not end", self.found("int a;")[0])


class SourceGroups(unittest.TestCase):
    def groups_of(self, files):
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(Path(folder) / name) for name in files]
            for path, text in zip(paths, files.values()):
                Path(path).write_text(text)
            ran = subprocess.run([source_groups.__file__, *paths], capture_output=True, text=True, check=True)
            lines = [line.split(" ", 1) for line in ran.stdout.splitlines()]
            self.assertEqual([path for _, path in lines], paths)
            return [int(number) for number, _ in lines]

    def test_eight_sources_that_do_not_clash_are_one_group(self):
        self.assertEqual(self.groups_of({f"{name}.cpp": f"int {name}();\n" for name in "abcdefghi"}), [0] * 8 + [1])

    def test_sources_that_define_the_same_name_are_in_different_ones(self):
        self.assertEqual(self.groups_of({"a.cpp": "int one() {\n}\n", "b.cpp": "int one() {\n}\n", "c.cpp": "int two() {\n}\n"}),
                         [0, 1, 0])

    def test_a_name_that_another_one_may_mean_otherwise_keeps_them_apart(self):
        self.assertEqual(self.groups_of({"a.cpp": "struct Params {\n};\n", "b.cpp": "int f(const Params& params);\n"}), [0, 1])

    def test_names_are_those_of_functions_types_and_constants(self):
        self.assertEqual(source_groups.names_in("namespace x {\nstruct A {\n  int b = 1;\n  int kC = 1;\n};\nint d(int e) {\n}\n"
                                                "void A::f() const {\n}\nconstexpr int kG{1};\nstruct H;\nTEST(I, J) {\n}\n"),
                         {"A", "kC", "d", "kG"})


@unittest.skipUnless(shutil.which("clang-tidy-19"), "clang-tidy-19 is not there")
class Tidy(unittest.TestCase):
    SELF_ASSIGNMENT = (
        "struct {0} {{\n  int* kept;\n  {0}& operator=(const {0}& other) {{\n    delete kept;\n"
        "    kept = new int(*other.kept);\n    return *this;\n  }}\n}};\n"
    )

    def run_on(self, files):
        """Exit status and output for sources that a build folder compiles."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            (root / "build").mkdir()
            commands = []
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
                commands.append({"directory": str(root / "build"), "file": f"../{path}", "command": f"g++ -o a.o -c ../{path}"})
            (root / "build" / "compile_commands.json").write_text(json.dumps(commands))
            ran = subprocess.run(["python3", "-B", check_tidy.__file__, "build", "2"], cwd=root, capture_output=True, text=True,
                                 input="".join(f"{path}\0" for path in files))
            self.assertEqual(ran.stderr, "")
            return ran.returncode, ran.stdout

    def test_sources_that_do_not_clash_are_looked_at_as_one(self):
        sources = {f"src/core/{name}.cpp": f"int {name}() {{ return 1; }}\n" for name in "abcdefghi"}
        self.assertEqual(self.run_on(sources), (0, "Sources: 9; units: 2, of which 0 had to be taken apart\n"))

    def test_what_one_of_them_breaks_is_found(self):
        for folder in ("src/core", "elsewhere"):
            fine = {f"{folder}/fine.cpp": "int one() { return 1; }\n"}
            status, said = self.run_on(fine | {f"{folder}/{name}.cpp": self.SELF_ASSIGNMENT.format(name.upper()) for name in "ab"})
            self.assertEqual(status, 1)
            for name in "ab":
                self.assertRegex(said, f"{folder}/{name}.cpp:3:.*bugprone-unhandled-self-assignment")
            self.assertNotIn("clang-diagnostic-error", said)
            self.assertIn("Sources: 3; units: 1, of which 1 had to be taken apart", said)

    def test_sources_that_clash_are_kept_apart(self):
        one = "static int one() { return 1; }\n"
        two = "int two() { return one(); }\n"
        self.assertEqual(self.run_on({"src/a.cpp": one, "src/b.cpp": one + two})[1],
                         "Sources: 2; units: 2, of which 0 had to be taken apart\n")

    def test_sources_that_clash_unforeseen_are_taken_apart(self):
        clash = {"src/a.cpp": "namespace { using One = int; }\n", "src/b.cpp": "namespace { using One = char; }\n"}
        self.assertEqual(self.run_on(clash), (0, "Sources: 2; units: 1, of which 1 had to be taken apart\n"))

    def test_a_source_that_nothing_compiles_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "compile_commands.json").write_text("[]")
            ran = subprocess.run(["python3", "-B", check_tidy.__file__, folder, "1"], capture_output=True, text=True, input="a.cpp\0")
            self.assertEqual(ran.returncode, 1)
            self.assertIn("a.cpp is in no target", ran.stdout)


if __name__ == "__main__":
    unittest.main()
