#include "datasources/sqlite/server_report.hpp"

#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "datasources/sqlite/files.hpp"
#include "datasources/sqlite/session.hpp"

namespace penstock::sqlite {

namespace {

// A writer that is at work lets go within that; one that does not is worth a report.
constexpr std::chrono::milliseconds kLockPatience{250};

using Names = std::vector<std::string>;

// "the file of a" or "the files of a, b and c".
std::string files_of(const Names& databases) {
  std::string text = databases.size() == 1 ? "the file of " : "the files of ";
  for (std::size_t i = 0; i < databases.size(); ++i) {
    if (i != 0) text += i + 1 == databases.size() ? " and " : ", ";
    text += databases[i];
  }
  return text;
}

class Reporter {
 public:
  Reporter(const Options& options, RunControl& control) noexcept : options_(options), control_(control) {}

  ServerInfo run() {
    ServerInfo info;
    info.product = "SQLite";
    info.version = sqlite3_libversion();
    const RunControl::Patience brief(control_, kLockPatience);
    for (const LogicalDatabase& database : options_.databases) {
      auto looked = look_at(database);
      if (!looked) info.failures.push_back({database.name, std::move(looked.error())});
    }
    if (!writable_.empty()) {
      info.warnings.push_back("this process could write " + files_of(writable_) + ", though " +
                              (writable_.size() == 1 ? "its" : "their") + " access is read-only");
    }
    if (!unwritable_.empty()) {
      info.warnings.push_back("this process may not write " + files_of(unwritable_) +
                              ", or beside it, so every write will fail though the access is read_write");
    }
    if (!open_to_all_.empty())
      info.warnings.push_back("every user of this machine may write " + files_of(open_to_all_));
    return info;
  }

 private:
  Result<void> look_at(const LogicalDatabase& database) {
    if (control_.must_stop() != RunStop::nothing) {
      return fail(ErrorCode::timeout, "the time for the check was over before it was looked at");
    }
    const std::filesystem::path path = options_.file_of(database);
    if (options_.create && !file_state(path)) return check_folder(database.name, path);
    auto session = Session::open(SessionKey{database.name, {}, options_.access}, options_, control_);
    if (!session) return pass_error(session);
    note_rights(database.name, path, **session);
    return {};
  }

  void note_rights(const std::string& name, const std::filesystem::path& path, const Session& session) {
    if (options_.access == Access::read_only) {
      if (::access(path.c_str(), W_OK) == 0) writable_.push_back(name);
    } else if (sqlite3_db_readonly(session.handle(), "main") != 0 ||
               ::access(folder_of(path).c_str(), W_OK) != 0) {  // the journal lies beside the file
      unwritable_.push_back(name);
    }
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0 && (found.st_mode & S_IWOTH) != 0) open_to_all_.push_back(name);
  }

  const Options& options_;
  RunControl& control_;
  Names writable_;
  Names unwritable_;
  Names open_to_all_;
};

}  // namespace

ServerInfo report_server(const Options& options, RunControl& control) {
  return Reporter(options, control).run();
}

}  // namespace penstock::sqlite
