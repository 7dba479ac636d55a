// Owners of DuckDB's objects. Each remembers the table of functions that made it, which outlives it.
#pragma once

#include <string>
#include <utility>

#include "datasources/duckdb/library.hpp"

namespace penstock::duckdb {

/// One handle of the C API, destroyed by `Destroy`, a function of Api that takes a pointer to it.
template <typename Raw, auto Destroy>
class Handle {
 public:
  Handle() = default;
  explicit Handle(const Api& api, Raw raw = nullptr) noexcept : api_(&api), raw_(raw) {}
  Handle(Handle&& other) noexcept
      : api_(std::exchange(other.api_, nullptr)), raw_(std::exchange(other.raw_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(api_, other.api_);
    std::swap(raw_, other.raw_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (raw_ != nullptr) (api_->*Destroy)(&raw_);
  }
  [[nodiscard]] Raw get() const noexcept { return raw_; }
  /// Where a function of the API puts what it makes.
  [[nodiscard]] Raw* out() noexcept { return &raw_; }
  explicit operator bool() const noexcept { return raw_ != nullptr; }

 private:
  const Api* api_ = nullptr;
  Raw raw_ = nullptr;
};

using ConfigHandle = Handle<duckdb_config, &Api::destroy_config>;
using DatabaseHandle = Handle<duckdb_database, &Api::close>;
using ConnectionHandle = Handle<duckdb_connection, &Api::disconnect>;
using ExtractedHandle = Handle<duckdb_extracted_statements, &Api::destroy_extracted>;
using PreparedHandle = Handle<duckdb_prepared_statement, &Api::destroy_prepare>;
using PendingHandle = Handle<duckdb_pending_result, &Api::destroy_pending>;
using ChunkHandle = Handle<duckdb_data_chunk, &Api::destroy_data_chunk>;
using TypeHandle = Handle<duckdb_logical_type, &Api::destroy_logical_type>;
using ValueHandle = Handle<duckdb_value, &Api::destroy_value>;

/// A result. Destroying it ends what still runs.
class ResultHandle {
 public:
  explicit ResultHandle(const Api& api) noexcept : api_(&api) {}
  ResultHandle(ResultHandle&& other) noexcept
      : api_(other.api_), raw_(std::exchange(other.raw_, duckdb_result{})) {}
  ResultHandle& operator=(ResultHandle&& other) noexcept {
    std::swap(api_, other.api_);
    std::swap(raw_, other.raw_);
    return *this;
  }
  ResultHandle(const ResultHandle&) = delete;
  ResultHandle& operator=(const ResultHandle&) = delete;
  ~ResultHandle() { api_->destroy_result(&raw_); }
  [[nodiscard]] duckdb_result& get() noexcept { return raw_; }

 private:
  const Api* api_;
  duckdb_result raw_{};
};

/// A text that the API gave away.
[[nodiscard]] inline std::string taken_text(const Api& api, char* text) {
  std::string out = text == nullptr ? "" : text;
  if (text != nullptr) api.free(text);
  return out;
}

}  // namespace penstock::duckdb
