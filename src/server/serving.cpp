#include "server/serving.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "server/config_watch.hpp"
#include "server/log.hpp"
#include "server/service_manager.hpp"

namespace penstock::server {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

sigset_t serving_signals() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals)
    sigaddset(&set, signal);
  return set;
}

/// What goes on between "ready" and "stopping".
class Life {
 public:
  Life(const ServingSignals& signals, Application& application, ConfigWatch& watch)
      : signals_(signals),
        application_(application),
        watch_(watch),
        manager_(ServiceManager::from_environment()) {}

  void run() {
    const std::string status = fmt::format("serving on {}", fmt::join(application_.urls(), ", "));
    manager_.ready(status);
    while (!ending_signal_) {
      wait();
      const auto now = Clock::now();
      if (manager_.alive_every() && now >= next_alive_) say_alive(now);
      if (now >= next_tick_) {
        application_.tick();
        next_tick_ = now + Application::kTickEvery;
      }
      const bool changed = watch_.due() && now >= *watch_.due();
      if (changed || std::exchange(reload_asked_, false)) {
        watch_.done();
        manager_.reloading();
        reload(changed ? "files changed" : "SIGHUP");
        manager_.ready(status);
      }
    }
    manager_.stopping();
    if (manager_.alive_every()) manager_.alive();
    log(LogLevel::info, "stopping", {{"signal", *ending_signal_ == SIGTERM ? "SIGTERM" : "SIGINT"}});
    signals_.release();
    const bool all_ended = application_.stop();
    log(all_ended ? LogLevel::info : LogLevel::warning, "stopped", {{"requests_cut_short", !all_ended}});
  }

 private:
  using Clock = std::chrono::steady_clock;

  void say_alive(Clock::time_point now) {
    manager_.alive();
    next_alive_ = now + *manager_.alive_every();
  }

  /// Until a signal, a change, or the next thing that is due.
  void wait() {
    std::array<pollfd, 2> watched{pollfd{signals_.descriptor(), POLLIN, 0},
                                  pollfd{watch_.descriptor(), POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), milliseconds_to_wait()) <= 0) return;
    if ((watched[1].revents & POLLIN) != 0) watch_.look(Clock::now());
    if ((watched[0].revents & POLLIN) == 0) return;
    signalfd_siginfo info{};
    if (::read(signals_.descriptor(), &info, sizeof(info)) != sizeof(info)) return;
    if (info.ssi_signo == SIGHUP)
      reload_asked_ = true;
    else
      ending_signal_ = static_cast<int>(info.ssi_signo);
  }

  [[nodiscard]] int milliseconds_to_wait() const {
    Clock::time_point next = next_tick_;
    if (watch_.due()) next = std::min(next, *watch_.due());
    if (manager_.alive_every()) next = std::min(next, next_alive_);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }

  void reload(const char* why) {
    if (const auto reloaded = application_.reload(); !reloaded) {
      log(LogLevel::error, "reload_failed",
          {{"cause", why},
           {"error", reloaded.error().message},
           {"hint", "the configuration before goes on"}});
    } else {
      log(LogLevel::info, "reloaded", {{"cause", why}});
    }
  }

  const ServingSignals& signals_;
  Application& application_;
  ConfigWatch& watch_;
  ServiceManager manager_;
  Clock::time_point next_alive_;
  Clock::time_point next_tick_;
  bool reload_asked_ = false;
  std::optional<int> ending_signal_;
};

}  // namespace

ServingSignals::ServingSignals() {
  // Also where they were ignored, as a shell's background jobs and nohup have it: a server is told by
  // signals.
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (const int signal : kSignals)
    sigaction(signal, &action, nullptr);
  const sigset_t set = serving_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

ServingSignals::~ServingSignals() {
  ::close(descriptor_);
}

void ServingSignals::release() const noexcept {
  const sigset_t set = serving_signals();
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  sigaction(SIGHUP, &action, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void raise_file_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<void> serve(const ServingSignals& signals, ServiceOptions options,
                   const std::function<void(const std::vector<std::string>& urls)>& on_ready) {
  // Before the files are read, so that no change of them is missed.
  ConfigWatch watch(options.folder);
  auto application = Application::start(std::move(options));
  if (!application) return pass_error(application);
  Life life(signals, **application, watch);
  log(LogLevel::info, "ready", {{"urls", fmt::format("{}", fmt::join((*application)->urls(), " "))}});
  on_ready((*application)->urls());
  life.run();
  return {};
}

}  // namespace penstock::server
