#include "config/yaml.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <spanstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace penstock::config {

namespace {

constexpr std::string_view kMergeKey = "<<";

// Ends the reading of a document that cannot be kept.
struct Refusal {
  Place place;
  std::string message;
};

// yaml-cpp notices an open quote or bracket where the document ends; where it opened is what helps.
enum class Blame : std::uint8_t { here, last_value, open_list, open_map };

// What yaml-cpp's terse messages mean to who wrote the file. Matched by their beginning; their ends, which
// may show a piece of a value, are never passed on.
struct Explanation {
  std::string_view beginning;
  std::string_view meaning;
  Blame blame = Blame::here;
};

constexpr std::string_view kOpenQuote = "the value that follows opens a quote and never closes it";

constexpr std::array kExplanations{
    Explanation{"illegal EOF in scalar", kOpenQuote, Blame::last_value},
    Explanation{"illegal document indicator", kOpenQuote, Blame::last_value},
    Explanation{
        "end of map not found",
        "this does not belong to the map it stands in: line keys up with their neighbours, and quote a "
        "value that holds quotes, `: ` or ` #`"},
    Explanation{"end of map flow not found", "a `{` is not closed with `}`", Blame::open_map},
    Explanation{"end of sequence not found",
                "this does not belong to the list it stands in: line up the `-`"},
    Explanation{"end of sequence flow not found", "a `[` is not closed with `]`", Blame::open_list},
    Explanation{"illegal map value",
                "a `:` is out of place: quote a value that holds `: `, and check the indentation"},
    Explanation{"illegal map key", "a key is out of place: check the indentation"},
    Explanation{"illegal block entry", "a `-` is out of place: a list begins on a line of its own"},
    Explanation{"illegal flow end", "a `]` or `}` closes nothing; quote the value if it is meant as text"},
    Explanation{"illegal tab", "a tab is used to indent: YAML takes spaces only"},
    Explanation{
        "unknown token",
        "a value cannot begin with this character (`@`, a backtick and `%` among them): quote the value"},
    Explanation{
        "unknown escape character",
        "a text in double quotes has an escape that YAML does not know: write `\\\\` for a backslash, or "
        "use single quotes"},
    Explanation{"bad character found while scanning hex",
                "a text in double quotes has a `\\x`, `\\u` or `\\U` without its hex digits"},
    Explanation{"invalid unicode", "a text in double quotes has a `\\u` or `\\U` that is no character"},
    Explanation{
        "the referenced anchor is not defined",
        "a `*` begins an alias, and no anchor of its name came before; quote the value if it is meant as "
        "text"},
    Explanation{"alias not found after *", "a `*` begins an alias; quote the value if it is meant as text"},
    Explanation{"anchor not found after &", "a `&` begins an anchor; quote the value if it is meant as text"},
    Explanation{"unexpected character in block scalar", "a `|` or `>` must be the last on its line"},
};

Explanation explain(std::string_view message) {
  const auto found = std::ranges::find_if(
      kExplanations, [&](const Explanation& known) { return message.starts_with(known.beginning); });
  if (found != kExplanations.end()) return *found;
  return {{}, "check quotes, brackets and indentation here and just above"};
}

// yaml-cpp 0.7 takes a quote that is open at the end of the text for closed, unless the document's end is
// written out.
std::string with_document_end(std::string_view text) {
  std::string closed(text);
  if (!closed.ends_with('\n')) closed += '\n';
  return closed + "...\n";
}

bool is_known_tag(std::string_view tag) {
  constexpr std::array kCoreTags{"str", "int", "bool", "float", "null", "map", "seq"};
  constexpr std::string_view kCorePrefix = "tag:yaml.org,2002:";
  if (tag.empty() || tag == "?" || tag == "!") return true;
  return tag.starts_with(kCorePrefix) &&
         std::ranges::find(kCoreTags, tag.substr(kCorePrefix.size())) != kCoreTags.end();
}

}  // namespace

