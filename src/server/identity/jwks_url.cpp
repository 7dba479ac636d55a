// libcurl, as it knows proxies, certificate authorities and addresses of both families.
#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "config/web_url.hpp"
#include "server/identity/curl_library.hpp"
#include "server/identity/jwks.hpp"
#include "server/identity/jwks_source.hpp"

namespace penstock::server {

namespace {

struct EasyDelete {
  const CurlLibrary& curl;
  void operator()(CURL* handle) const noexcept { curl.easy_cleanup(handle); }
};
struct MultiDelete {
  const CurlLibrary& curl;
  void operator()(CURLM* handle) const noexcept { curl.multi_cleanup(handle); }
};
struct HeadersDelete {
  const CurlLibrary& curl;
  void operator()(curl_slist* list) const noexcept { curl.slist_free_all(list); }
};
using EasyPtr = std::unique_ptr<CURL, EasyDelete>;
using MultiPtr = std::unique_ptr<CURLM, MultiDelete>;
using HeadersPtr = std::unique_ptr<curl_slist, HeadersDelete>;

constexpr int kPollMilliseconds = 1'000;  // stopping wakes it earlier
constexpr long kOk = 200;

/// A transfer in a multi handle, and out of it at the end.
class Attached {
 public:
  Attached(const CurlLibrary& curl, CURLM* multi, CURL* easy)
      : curl_(curl), multi_(multi), easy_(easy), added_(curl.multi_add_handle(multi, easy) == CURLM_OK) {}
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  ~Attached() {
    if (added_) curl_.multi_remove_handle(multi_, easy_);
  }
  [[nodiscard]] bool added() const noexcept { return added_; }

 private:
  const CurlLibrary& curl_;
  CURLM* multi_;
  CURL* easy_;
  bool added_;
};

// Called by libcurl: returning less than it was given ends the transfer.
std::size_t take(char* data, std::size_t size, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  const std::size_t bytes = size * count;
  if (text.size() + bytes > Jwks::kMaxBytes) return 0;
  text.append(data, bytes);
  return bytes;
}

class UrlSource final : public JwksSource {
 public:
  explicit UrlSource(const config::JwtConfig& config)
      : url_(config.jwks_url), authorities_(config.jwks_ca_file.string()), timeout_(config.fetch_timeout) {}

  Result<std::string> read(std::stop_token stop) override {
    auto library = curl_library();
    if (!library) return pass_error(library);
    const CurlLibrary& curl = **library;
    // Fresh ones each time: what a connection left behind (an old address, a dead one) is no trouble then.
    const MultiPtr multi(curl.multi_init(), {curl});
    const EasyPtr easy(curl.easy_init(), {curl});
    const HeadersPtr headers(curl.slist_append(nullptr, "Accept: application/jwk-set+json, application/json"),
                             {curl});
    std::string text;
    if (!multi || !easy || !headers || !prepare(curl, easy.get(), headers.get(), text))
      return unavailable("libcurl cannot be used as it must be");
    const Attached attached(curl, multi.get(), easy.get());
    if (!attached.added()) return unavailable("libcurl cannot be used as it must be");
    const std::stop_callback wake(stop, [&] { curl.multi_wakeup(multi.get()); });
    const auto outcome = run(curl, multi.get(), stop);
    if (!outcome) return unavailable("it was not waited for");
    if (*outcome != CURLE_OK) return unavailable(why(curl, *outcome));
    long status = 0;
    curl.easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status == kOk) return text;
    const bool elsewhere = status >= 300 && status < 400;
    return unavailable(fmt::format("the answer is HTTP status {}{}", status,
                                   elsewhere ? ": redirects are not followed" : ""));
  }
  [[nodiscard]] bool is_watched() const noexcept override { return false; }
  bool changed() override { return false; }

 private:
  [[nodiscard]] bool prepare(const CurlLibrary& curl, CURL* easy, curl_slist* headers,
                             std::string& text) const {
    const bool is_local = config::is_loopback_url(url_);
    bool fine = true;
    const auto set = [&](CURLoption option, auto value) {
      fine = fine && curl.easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_URL, url_.c_str());
    set(CURLOPT_PROTOCOLS_STR, is_local ? "http,https" : "https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    if (is_local) set(CURLOPT_PROXY, "");
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!authorities_.empty()) set(CURLOPT_CAINFO, authorities_.c_str());
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
    set(CURLOPT_MAXFILESIZE, static_cast<long>(Jwks::kMaxBytes));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // does not wait for a slow look-up of the host's name
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_USERAGENT, "penstock");
    set(CURLOPT_WRITEFUNCTION, &take);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&text));
    return fine;
  }

  // Nothing: it was stopped.
  [[nodiscard]] static std::optional<CURLcode> run(const CurlLibrary& curl, CURLM* multi,
                                                   const std::stop_token& stop) {
    for (int running = 1; running > 0;) {
      if (stop.stop_requested()) return std::nullopt;
      if (curl.multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
      if (running > 0 && curl.multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr) != CURLM_OK)
        return CURLE_FAILED_INIT;
    }
    int left = 0;
    const CURLMsg* message = curl.multi_info_read(multi, &left);
    return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
  }

  [[nodiscard]] static std::string why(const CurlLibrary& curl, CURLcode code) {
    if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
      return fmt::format("the answer has more than {} bytes", Jwks::kMaxBytes);
    return curl.easy_strerror(code);
  }

  [[nodiscard]] std::unexpected<Error> unavailable(std::string_view reason) const {
    return fail(ErrorCode::unavailable, fmt::format("the keys at {} cannot be fetched: {}", url_, reason));
  }

  const std::string url_;
  const std::string authorities_;
  const std::chrono::milliseconds timeout_;
};

}  // namespace

std::unique_ptr<JwksSource> jwks_from_url(const config::JwtConfig& config) {
  return std::make_unique<UrlSource>(config);
}

}  // namespace penstock::server
