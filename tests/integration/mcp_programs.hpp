// The programs that speak MCP with the server under test: Node with what scripts/setup installed, and Python.
#pragma once

#include <string>
#include <vector>

#include "cli_process.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {

/// A folder in which the programs of tests/mcp_clients find their packages.
class McpPrograms {
 public:
  McpPrograms();

  /// What is missing to run them; empty when all is there.
  [[nodiscard]] std::string missing() const;
  /// Runs tests/mcp_clients/NAME with Node.
  [[nodiscard]] Finished run_client(const std::string& name, std::vector<std::string> arguments) const;
  /// Starts it, for what serves until it is ended.
  [[nodiscard]] Process start(const std::string& name) const;
  /// Runs the conformance suite of the package "conformance-2025" or "conformance-2026".
  [[nodiscard]] Finished run_suite(const std::string& package, std::vector<std::string> arguments) const;
  /// Runs tests/mcp_clients/python_client.py.
  [[nodiscard]] Finished run_python(std::vector<std::string> arguments) const;

 private:
  [[nodiscard]] Finished run(const std::string& program, const std::vector<std::string>& arguments) const;

  TemporaryFolder folder_;
};

/// The fixture server, over HTTP.
class McpFixture {
 public:
  McpFixture();
  /// Of its endpoint; empty when it did not start.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  /// Ends it; its exit status.
  [[nodiscard]] int stop();

 private:
  TemporaryFolder folder_;
  Process process_;
  std::string url_;
};

}  // namespace penstock::test
