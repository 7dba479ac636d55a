// Names of people, firms and places in the countries the bank serves.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "demo/random.hpp"

namespace penstock::demo {

/// A word as its owner writes it, and in the letters that an e-mail address has.
struct Name {
  const char* written = "";
  const char* ascii = "";
};

struct City {
  const char* name = "";
  const char* region = nullptr;  ///< null where addresses name none
  const char* postal_prefix = "";
};

struct Country {
  const char* code = "";
  const char* dialling = "";
  int weight = 0;  ///< how many customers, relative to the others
  std::span<const Name> given;
  std::span<const Name> family;
  std::span<const City> cities;
  std::span<const char* const> streets;
  bool number_first = false;  ///< "12 Rue Haute" rather than "Hauptstrasse 12"
};

[[nodiscard]] std::span<const Country> countries() noexcept;
/// An index of countries(), as likely as its weight says.
[[nodiscard]] std::size_t draw_country(Random& random) noexcept;

struct Person {
  std::string name;
  std::string mailbox;  ///< "zoe.janssen"
};
/// Now and then a family name from another country than the given one.
[[nodiscard]] Person draw_person(Random& random, const Country& country);
/// "Kowalski Logistics", with its mailbox.
[[nodiscard]] Person draw_business(Random& random, const Country& country);
[[nodiscard]] std::string draw_street(Random& random, const Country& country);
[[nodiscard]] std::string draw_postal_code(Random& random, const City& city);
[[nodiscard]] std::string draw_phone(Random& random, const Country& country);

}  // namespace penstock::demo
