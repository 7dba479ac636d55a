// How a subcommand says what its arguments are.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace penstock::cli {

/// An argument or option that was added: what else there is to say of it.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  /// It must be given.
  Option& required();
  /// What help calls its value: "TIME", "NAME=VALUE".
  Option& type(const char* name);

 private:
  CLI::Option* option_;
};

/// A new subcommand of `parent`, and what it takes. Names with dashes are options ("-f,--file"), others are
/// arguments by position. Values are read into what they were added with, which must live until the command
/// line has been read; what is not given stays as it is. Where one is given several times, `parent` says what
/// counts. CLI11, which is all in headers, is compiled behind this class and not with every subcommand.
class Subcommand {
 public:
  Subcommand(CLI::App& parent, const char* name, const char* description, const char* footer);

  Option add(const char* names, std::string& value, const char* description);
  Option add(const char* names, std::optional<std::string>& value, const char* description);
  /// An option that may be repeated, its texts as they were written; or all arguments from here on, of which
  /// CLI11 takes "[a,b]" apart.
  Option add_list(const char* names, std::vector<std::string>& values, const char* description);
  void add_flag(const char* names, bool& given, const char* description);

  [[nodiscard]] CLI::App* app() const noexcept { return app_; }

 private:
  CLI::App* app_;
};

}  // namespace penstock::cli
