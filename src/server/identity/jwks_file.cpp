#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "config/file.hpp"
#include "server/identity/jwks.hpp"
#include "server/identity/jwks_source.hpp"

namespace penstock::server {

namespace {

class FileSource final : public JwksSource {
 public:
  explicit FileSource(std::filesystem::path file) : file_(std::move(file)) {}

  Result<std::string> read(std::stop_token /*stop*/) override {
    // Before the text, so that a change meanwhile is not missed.
    seen_ = mark();
    auto text = config::read_file(file_, Jwks::kMaxBytes);
    if (text) return *std::move(text);
    return fail(ErrorCode::unavailable, fmt::format("the file {} {}", file_.string(), text.error().message));
  }
  [[nodiscard]] bool is_watched() const noexcept override { return true; }
  bool changed() override { return mark() != seen_; }

 private:
  // Follows links: of files that Kubernetes mounts, only a link changes.
  struct Mark {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  [[nodiscard]] Mark mark() const {
    struct stat status{};
    if (::stat(file_.c_str(), &status) != 0) return {};
    return {status.st_dev, status.st_ino, status.st_size,
            std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
  }

  const std::filesystem::path file_;
  Mark seen_;
};

}  // namespace

std::unique_ptr<JwksSource> jwks_from_file(std::filesystem::path file) {
  return std::make_unique<FileSource>(std::move(file));
}

std::unique_ptr<JwksSource> make_jwks_source(const config::JwtConfig& config) {
  return config.jwks_file.empty() ? jwks_from_url(config) : jwks_from_file(config.jwks_file);
}

}  // namespace penstock::server
