#include "comparison/psycopg_stack.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "penstock/format.hpp"

#include "comparison/bank.hpp"

namespace comparison {

PsycopgStack::PsycopgStack(const PostgresqlBank& bank, const std::string& directory) : directory_(directory) {
  std::array<int, 2> down{};
  std::array<int, 2> up{};
  if (pipe2(down.data(), O_CLOEXEC) != 0 || pipe2(up.data(), O_CLOEXEC) != 0) give_up("no pipe can be made");
  const std::string conninfo = bank.conninfo();
  child_ = fork();
  if (child_ < 0) give_up("no process can be made");
  if (child_ == 0) {
    dup2(down[0], STDIN_FILENO);
    dup2(up[1], STDOUT_FILENO);
    execl(PENSTOCK_BENCH_PYTHON, PENSTOCK_BENCH_PYTHON, "-B", PENSTOCK_BENCH_PSYCOPG, conninfo.c_str(),
          nullptr);
    _exit(127);
  }
  close(down[0]);
  close(up[1]);
  to_ = fdopen(down[1], "w");
  from_ = fdopen(up[0], "r");
  version_ = ask("version");
}

PsycopgStack::~PsycopgStack() {
  std::fclose(to_);  // its input ends, and so does it
  std::fclose(from_);
  waitpid(child_, nullptr, 0);
}

std::string PsycopgStack::ask(const std::string& command) {
  std::fputs((command + "\n").c_str(), to_);
  std::fflush(to_);
  std::array<char, 256> line{};
  if (std::fgets(line.data(), static_cast<int>(line.size()), from_) == nullptr) {
    give_up("psycopg_stack.py ended; scripts/setup --for bench installs what it needs");
  }
  std::string answer(line.data());
  if (answer.ends_with('\n')) answer.pop_back();
  return answer;
}

Side PsycopgStack::side(std::string command) {
  return [self = shared_from_this(), command = std::move(command)]() -> std::uint64_t {
    return std::strtoull(self->ask(command).c_str(), nullptr, 10);
  };
}

void PsycopgStack::compare_json(const std::string& sql, const penstock::QueryResult& result) {
  const auto text = penstock::to_text(result, penstock::Format::json);
  if (!result.success || !text) give_up("no JSON: " + result.error);
  const std::string file = directory_ + "/answer.json";
  std::ofstream(file) << *text;
  if (ask("same " + file + " " + sql) != "yes") give_up("psycopg reads other values than Penstock: " + sql);
}

}  // namespace comparison
