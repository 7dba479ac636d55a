// A JSON text that is kept, as a tree.
#pragma once

#include <memory>
#include <memory_resource>
#include <optional>
#include <string_view>

#include "protocol/rest/json_tree.hpp"

namespace penstock::server {

using protocol::rest::JsonKind;
using protocol::rest::JsonNode;

/// Immutable once read. Moving it leaves what its nodes refer to where it is.
class ParsedJson {
 public:
  /// Nothing when the text is not one JSON object, has a member twice, or nests too deep.
  [[nodiscard]] static std::optional<ParsedJson> read_object(std::string_view text) {
    ParsedJson document;
    auto root = protocol::rest::parse_json_tree(text, *document.memory_);
    if (!root || root->kind != JsonKind::object) return std::nullopt;
    document.root_ = *root;
    return document;
  }
  [[nodiscard]] const JsonNode& root() const noexcept { return root_; }

 private:
  std::unique_ptr<std::pmr::monotonic_buffer_resource> memory_ =
      std::make_unique<std::pmr::monotonic_buffer_resource>();
  JsonNode root_;
};

}  // namespace penstock::server
