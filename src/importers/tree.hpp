// Another system's configuration file as a tree that knows its places.
#pragma once

#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "config/problems.hpp"
#include "config/yaml.hpp"

namespace penstock::importers {

class Tree {
 public:
  /// Every document of a YAML file; those without content are left out. Nothing, with its problem, when one
  /// of them cannot be read.
  [[nodiscard]] static std::optional<Tree> read_yaml(std::string_view text, config::FileProblems& problems);
  /// A TOML file, its one document a map. The entries of a table come in the order of their places.
  [[nodiscard]] static std::optional<Tree> read_toml(std::string_view text, config::FileProblems& problems);

  [[nodiscard]] const std::vector<const config::Node*>& documents() const noexcept { return roots_; }

  static constexpr std::size_t kMostDocuments = 1'000;

 private:
  friend class TomlReader;
  // A deque keeps its elements where they are, which the roots and Document's own nodes rely on.
  std::deque<config::Document> documents_;
  std::deque<config::Node> nodes_;
  std::vector<const config::Node*> roots_;
};

}  // namespace penstock::importers
