#include "importers/secrets.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace penstock::importers {

std::string Secrets::put(std::string_view owner, std::string_view key, std::string value) {
  std::string base = fmt::format("{}_{}", owner, key);
  for (char& c : base) {
    const auto byte = static_cast<unsigned char>(c);
    c = std::isalnum(byte) != 0 && byte < 0x80 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  if (std::isdigit(static_cast<unsigned char>(base.front())) != 0) base.insert(0, "_");
  std::string name = base;
  for (int number = 2; !taken_.insert(name).second; ++number)
    name = fmt::format("{}_{}", base, number);
  values_.emplace_back(name, std::move(value));
  return name;
}

void Secrets::put_default(const std::string& name, std::string value) {
  taken_.insert(name);
  const bool is_there = std::ranges::any_of(values_, [&](const auto& entry) { return entry.first == name; });
  if (!is_there) values_.emplace_back(name, std::move(value));
}

std::set<std::string, std::less<>> names_of_variables(std::string_view text) {
  std::set<std::string, std::less<>> names;
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 1)) {
    const std::string_view rest = text.substr(at + 2);
    names.emplace(rest.substr(0, rest.find_first_of(":} \n")));
  }
  return names;
}

std::string dotenv_line(std::string_view name, std::string_view value) {
  if (value.find('\'') == std::string_view::npos && value.find('\r') == std::string_view::npos)
    return fmt::format("{}='{}'\n", name, value);
  std::string quoted;
  for (const char c : value) {
    switch (c) {
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      case '"':
      case '\\':
      case '$':
        quoted += '\\';
        [[fallthrough]];
      default:
        quoted += c;
    }
  }
  return fmt::format("{}=\"{}\"\n", name, quoted);
}

}  // namespace penstock::importers
