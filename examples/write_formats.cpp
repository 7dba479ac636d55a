// A result as text: whole, for a model to read, and as a stream of CSV in bounded memory.
#include <iostream>

#include <penstock/format.hpp>
#include <penstock/manager.hpp>

#include "temporary_bank.hpp"

namespace {

// Where the bytes go: here to standard output, elsewhere to a file or a socket.
class StandardOutput final : public penstock::ByteSink {
 public:
  [[nodiscard]] penstock::Result<void> write(std::string_view bytes) override {
    if (std::cout << bytes) return {};
    return penstock::fail(penstock::ErrorCode::unavailable, "standard output cannot be written to");
  }
};

penstock::Result<void> stream_csv(penstock::DataSourceManager& manager, penstock::ByteSink& sink) {
  auto stream = manager.stream_query("SELECT id, account_id, amount FROM transactions ORDER BY id LIMIT 3",
                                     "accounts_db");
  if (!stream) return std::unexpected(stream.error());
  const auto writer = penstock::make_writer(penstock::Format::csv, {.csv = {.crlf = false}}, sink);
  if (auto begun = writer->begin(stream->schema()); !begun) return begun;
  while (true) {
    const auto batch = stream->next();
    // Says in the output, too, that it is not whole.
    if (!batch) return writer->fail(batch.error(), stream->summary());
    if (!*batch) return writer->end(stream->summary());
    if (auto written = writer->batch(**batch); !written) return written;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const example::TemporaryBank bank;
  const auto manager = penstock::DataSourceManager::load(argc > 1 ? argv[1] : bank.config());
  if (!manager) {
    std::cerr << manager.error().message << "\n";
    return 2;
  }
  const auto result =
      (*manager)->execute_query("SELECT id, name, city FROM customers ORDER BY id LIMIT 3", "customer_db");
  const auto markdown = penstock::to_text(result, penstock::Format::markdown);
  StandardOutput sink;
  if (!markdown || !sink.write(*markdown) || !stream_csv(**manager, sink)) return 1;
  return 0;
}
