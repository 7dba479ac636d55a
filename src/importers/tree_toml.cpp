#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "importers/tree.hpp"

namespace penstock::importers {

namespace {

using config::Node;
using config::NodeKind;
using config::Place;

Place place_of(const toml::source_position& position) {
  return {static_cast<int>(position.line), static_cast<int>(position.column)};
}

std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  std::ostringstream out;  // dates and times
  node.visit([&](const auto& value) {
    if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                  toml::is_date_time<decltype(value)>) {
      out << value.get();
    }
  });
  return std::move(out).str();
}

}  // namespace

// Turns toml++'s nodes into those that the YAML files have.
class TomlReader {
 public:
  explicit TomlReader(Tree& tree) : tree_(tree) {}

  const Node& read(const toml::node& from) {
    Node& node = tree_.nodes_.emplace_back();
    node.place = place_of(from.source().begin);
    if (const toml::table* table = from.as_table()) {
      node.kind = NodeKind::map;
      for (const auto& [key, value] : *table)
        node.entries.push_back({std::string(key.str()), place_of(key.source().begin), &read(value)});
      std::ranges::stable_sort(node.entries, {}, &config::Entry::place);
    } else if (const toml::array* array = from.as_array()) {
      node.kind = NodeKind::list;
      for (const toml::node& item : *array)
        node.items.push_back(&read(item));
    } else {
      node.kind = NodeKind::scalar;
      node.text = text_of(from);
      node.quoted = !from.is_number() && !from.is_boolean();
    }
    return node;
  }

 private:
  Tree& tree_;
};

std::optional<Tree> Tree::read_toml(std::string_view text, config::FileProblems& problems) {
  try {
    const toml::table table = toml::parse(text);
    Tree tree;
    tree.roots_.push_back(&TomlReader(tree).read(table));
    return tree;
  } catch (const toml::parse_error& error) {
    problems.add(place_of(error.source().begin), fmt::format("this is not TOML: {}", error.description()));
    return std::nullopt;
  }
}

}  // namespace penstock::importers
