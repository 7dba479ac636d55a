#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "penstock/format.hpp"

#include "comparison/bank.hpp"
#include "comparison/comparison.hpp"

namespace comparison {

namespace {

// Counts what it is given and forgets it.
class Nowhere final : public penstock::ByteSink {
 public:
  [[nodiscard]] penstock::Result<void> write(std::string_view bytes) override {
    bytes_ += bytes.size();
    return {};
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

long resident_high_water_kib() {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  if (status == nullptr) give_up("no /proc/self/status");
  char line[256];
  long kib = 0;
  while (std::fgets(line, sizeof line, status) != nullptr) {
    if (std::strncmp(line, "VmHWM:", 6) == 0) kib = std::strtol(line + 6, nullptr, 10);
  }
  std::fclose(status);
  return kib;
}

long held_by_stream(const LargeResult& result, const std::string& self) {
  const std::string command =
      fmt::format("'{}' --stream '{}' '{}' {}", self, result.directory, result.query, result.rows);
  std::FILE* child = popen(command.c_str(), "r");
  if (child == nullptr) give_up("cannot run " + self);
  long kib = 0;
  if (std::fscanf(child, "%ld", &kib) != 1) give_up("the streaming process said nothing");
  pclose(child);
  return kib;
}

}  // namespace

int stream_to_nowhere(const std::string& directory, const std::string& query, std::int64_t rows) {
  const auto manager = open_manager(directory);
  Nowhere sink;
  if (write_rows(*manager, query.c_str(), penstock::Format::csv, sink) != rows)
    give_up(fmt::format("these are not {} rows", rows));
  std::printf("%ld\n", resident_high_water_kib());
  return 0;
}

Figure streaming_memory(const LargeResult& result, const std::string& self) {
  long kib = held_by_stream(result, self);
  std::string words = "resident memory at most";
  if (result.is_embedded) {
    LargeResult one = result;
    one.query = "SELECT 1";
    one.rows = 1;
    const long without = held_by_stream(one, self);
    words += fmt::format(", beyond {:.1f} MB for one row", static_cast<double>(without) * 1024 / 1e6);
    kib -= without;
  }
  return {fmt::format("{}: {},000,000 rows x 6 columns streamed to CSV, {}", result.engine,
                      result.rows / 1'000'000, words),
          fmt::format("{:.1f} MB", static_cast<double>(kib) * 1024 / 1e6), "< 64 MB",
          kib * 1024 < 64'000'000};
}

Figure json_encoding(const std::string& directory) {
  const auto manager = open_manager(directory);
  const auto result = manager->execute_query("SELECT * FROM entries LIMIT 200000", "bench_db");
  if (!result.success) give_up(result.error);
  double best = 0;
  for (int round = 0; round < 7; ++round) {
    Nowhere sink;
    const auto started = std::chrono::steady_clock::now();
    const auto writer = penstock::make_writer(penstock::Format::json, {}, sink);
    bool written = writer->begin(result.schema).has_value();
    for (const auto& batch : result.data.batches())
      written = written && writer->batch(batch).has_value();
    written = written && writer->end({}).has_value();
    if (!written) give_up("the rows could not be written");
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
    best = std::max(best, static_cast<double>(sink.bytes()) / taken.count());
  }
  return {"JSON encoding of 3 number and 2 text columns and a key, one core, best of 7",
          fmt::format("{:.0f} MB/s", best / 1e6), ">= 500 MB/s", best >= 500e6};
}

}  // namespace comparison
