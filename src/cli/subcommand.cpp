#include "cli/subcommand.hpp"

#include <string_view>

#include <CLI/CLI.hpp>

namespace penstock::cli {

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::type(const char* name) {
  option_->type_name(name);
  return *this;
}

Subcommand::Subcommand(CLI::App& parent, const char* name, const char* description, const char* footer)
    : app_(parent.add_subcommand(name, description)) {
  app_->footer(footer);
}

Option Subcommand::add(const char* names, std::string& value, const char* description) {
  return Option(*app_->add_option(names, value, description));
}

Option Subcommand::add(const char* names, std::optional<std::string>& value, const char* description) {
  return Option(*app_->add_option(names, value, description));
}

// CLI11's own lists would take the text "{}" for an empty one.
Option Subcommand::add_list(const char* names, std::vector<std::string>& values, const char* description) {
  const auto collect = [&values](const CLI::results_t& texts) {
    values = texts;
    return true;
  };
  CLI::Option* option = app_->add_option(names, collect, description);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (!std::string_view(names).starts_with('-')) {
    option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
  }
  return Option(*option);
}

void Subcommand::add_flag(const char* names, bool& given, const char* description) {
  app_->add_flag(names, given, description);
}

}  // namespace penstock::cli
