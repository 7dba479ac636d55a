// The work of the comparisons through Penstock, the same for every engine.
#include <memory>
#include <string_view>
#include <utility>

#include "comparison/bank.hpp"
#include "comparison/checksum.hpp"
#include "comparison/comparison.hpp"

namespace comparison {

Side penstock_point_queries(std::shared_ptr<penstock::DataSourceManager> manager, std::string sql,
                            int count) {
  return [manager = std::move(manager), sql = std::move(sql), count] {
    Keys keys;
    Checksum checksum;
    for (int i = 0; i < count; ++i) {
      const auto result = manager->execute_query(sql, "bench_db", {keys.next()});
      if (!result.success) give_up(result.error);
      for (const penstock::Row row : result.data) {
        checksum.add(row[0].as<std::int64_t>());
        checksum.add(row[1].as<std::string_view>());
        checksum.add(row[2].as<double>());
      }
    }
    return checksum.sum;
  };
}

Side penstock_all_rows(std::shared_ptr<penstock::DataSourceManager> manager, std::string query) {
  return [manager = std::move(manager), query = std::move(query)] {
    auto stream = manager->stream_query(query, "bench_db");
    if (!stream) give_up(stream.error().message);
    Checksum checksum;
    while (true) {
      const auto batch = stream->next();
      if (!batch) give_up(batch.error().message);
      if (!*batch) return checksum.sum;
      for (std::size_t i = 0; i < (*batch)->num_columns(); ++i)
        checksum.add_column((*batch)->column(i));
    }
  };
}

std::int64_t write_rows(penstock::DataSourceManager& manager, const char* sql, penstock::Format format,
                        penstock::ByteSink& sink) {
  auto stream = manager.stream_query(sql, "bench_db");
  if (!stream) give_up(stream.error().message);
  const auto writer = penstock::make_writer(format, {}, sink);
  bool written = writer->begin(stream->schema()).has_value();
  while (written) {
    const auto batch = stream->next();
    if (!batch) give_up(batch.error().message);
    if (!*batch) break;
    written = writer->batch(**batch).has_value();
  }
  if (!written || !writer->end(stream->summary())) give_up("the rows could not be written");
  return stream->summary().row_count;
}

}  // namespace comparison