// Turns yaml-cpp's events into nodes.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, FileProblems& problems) : lines_(text), problems_(problems) {}

  Document take() {
    if (document_.root_ == nullptr) document_.root_ = &document_.nodes_.emplace_back();
    return std::move(document_);
  }

  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    return lines_.place(static_cast<std::size_t>(std::max(mark.line, 0)),
                        static_cast<std::size_t>(std::max(mark.column, 0)));
  }

  [[nodiscard]] Place place(const YAML::Mark& mark, Blame blame) const {
    if (blame == Blame::here) return place(mark);
    if (blame == Blame::last_value) return last_place_;
    const NodeKind kind = blame == Blame::open_list ? NodeKind::list : NodeKind::map;
    const auto open = std::ranges::find_if(frames_.rbegin(), frames_.rend(),
                                           [&](const Frame& frame) { return frame.node->kind == kind; });
    return open == frames_.rend() ? place(mark) : open->node->place;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (document_.root_ != nullptr) {
      throw Refusal{place(mark),
                    "this does not belong to what stands above it: a second YAML document begins here, "
                    "or a line is not indented like its neighbours"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    attach(open_node(mark, NodeKind::null, {}, anchor));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || found->second.open) {
      throw Refusal{place(mark), "an alias stands within what it names"};
    }
    spend(mark, found->second.cost);
    add_to_parent_cost(found->second.cost);
    attach(*found->second.node, place(mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool is_null = tag.ends_with(":null");
    Node& node = open_node(mark, is_null ? NodeKind::null : NodeKind::scalar, tag, anchor, value.size());
    node.text = value;
    node.quoted = tag == "!" || tag.ends_with(":str");
    attach(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    push(mark, NodeKind::list, tag, anchor);
  }
  void OnSequenceEnd() override { pop(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    push(mark, NodeKind::map, tag, anchor);
  }
  void OnMapEnd() override {
    merge_into(frames_.back());
    pop();
  }

 private:
  struct Frame {
    Node* node = nullptr;
    YAML::anchor_t anchor = 0;
    std::size_t cost = 0;
    bool awaits_value = false;  // a key was read
    bool drops_value = false;   // that key was no key, or there already
    Entry key;
    std::map<std::string, Place> keys;
    std::vector<Entry> merges;
  };
  struct Anchor {
    const Node* node = nullptr;
    std::size_t cost = 0;
    bool open = false;
  };

  void spend(const YAML::Mark& mark, std::size_t cost) {
    spent_ += cost;
    if (spent_ > Document::kMaxCost) {
      throw Refusal{place(mark),
                    "the file holds too many values, its aliases followed, to be a configuration"};
    }
  }

  void add_to_parent_cost(std::size_t cost) {
    if (!frames_.empty()) frames_.back().cost += cost;
  }

  Node& open_node(const YAML::Mark& mark, NodeKind kind, std::string_view tag, YAML::anchor_t anchor,
                  std::size_t text_size = 0) {
    last_place_ = place(mark);
    if (!is_known_tag(tag)) {
      throw Refusal{place(mark),
                    "a YAML tag (`!...`) has no meaning here; quote the value if it is meant as text"};
    }
    const std::size_t cost = Document::kNodeCost + text_size;
    spend(mark, cost);
    Node& node = document_.nodes_.emplace_back();
    node.kind = kind;
    node.place = last_place_;
    const bool holds_others = kind == NodeKind::list || kind == NodeKind::map;
    if (anchor != 0) anchors_[anchor] = {&node, cost, holds_others};
    if (!holds_others) add_to_parent_cost(cost);
    return node;
  }

  void push(const YAML::Mark& mark, NodeKind kind, std::string_view tag, YAML::anchor_t anchor) {
    if (frames_.size() == Document::kMaxDepth)
      throw Refusal{place(mark), "maps and lists are nested too deep"};
    Frame frame;
    frame.node = &open_node(mark, kind, tag, anchor);
    frame.anchor = anchor;
    frame.cost = Document::kNodeCost;
    frames_.push_back(std::move(frame));
  }

  void pop() {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.anchor != 0) anchors_[frame.anchor] = {frame.node, frame.cost, false};
    add_to_parent_cost(frame.cost);
    attach(*frame.node);
  }

  void attach(Node& node) {
    // yaml-cpp places a value that is not there at whatever comes next; its key is the better place.
    const bool is_value = !frames_.empty() && frames_.back().awaits_value;
    if (node.kind == NodeKind::null && is_value) node.place = frames_.back().key.place;
    attach(node, node.place);
  }

  void attach(const Node& node, Place where) {
    if (frames_.empty()) {
      document_.root_ = &node;
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node->kind == NodeKind::list) {
      frame.node->items.push_back(&node);
    } else if (frame.awaits_value) {
      add_value(frame, node);
    } else {
      begin_entry(frame, node, where);
    }
  }

  void begin_entry(Frame& frame, const Node& node, Place where) {
    frame.awaits_value = true;
    frame.drops_value = true;
    frame.key = {node.text, where, nullptr};
    if (node.kind != NodeKind::scalar) {
      problems_.add(where, fmt::format("a key must be a text; this is {}", describe(node.kind)));
      return;
    }
    const auto [first, is_new] = frame.keys.try_emplace(node.text, where);
    frame.drops_value = !is_new;
    if (!is_new) {
      problems_.add(where, fmt::format("{} is given twice; the first is on line {}", in_backticks(node.text),
                                       first->second.line));
    }
  }

  static void add_value(Frame& frame, const Node& value) {
    frame.awaits_value = false;
    if (frame.drops_value) return;
    frame.key.value = &value;
    auto& target = frame.key.key == kMergeKey ? frame.merges : frame.node->entries;
    target.push_back(std::move(frame.key));
  }

  // The map's own keys win over merged ones, and an earlier source over a later one (YAML's merge type).
  void merge_into(Frame& frame) {
    for (const Entry& merge : frame.merges) {
      const bool is_list = merge.value->kind == NodeKind::list;
      const std::vector<const Node*> sources = is_list ? merge.value->items : std::vector{merge.value};
      for (const Node* source : sources) {
        if (source->kind != NodeKind::map) {
          problems_.add(merge.place, "`<<` merges another map, or a list of maps, such as `<<: *alias`");
          continue;
        }
        for (const Entry& entry : source->entries) {
          if (frame.keys.try_emplace(entry.key, entry.place).second) frame.node->entries.push_back(entry);
        }
      }
    }
  }

  LineIndex lines_;
  FileProblems& problems_;
  Place last_place_{1, 1};
  Document document_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchor> anchors_;
  std::size_t spent_ = 0;
};

const Entry* Node::find(std::string_view key) const noexcept {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &*found;
}

std::string_view describe(NodeKind kind) noexcept {
  switch (kind) {
    case NodeKind::null:
      return "nothing";
    case NodeKind::scalar:
      return "a text";
    case NodeKind::list:
      return "a list";
    case NodeKind::map:
      return "a map";
  }
  return "";
}

std::optional<Document> Document::read(std::string_view text, FileProblems& problems) {
  TreeBuilder builder(text, problems);
  try {
    const std::string closed = with_document_end(text);
    std::ispanstream stream(std::span<const char>(closed.data(), closed.size()));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const Refusal& refusal) {
    problems.add(refusal.place, refusal.message);
  } catch (const YAML::Exception& error) {
    const Explanation explanation = explain(error.msg);
    problems.add(builder.place(error.mark, explanation.blame),
                 fmt::format("this is not YAML: {}", explanation.meaning));
  }
  return std::nullopt;
}

namespace {

void emit(YAML::Emitter& out, const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
      out << YAML::Null;
      return;
    case NodeKind::scalar:
      if (node.quoted) out << YAML::DoubleQuoted;
      out << node.text;
      return;
    case NodeKind::list:
      out << YAML::Flow << YAML::BeginSeq;
      for (const Node* item : node.items)
        emit(out, *item);
      out << YAML::EndSeq;
      return;
    case NodeKind::map:
      out << YAML::Flow << YAML::BeginMap;
      for (const Entry& entry : node.entries) {
        out << YAML::Key << entry.key << YAML::Value;
        emit(out, *entry.value);
      }
      out << YAML::EndMap;
  }
}

}  // namespace

std::string to_yaml(const Node& node) {
  YAML::Emitter out;
  emit(out, node);
  return out.good() ? std::string(out.c_str(), out.size()) : std::string();
}

}  // namespace penstock::config
