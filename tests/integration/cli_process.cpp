#include "integration/cli_process.hpp"

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace penstock::test {

namespace {

using Clock = std::chrono::steady_clock;

/// What exec() needs, made before fork(), after which nothing may allocate.
class Arguments {
 public:
  Arguments(const std::string& program, const std::vector<std::string>& arguments,
            const Surroundings& surroundings)
      : texts_{program} {
    texts_.insert(texts_.end(), arguments.begin(), arguments.end());
    std::map<std::string, std::string> environment{{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                                   {"HOME", "/nonexistent"},
                                                   {"LANG", "C.UTF-8"},
                                                   {"TERM", "xterm"}};
    for (const auto& [name, value] : surroundings.environment)
      environment[name] = value;
    for (const auto& [name, value] : environment)
      environment_texts_.push_back(name + "=" + value);
    for (std::string& text : texts_)
      argv_.push_back(text.data());
    for (std::string& text : environment_texts_)
      environment_.push_back(text.data());
    argv_.push_back(nullptr);
    environment_.push_back(nullptr);
  }

  /// In the child: becomes the program.
  [[noreturn]] void become(const char* directory) const {
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT})
      sigaction(signal, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (chdir(directory) == 0) execvpe(argv_.front(), argv_.data(), environment_.data());
    _exit(127);
  }

 private:
  std::vector<std::string> texts_;
  std::vector<std::string> environment_texts_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
};

int checked(int result, const char* what) {
  if (result < 0) throw std::runtime_error(what);
  return result;
}

/// A deleted file that holds `text`.
int input_file(const std::string& text) {
  std::string name = (std::filesystem::temp_directory_path() / "penstock-input-XXXXXX").string();
  const int fd = checked(mkostemp(name.data(), O_CLOEXEC), "mkostemp");
  unlink(name.c_str());
  if (write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("write");
  lseek(fd, 0, SEEK_SET);
  return fd;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const Surroundings& surroundings)
    : Process(PENSTOCK_COMMAND, arguments, surroundings) {}

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 const Surroundings& surroundings) {
  const Arguments exec(program, arguments, surroundings);
  const std::string directory = surroundings.directory.string();
  const int input = input_file(surroundings.input);
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  checked(pipe2(out.data(), O_CLOEXEC), "pipe2");
  checked(pipe2(err.data(), O_CLOEXEC), "pipe2");
  pid_ = checked(fork(), "fork");
  if (pid_ == 0) {
    dup2(input, STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    exec.become(directory.c_str());
  }
  for (const int fd : {input, out[1], err[1]})
    close(fd);
  out_fd_ = out[0];
  err_fd_ = err[0];
}

Process Process::terminal(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Arguments exec(PENSTOCK_COMMAND, arguments, surroundings);
  const std::string directory = surroundings.directory.string();
  Process process;
  const winsize size{.ws_row = 30, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
  process.pid_ = checked(forkpty(&process.out_fd_, nullptr, nullptr, &size), "forkpty");
  if (process.pid_ == 0) exec.become(directory.c_str());
  return process;
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      out_fd_(std::exchange(other.out_fd_, -1)),
      err_fd_(std::exchange(other.err_fd_, -1)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)) {}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (const int fd : {out_fd_, err_fd_}) {
    if (fd >= 0) close(fd);
  }
}

void Process::send_signal(int signal) const {
  kill(pid_, signal);
}

void Process::type(std::string_view text) const {
  if (write(out_fd_, text.data(), text.size()) < 0) throw std::runtime_error("write to the terminal");
}

void Process::close_output() {
  close(std::exchange(out_fd_, -1));
}

bool Process::read_some() {
  std::array<pollfd, 2> wait{pollfd{out_fd_, POLLIN, 0}, pollfd{err_fd_, POLLIN, 0}};
  poll(wait.data(), wait.size(), 50);
  const auto take = [](const pollfd& ready, int& fd, std::string& into) {
    if (fd < 0 || (ready.revents & (POLLIN | POLLHUP | POLLERR)) == 0) return;
    std::array<char, 64 << 10> piece;
    const ssize_t count =
        read(fd, piece.data(), piece.size());  // a terminal whose process has gone fails with EIO
    if (count > 0) {
      into.append(piece.data(), static_cast<std::size_t>(count));
    } else {
      close(std::exchange(fd, -1));
    }
  };
  take(wait[0], out_fd_, out_);
  take(wait[1], err_fd_, err_);
  return out_fd_ >= 0 || err_fd_ >= 0;
}

bool Process::wait_for_text(std::string_view text, std::chrono::seconds patience) {
  const auto until = Clock::now() + patience;
  const auto seen = [&] {
    return out_.find(text) != std::string::npos || err_.find(text) != std::string::npos;
  };
  while (!seen() && Clock::now() < until && read_some()) {
  }
  return seen();
}

bool Process::wait_for_full_pipe(std::chrono::seconds patience) const {
  const auto until = Clock::now() + patience;
  const int capacity = fcntl(out_fd_, F_GETPIPE_SZ);
  int waiting = 0;
  // A pipe takes whole pages, so that a write can leave up to one of them free.
  while (Clock::now() < until && waiting + 4096 <= capacity) {
    poll(nullptr, 0, 5);
    ioctl(out_fd_, FIONREAD, &waiting);
  }
  return waiting + 4096 > capacity;
}

Finished Process::wait(std::chrono::seconds patience) {
  return wait(patience, true);
}

Finished Process::wait_unread(std::chrono::seconds patience) {
  return wait(patience, false);
}

Finished Process::wait(std::chrono::seconds patience, bool read_meanwhile) {
  const auto until = Clock::now() + patience;
  Finished finished;
  int status = 0;
  rusage usage{};
  pid_t reaped = 0;
  while (reaped == 0 && Clock::now() < until) {
    if (read_meanwhile) {
      read_some();
    } else {
      poll(nullptr, 0, 5);
    }
    reaped = wait4(pid_, &status, WNOHANG, &usage);
  }
  if (reaped == 0) kill(pid_, SIGKILL);
  if (reaped == 0) wait4(pid_, &status, 0, &usage);
  pid_ = -1;
  while (reaped != 0 && Clock::now() < until && read_some()) {
  }
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (reaped == 0) finished.status = -1;
  finished.out = std::move(out_);
  finished.err = std::move(err_);
  finished.max_resident_kib = usage.ru_maxrss;
  return finished;
}

Finished run_penstock(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  return Process(arguments, surroundings).wait();
}

}  // namespace penstock::test
