// The formats as others read them: Python's json and csv, and pyarrow. The comparisons are in
// read_formats.py.
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format_every_type.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

std::filesystem::path python() {
  const char* configured = std::getenv("PENSTOCK_TEST_PYTHON");
  if (configured != nullptr && *configured != '\0') return configured;
  return std::filesystem::path(PENSTOCK_TEST_SOURCES) / "build/venv/bin/python";
}

// Runs read_formats.py; its exit status.
int run_reader(std::vector<std::string> arguments) {
  const std::string program = python();
  arguments.insert(arguments.begin(),
                   {program, std::string(PENSTOCK_TEST_SOURCES) + "/tests/integration/read_formats.py"});
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0) return -1;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A folder of its own for each test, and an interpreter with pyarrow to read what it holds.
class FormatReaders : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access(python().c_str(), X_OK) != 0) {
      const std::string missing = "no Python at " + python().string() +
                                  ": run scripts/setup, or name one with pyarrow in PENSTOCK_TEST_PYTHON";
      if (std::getenv("CI") != nullptr) FAIL() << missing;
      GTEST_SKIP() << missing;
    }
  }

  void write(const std::string& name, std::string_view bytes) const {
    test::write_file(folder_ / name, bytes);
  }
  void write(const std::string& name, const QueryResult& result, Format format,
             const FormatOptions& options = {}) const {
    write(name, text_of(result, format, options));
  }
  void expect_read(const std::string& check, const std::string& bridge = {}) const {
    std::vector<std::string> arguments{check, folder_.path().string()};
    if (!bridge.empty()) arguments.push_back(bridge);
    EXPECT_EQ(run_reader(std::move(arguments)), 0) << "read_formats.py has said above what differs";
  }

  test::TemporaryFolder folder_;
};

TEST_F(FormatReaders, ArrowHoldsEveryType) {
  Recorder sink;
  const QueryResult result = every_type_result();
  const RecordBatch& batch = result.data.batches().front();
  const auto writer = make_writer(Format::arrow, {}, sink);
  ASSERT_TRUE(writer->begin(result.schema).has_value());
  for (const RecordBatch& part : {batch, make_batch(result.schema, {}), batch}) {
    ASSERT_TRUE(writer->batch(part).has_value());
  }
  ASSERT_TRUE(writer->end({}).has_value());
  write("every_type.arrow", sink.text);
  expect_read("arrow");
}

TEST_F(FormatReaders, ArrowTellsOfTruncationAndWrites) {
  write("no_rows.arrow", make_result(every_type_fields(), {}), Format::arrow);
  QueryResult affected = make_result({}, {});
  affected.affected_rows = 12;
  write("no_columns.arrow", affected, Format::arrow);
  QueryResult truncated = make_result({{"id", TypeId::int64}}, {{1}});
  truncated.truncated = true;
  write("truncated.arrow", truncated, Format::arrow);

  QueryResult widened = make_result({{"v", TypeId::variant}}, {{"one"}, {2}, {nullptr}});
  const RecordBatch narrow = make_batch(make_schema({{"v", TypeId::int64}}), {{3}});
  widened.data = Rows({widened.data.batches().front(), narrow});
  write("widened.arrow", widened, Format::arrow);

  QueryResult cut = make_result({{"l", DataType::list_of(TypeId::int64)}, {"v", TypeId::variant}},
                                {{Value::List{1, 2}, "a"}, {Value::List{}, 1}, {Value::List{3}, "b"}});
  cut.data = Rows({cut.data.batches().front().first(2)});
  write("cut_lists.arrow", cut, Format::arrow);
  expect_read("arrow_edges");
}

TEST_F(FormatReaders, ArrowIsNeverWholeAfterAnError) {
  write("broken.arrow", broken_after(every_type_result(), Format::arrow, make_error()));
  QueryResult failed;
  failed.error = "no such database";
  write("broken_before_schema.arrow", failed, Format::arrow);
  expect_read("arrow_broken");
}

TEST_F(FormatReaders, JsonHoldsEveryType) {
  const QueryResult result = every_type_result();
  FormatOptions options;
  write("every_type.json", result, Format::json);
  write("every_type.jsonl", result, Format::jsonl);
  options.json.rows = RowShape::arrays;
  write("every_type_arrays.json", result, Format::json, options);
  options.json = {.pretty = true};
  write("every_type_pretty.json", result, Format::json, options);
  expect_read("json");
}

TEST_F(FormatReaders, JsonWritesDoublesAsPythonDoes) {
  std::mt19937_64 random(3);
  std::vector<ValueRow> rows;
  std::string raw;
  while (rows.size() < 50'000) {
    const std::uint64_t bits = random();
    const double any = std::bit_cast<double>(bits);
    const double amount = static_cast<double>(static_cast<std::int64_t>(bits >> (bits % 50))) / 100;
    const double number = rows.size() % 2 == 0 ? any : amount;
    if (!std::isfinite(number)) continue;
    rows.push_back({number});
    raw.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  FormatOptions arrays;
  arrays.json.rows = RowShape::arrays;
  write("doubles.bin", raw);
  write("doubles.json", make_result({{"d", TypeId::float64}}, rows), Format::json, arrays);
  expect_read("doubles");
}

TEST_F(FormatReaders, CsvHoldsEveryType) {
  write("every_type.csv", every_type_result(), Format::csv);
  expect_read("csv");
}

TEST_F(FormatReaders, CsvIsNeverWholeAfterAnError) {
  write("broken.csv",
        broken_after(make_result({{"id", TypeId::int64}}, {{1}, {2}}), Format::csv, make_error()));
  expect_read("csv_broken");
}

TEST_F(FormatReaders, HostileTextReadsBack) {
  std::vector<ValueRow> rows;
  std::string hex;
  for (const std::string& text : hostile_texts()) {
    if (!rows.empty()) hex += '\n';
    std::string bytes;
    append_text(bytes, std::as_bytes(std::span(text)));
    hex += bytes.substr(2);
    rows.push_back({rows.size(), text});
  }
  const QueryResult result = make_result({{"n", TypeId::uint64}, {"text", TypeId::string}}, rows);
  write("hostile.hex", hex);
  write("hostile.json", result, Format::json);
  write("hostile.jsonl", result, Format::jsonl);
  write("hostile.csv", result, Format::csv);
  write("hostile.tsv", result, Format::tsv);
  FormatOptions lf;
  lf.csv.crlf = false;
  write("hostile_lf.csv", result, Format::csv, lf);
  expect_read("hostile");
}

// A sanitized library does not load into an interpreter that is not.
#ifndef PENSTOCK_SANITIZED
TEST_F(FormatReaders, ArrowCDataInterfaceGivesAndTakesEveryType) {
  expect_read("c_interface", PENSTOCK_TEST_ARROW_BRIDGE);
}
#endif

}  // namespace
}  // namespace penstock
