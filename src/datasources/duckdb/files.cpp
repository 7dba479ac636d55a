#include "datasources/duckdb/files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "core/ascii_case.hpp"

namespace penstock::duckdb {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxFiles = 100'000;
constexpr int kMaxDepth = 16;

struct Suffix {
  std::string_view text;
  FileFormat format;
};
constexpr std::array kSuffixes{
    Suffix{".parquet", FileFormat::parquet}, Suffix{".csv", FileFormat::csv},
    Suffix{".tsv", FileFormat::csv},         Suffix{".json", FileFormat::json},
    Suffix{".ndjson", FileFormat::json},     Suffix{".jsonl", FileFormat::json},
};

struct Name {
  std::string table;
  FileFormat format = FileFormat::parquet;
};

// "people" and csv of people.csv.gz; nothing of a file that is no table.
std::optional<Name> name_of(std::string file) {
  std::string lower = ascii_lower(file);
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (lower.ends_with(packed) && !lower.ends_with(".parquet" + std::string(packed)))
      lower.resize(lower.size() - packed.size());
  }
  for (const Suffix& suffix : kSuffixes) {
    if (!lower.ends_with(suffix.text) || lower.size() == suffix.text.size()) continue;
    file.resize(lower.size() - suffix.text.size());
    return Name{std::move(file), suffix.format};
  }
  return std::nullopt;
}

bool is_pattern(const fs::path& path) {
  return path.native().find_first_of("*?[") != std::string::npos;
}

std::unexpected<Error> unreachable(const fs::path& path, int reason) {
  auto error =
      fail(ErrorCode::unavailable, "`" + path.filename().string() + "` cannot be reached (" +
                                       std::strerror(reason) + "); check `path` in the configuration");
  error.error().sqlstate = "58P01";
  error.error().server_message = path.string();
  return error;
}

class Taker {
 public:
  explicit Taker(fs::path folder) : folder_(std::move(folder)) {}

  Result<Inventory> run() {
    if (auto listed = walk(folder_, nullptr, 0); !listed) return pass_error(listed);
    for (auto& [name, table] : tables_) {
      if (table.files.empty()) continue;
      std::ranges::sort(table.files, {}, &DataFile::path);
      table.is_partitioned = std::ranges::all_of(table.files, [&](const DataFile& file) {
        return file.path.parent_path().native().find('=', folder_.native().size()) != std::string::npos;
      });
      inventory_.tables.push_back(std::move(table));
    }
    return std::move(inventory_);
  }

 private:
  // `table`: the folder at the top that this one lies in, whose files are one table; null at the top itself.
  Result<void> walk(const fs::path& folder, FileTable* table, int depth) {
    std::error_code problem;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem))
      entries.push_back(it->path());
    if (problem) return unreachable(folder, problem.value());
    std::ranges::sort(entries);
    for (const fs::path& entry : entries) {
      const std::string name = entry.filename().string();
      if (name.starts_with('.') || name.starts_with('_')) continue;
      const auto real = place_of(entry);
      if (!real) continue;
      auto taken = fs::is_directory(*real, problem) ? take_folder(*real, name, table, depth)
                                                    : take_file(*real, name, table);
      if (!taken) return taken;
    }
    return {};
  }

  // Where the entry really is, if that is in the folder.
  std::optional<fs::path> place_of(const fs::path& entry) {
    std::error_code problem;
    fs::path real = fs::canonical(entry, problem);
    if (problem) return std::nullopt;
    if (!real.native().starts_with(folder_.native() + "/")) {
      leave_out(entry, "it leads out of the database's folder");
      return std::nullopt;
    }
    return real;
  }

  Result<void> take_folder(const fs::path& folder, const std::string& name, FileTable* table, int depth) {
    if (depth == kMaxDepth) {
      leave_out(folder, "it lies too deep");
      return {};
    }
    if (table == nullptr) table = new_table(name, folder);
    return table == nullptr ? Result<void>() : walk(folder, table, depth + 1);
  }

  Result<void> take_file(const fs::path& file, const std::string& name, FileTable* table) {
    const auto known = name_of(name);
    const auto state = file_state(file);
    std::error_code problem;
    if (!known || !state || !fs::is_regular_file(file, problem)) return {};
    if (is_pattern(file)) {
      leave_out(file, "DuckDB takes `*`, `?` and `[` in its path for a pattern");
      return {};
    }
    if (++count_ > kMaxFiles) {
      return fail(ErrorCode::limit_exceeded,
                  "there are more than " + std::to_string(kMaxFiles) + " files in the folder of a database");
    }
    if (table == nullptr) table = new_table(known->table, file);
    if (table == nullptr) return {};
    if (table->files.empty()) table->format = known->format;
    if (table->format != known->format) {
      leave_out(file, "it has another format than the files beside it");
      return {};
    }
    table->files.push_back({file, *state});
    return {};
  }

  FileTable* new_table(const std::string& name, const fs::path& from) {
    const auto [found, is_new] = tables_.try_emplace(ascii_lower(name));
    if (!is_new) {
      leave_out(from, "there is another table called so");
      return nullptr;
    }
    found->second.name = name;
    return &found->second;
  }

  void leave_out(const fs::path& path, std::string_view reason) {
    inventory_.problems.push_back("`" + path.lexically_relative(folder_).string() +
                                  "` is no table: " + std::string(reason));
  }

  fs::path folder_;
  std::map<std::string, FileTable> tables_;
  std::size_t count_ = 0;
  Inventory inventory_;
};

}  // namespace

std::optional<FileState> file_state(const fs::path& path) noexcept {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  constexpr std::int64_t kNanos = 1'000'000'000;
  return FileState{found.st_dev, found.st_ino, found.st_size,
                   found.st_mtim.tv_sec * kNanos + found.st_mtim.tv_nsec};
}

Result<Inventory> take_inventory(const fs::path& root, const std::string& folder) {
  std::error_code problem;
  const fs::path top = fs::canonical(root, problem);
  if (problem) return unreachable(root, problem.value());
  const fs::path real = fs::canonical(top / folder, problem);
  if (problem) return unreachable(top / folder, problem.value());
  if (!real.native().starts_with(top == "/" ? "/" : top.native() + "/")) {
    auto error = fail(ErrorCode::unavailable,
                      "the folder `" + folder + "` is a symbolic link that leads out of `path`",
                      "Put the files there, or say the folder that holds all databases as `path`.");
    error.error().server_message = real.string();
    return error;
  }
  if (!fs::is_directory(real, problem)) return unreachable(top / folder, ENOTDIR);
  return Taker(real).run();
}

Result<DatabaseFileState> look_at_file(const fs::path& path) {
  const auto file = file_state(path);
  if (!file) return unreachable(path, errno);
  if (::access(path.c_str(), R_OK) != 0) return unreachable(path, errno);
  fs::path log = path;
  log += ".wal";
  auto state_of_log = file_state(log);
  return DatabaseFileState{*file, std::move(log), state_of_log};
}

Result<bool> is_still(const fs::path& path, const DatabaseFileState& seen) {
  const auto file = file_state(path);
  if (!file) return unreachable(path, errno);
  return *file == seen.file && file_state(seen.log_path) == seen.log;
}

}  // namespace penstock::duckdb
