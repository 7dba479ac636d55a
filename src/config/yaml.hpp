// A YAML document as a tree that knows its places.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"
#include "config/text.hpp"

namespace penstock::config {

enum class NodeKind : std::uint8_t { null, scalar, list, map };

struct Node;

struct Entry {
  std::string key;
  Place place;  ///< of the key
  const Node* value = nullptr;
};

/// One value. An alias is the node that its anchor names, so a node may be met more than once.
struct Node {
  NodeKind kind = NodeKind::null;
  Place place;
  std::string text;     ///< of a scalar, quotes and escapes removed
  bool quoted = false;  ///< a scalar that was in quotes or a block, and so is a text whatever it looks like
  std::vector<const Node*> items;  ///< of a list
  std::vector<Entry> entries;      ///< of a map, in their order, each key once; merged ones (`<<`) come last

  /// The value of `key`, when this is a map that has it.
  [[nodiscard]] const Entry* find(std::string_view key) const noexcept;
};

/// "a map", "a list", "a text", "nothing".
[[nodiscard]] std::string_view describe(NodeKind kind) noexcept;

class Document {
 public:
  /// Reads one document. Anchors, aliases and merge keys (`<<`) work; what they expand to is bounded to
  /// kMaxCost, and nesting to kMaxDepth. A duplicate key is a mistake, and its first value is kept. Nothing,
  /// with its problem, when the text is no YAML, has a second document, has a tag other than YAML's own, or
  /// passes a bound.
  [[nodiscard]] static std::optional<Document> read(std::string_view text, FileProblems& problems);
  [[nodiscard]] const Node& root() const noexcept { return *root_; }

  static constexpr int kMaxDepth = 64;
  static constexpr std::size_t kMaxCost = 64U << 20;  ///< in bytes of text plus kNodeCost a node
  static constexpr std::size_t kNodeCost = 64;

 private:
  friend class TreeBuilder;
  std::deque<Node> nodes_;
  const Node* root_ = nullptr;
};

/// The value as YAML text on one line.
[[nodiscard]] std::string to_yaml(const Node& node);

}  // namespace penstock::config
