#include <string>
#include <utility>

#include "importers/tree.hpp"

namespace penstock::importers {

namespace {

bool begins_document(std::string_view line) noexcept {
  if (!line.starts_with("---")) return false;
  line.remove_prefix(3);
  return line.empty() || line.front() == ' ' || line.front() == '\t' || line.front() == '\r';
}

}  // namespace

// YAML lets no text hold a line that begins with `---`, so the documents can be told apart by their lines.
// The lines before a document are kept as empty ones: its places are those of the file.
std::optional<Tree> Tree::read_yaml(std::string_view text, config::FileProblems& problems) {
  text = config::without_bom(text);
  Tree tree;
  std::string part;
  std::size_t lines = 0;
  const auto finish = [&] {
    auto document = config::Document::read(part, problems);
    if (!document) return false;
    tree.documents_.push_back(*std::move(document));
    const config::Node& root = tree.documents_.back().root();
    if (root.kind != config::NodeKind::null) tree.roots_.push_back(&root);
    return true;
  };
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (begins_document(line)) {
      if (tree.documents_.size() == kMostDocuments) {
        problems.add("the file holds too many documents to be a configuration");
        return std::nullopt;
      }
      if (!finish()) return std::nullopt;
      part.assign(lines, '\n');
    }
    part.append(line).push_back('\n');
    ++lines;
  }
  if (!finish()) return std::nullopt;
  return tree;
}

}  // namespace penstock::importers
