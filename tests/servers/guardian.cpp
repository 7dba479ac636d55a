// Runs a server for a test and outlives neither of them: `guardian USER LOG REMOVE COMMAND [ARGUMENT...]`.
//
// Standard input is a pipe whose other end the test holds and never writes to. When it closes while the
// server still runs, the test is gone: the server is killed and the folder REMOVE with all in it is deleted.
// When the server ends first, the guardian exits with its status and deletes nothing. The server's process id
// is the only line on standard output. With USER not empty (as root) the server runs as that user. Should the
// guardian itself be killed, the kernel sends the server SIGQUIT.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kSetupFailed = 120;

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "guardian: %s: %s\n", what, std::strerror(errno));
  std::exit(kSetupFailed);
}

/// In the child: becomes the server. The user is changed first, for that clears the parent-death signal.
[[noreturn]] void become_server(const char* user, const char* log, pid_t guardian, char** command) {
  const int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) die(log);
  if (*user != '\0') {
    const passwd* entry = getpwnam(user);
    if (entry == nullptr || initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
        setuid(entry->pw_uid) != 0) {
      die(user);
    }
  }
  if (prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0) die("prctl");
  if (getppid() != guardian) std::exit(kSetupFailed);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(file, STDOUT_FILENO) < 0 ||
      dup2(file, STDERR_FILENO) < 0) {
    die("dup2");
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(command[0], command);
  die(command[0]);
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// The server asked to leave at once; killed when it does not within five seconds.
void put_down(pid_t server) {
  kill(server, SIGQUIT);
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (waitpid(server, nullptr, WNOHANG) == server) return;
    usleep(10'000);
  }
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: guardian USER LOG REMOVE COMMAND [ARGUMENT...]\n");
    return kSetupFailed;
  }
  // A session of its own: Control-C at the test's terminal reaches the test alone.
  setsid();
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, nullptr);
  const int child_ended = signalfd(-1, &children, SFD_CLOEXEC);
  if (child_ended < 0) die("signalfd");

  const pid_t guardian = getpid();
  const pid_t server = fork();
  if (server < 0) die("fork");
  if (server == 0) become_server(argv[1], argv[2], guardian, argv + 4);
  std::printf("%d\n", server);
  std::fclose(stdout);

  std::array<pollfd, 2> events{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{child_ended, POLLIN, 0}};
  for (;;) {
    if (poll(events.data(), events.size(), -1) < 0 && errno != EINTR) die("poll");
    int status = 0;
    if (waitpid(server, &status, WNOHANG) == server) return exit_status(status);
    if ((events[0].revents & (POLLHUP | POLLERR)) != 0) break;
  }
  put_down(server);
  std::error_code ignored;
  std::filesystem::remove_all(argv[3], ignored);
  return 0;
}
