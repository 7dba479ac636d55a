// How fast results become JSON. bytes_per_second counts what is written.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "penstock/builder.hpp"
#include "penstock/format.hpp"

namespace penstock {
namespace {

constexpr std::int64_t kRows = 8'192;

class CountingSink final : public ByteSink {
 public:
  Result<void> write(std::string_view written) override {
    benchmark::DoNotOptimize(written.data());
    bytes += static_cast<std::int64_t>(written.size());
    return {};
  }
  std::int64_t bytes = 0;
};

RecordBatch make_rows(std::vector<Field> fields,
                      void (*append)(BatchBuilder& rows, std::mt19937_64& random)) {
  BatchBuilder builder(std::make_shared<const Schema>(std::move(fields)), kRows);
  std::mt19937_64 random(1);
  for (std::int64_t row = 0; row < kRows; ++row)
    append(builder, random);
  return builder.finish();
}

// Rows as a bank has them: keys, amounts, names, a time, a flag.
RecordBatch numbers_and_text() {
  return make_rows(
      {{"transaction_id", TypeId::int64},
       {"account_id", TypeId::int64},
       {"amount", TypeId::decimal},
       {"balance", TypeId::float64},
       {"customer_name", TypeId::string},
       {"description", TypeId::string},
       {"is_disputed", TypeId::boolean},
       {"fee_rate", TypeId::float64}},
      [](BatchBuilder& rows, std::mt19937_64& random) {
        static constexpr std::array<std::string_view, 4> kNames{"Ada Lovelace", "Grace Hopper",
                                                                "Edsger W. Dijkstra", "Barbara Liskov"};
        static constexpr std::array<std::string_view, 4> kTexts{
            "Card payment, grocery store, London", "Standing order: rent for the month",
            "Transfer to savings account ending in 4711", "ATM withdrawal"};
        const auto cents = static_cast<std::int64_t>(random() % 10'000'000);
        rows.column(0).append_int64(static_cast<std::int64_t>(random() % 1'000'000'000));
        rows.column(1).append_int64(static_cast<std::int64_t>(random() % 100'000));
        rows.column(2).append_string(std::to_string(cents / 100) + '.' + std::to_string(10 + cents % 90));
        rows.column(3).append_float64(static_cast<double>(random() % 100'000'000) / 100);
        rows.column(4).append_string(kNames[random() % 4]);
        rows.column(5).append_string(kTexts[random() % 4]);
        rows.column(6).append_bool(random() % 16 == 0);
        rows.column(7).append_float64(static_cast<double>(random() % 1'000) / 1'000);
      });
}

RecordBatch integers() {
  return make_rows({{"a", TypeId::int64}, {"b", TypeId::int64}},
                   [](BatchBuilder& rows, std::mt19937_64& random) {
                     rows.column(0).append_int64(static_cast<std::int64_t>(random()));
                     rows.column(1).append_int64(static_cast<std::int64_t>(random() % 10'000));
                   });
}

// Doubles of 17 digits: the slowest that there are.
RecordBatch long_doubles() {
  return make_rows({{"x", TypeId::float64}}, [](BatchBuilder& rows, std::mt19937_64& random) {
    rows.column(0).append_float64(static_cast<double>(random()) / 1.0e13);
  });
}

RecordBatch text_to_escape() {
  return make_rows({{"text", TypeId::string}}, [](BatchBuilder& rows, std::mt19937_64& random) {
    static constexpr std::array<std::string_view, 3> kTexts{
        "He said \"no\", and left.\nThen he came back.", "C:\\Program Files\\Penstock\\penstock.exe",
        "Stra\xC3\x9F"
        "e, caf\xC3\xA9, \xE4\xB8\xAD\xE6\x96\x87, \xF0\x9F\x98\x80"};
    rows.column(0).append_string(kTexts[random() % 3]);
  });
}

RecordBatch moments() {
  return make_rows({{"at", TypeId::timestamp_tz}, {"day", TypeId::date}},
                   [](BatchBuilder& rows, std::mt19937_64& random) {
                     rows.column(0).append_timestamp_tz(
                         TimestampTz{static_cast<std::int64_t>(random() % 2'000'000'000'000'000)});
                     rows.column(1).append_date(Date{static_cast<std::int32_t>(random() % 20'000)});
                   });
}

void write_rows(benchmark::State& state, const RecordBatch& rows, Format format,
                const FormatOptions& options = {}) {
  CountingSink sink;
  for (auto _ : state) {
    const auto writer = make_writer(format, options, sink);
    if (!writer->begin(rows.schema()) || !writer->batch(rows) || !writer->end({})) std::abort();
  }
  state.SetBytesProcessed(sink.bytes);
  state.SetItemsProcessed(state.iterations() * kRows);
}

void json(benchmark::State& state, RecordBatch (*make)()) {
  write_rows(state, make(), Format::json);
}
BENCHMARK_CAPTURE(json, numbers_and_text, numbers_and_text);
BENCHMARK_CAPTURE(json, integers, integers);
BENCHMARK_CAPTURE(json, long_doubles, long_doubles);
BENCHMARK_CAPTURE(json, text_to_escape, text_to_escape);
BENCHMARK_CAPTURE(json, moments, moments);

void json_arrays(benchmark::State& state) {
  FormatOptions options;
  options.json.rows = RowShape::arrays;
  write_rows(state, numbers_and_text(), Format::json, options);
}
BENCHMARK(json_arrays);

void others(benchmark::State& state, Format format) {
  write_rows(state, numbers_and_text(), format);
}
BENCHMARK_CAPTURE(others, jsonl, Format::jsonl);
BENCHMARK_CAPTURE(others, csv, Format::csv);
BENCHMARK_CAPTURE(others, markdown, Format::markdown);
BENCHMARK_CAPTURE(others, table, Format::table);
BENCHMARK_CAPTURE(others, arrow, Format::arrow);

}  // namespace
}  // namespace penstock
