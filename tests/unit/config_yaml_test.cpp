#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml.hpp"

namespace penstock::config {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Reading {
  std::optional<Document> document;
  std::vector<Problem> problems;
};

Reading read(std::string_view text) {
  FileProblems found("f.yaml");
  Reading reading;
  reading.document = Document::read(text, found);
  std::move(found).append_to(reading.problems);
  return reading;
}

// The text of a document that is a map, or whatever it is, on one line.
std::string flat(std::string_view text) {
  const Reading reading = read(text);
  EXPECT_THAT(reading.problems, IsEmpty()) << reading.problems.front().to_string();
  return reading.document ? to_yaml(reading.document->root()) : std::string();
}

TEST(Yaml, KeepsWhatItReads) {
  EXPECT_EQ(flat("a: 1\nb: [x, \"y\"]\nc: {d: , e: ~}\n"), R"({a: 1, b: [x, "y"], c: {d: ~, e: ~}})");
  EXPECT_EQ(flat("- 'it''s'\n- |\n  two\n  lines\n"), R"(["it's", "two\nlines\n"])");
  EXPECT_EQ(flat(""), "~");
  EXPECT_EQ(flat("# nothing\n"), "~");
  EXPECT_EQ(flat("!!str 5"), R"("5")");
  EXPECT_EQ(flat("!!null ''"), "~");
}

TEST(Yaml, PlacesCountCharactersFromOne) {
  const Reading reading = read("\"\xc3\xa9\": {k: 1, z: 2}\nb:\n  - x\nc:\nd: 1\n");
  ASSERT_TRUE(reading.document);
  const Node& root = reading.document->root();
  const Entry& first = root.entries[0];
  EXPECT_EQ(first.place, (Place{1, 1}));
  EXPECT_EQ(first.value->place, (Place{1, 6}));
  EXPECT_EQ(first.value->entries[1].value->place, (Place{1, 16}));
  EXPECT_EQ(root.entries[1].value->items[0]->place, (Place{3, 5}));
  EXPECT_EQ(root.entries[2].value->place, (Place{4, 1})) << "a missing value is placed at its key";
}

TEST(Yaml, AliasesAreTheNodesTheyName) {
  const Reading reading = read("a: &x {k: 1}\nb: *x\nc: &y v\n*y : w\n");
  ASSERT_TRUE(reading.document);
  const Node& root = reading.document->root();
  EXPECT_EQ(root.find("a")->value, root.find("b")->value);
  ASSERT_NE(root.find("v"), nullptr);
  EXPECT_EQ(root.find("v")->place, (Place{4, 1}));
}

TEST(Yaml, MergeKeysFillInWhatIsMissing) {
  EXPECT_EQ(flat("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n"), "{a: {x: 1, y: 2}, b: {y: 3, x: 1}}");
  EXPECT_EQ(flat("- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b], z: 3}\n"),
            "[{x: 1}, {x: 2, y: 2}, {z: 3, x: 1, y: 2}]");
}

struct Mistake {
  std::string_view text;
  int line;
  int column;
  std::string_view part;
};

class YamlMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(YamlMistakes, AreOneProblemWithItsPlace) {
  const Reading reading = read(GetParam().text);
  ASSERT_EQ(reading.problems.size(), 1U) << reading.problems.back().to_string();
  EXPECT_EQ(reading.problems.front().where, (Location{"f.yaml", GetParam().line, GetParam().column}))
      << reading.problems.front().to_string();
  EXPECT_THAT(reading.problems.front().message, HasSubstr(GetParam().part));
  EXPECT_THAT(reading.problems.front().message, ::testing::Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, YamlMistakes,
    ::testing::Values(
        Mistake{"a: 1\nb: \"hunter2", 2, 1, "opens a quote"},
        Mistake{"a: 1\nb: \"hunter2\n", 2, 1, "opens a quote"},
        Mistake{"a: 1\nb: 'hunter2\nc: 1\n\n", 2, 1, "opens a quote"},
        Mistake{"a: 1\nb: 'hunter2\n---\nc: 1'", 2, 1, "opens a quote"},
        Mistake{"a: [1, 2\n", 1, 4, "`[` is not closed"}, Mistake{"{a: 1", 1, 1, "`{` is not closed"},
        Mistake{"a: b: hunter2", 1, 5, "a `:` is out of place"},
        Mistake{"a: hunter2 # c\n  b: 2", 2, 3, "line keys up"},
        Mistake{"p: \"abc\"hunter2\"", 1, 9, "line keys up"}, Mistake{"a: @hunter2", 1, 4, "quote the value"},
        Mistake{"a: %hunter2", 1, 4, "quote the value"}, Mistake{"a: \"\\hunter2\"", 1, 7, "escape"},
        Mistake{"a: \"\\xhunter2\"", 1, 9, "hex"}, Mistake{"a: \"\\UFFFFFFFF\"", 1, 15, "no character"},
        Mistake{"a: *hunter2", 1, 4, "begins an alias"}, Mistake{"a: - x", 1, 4, "a `-` is out of place"},
        Mistake{"a: ]", 1, 4, "closes nothing"}, Mistake{"\xc3\xa9: @x", 1, 4, "quote the value"},
        Mistake{"- a\nb: 1", 2, 1, "does not belong"},
        Mistake{"a: 1\n---\nb: 2", 2, 1, "second YAML document"}));

INSTANTIATE_TEST_SUITE_P(
    Meaning, YamlMistakes,
    ::testing::Values(Mistake{"a: 1\nb: 2\na: 3", 3, 1, "`a` is given twice; the first is on line 1"},
                      Mistake{"a: {b: 1, 'b': 2}", 1, 11, "`b` is given twice"},
                      Mistake{"? [1]\n: 2", 1, 3, "a key must be a text; this is a list"},
                      Mistake{"~: 1", 1, 1, "a key must be a text; this is nothing"},
                      Mistake{"a: !secret hunter2", 1, 4, "a YAML tag"},
                      Mistake{"a: !hunter2 x", 1, 4, "a YAML tag"},
                      Mistake{"a: !!binary aGk=", 1, 4, "a YAML tag"},
                      Mistake{"a: &x [*x]", 1, 8, "within what it names"},
                      Mistake{"a: &x {b: {c: *x}}", 1, 15, "within what it names"},
                      Mistake{"a: {<<: hunter2}", 1, 5, "`<<` merges another map"},
                      Mistake{"a: {<<: [{}, hunter2]}", 1, 5, "`<<` merges another map"},
                      Mistake{"a: {<<: {}, <<: {}}", 1, 13, "`<<` is given twice"}));

TEST(YamlMistakesOfKeys, KeepTheFirstValueAndAreAllFound) {
  const Reading reading = read("a: 1\na: 2\nb: {c: 1, c: 2}\na: {b: 1, b: 1}\n");
  EXPECT_EQ(reading.problems.size(), 4U);
  ASSERT_TRUE(reading.document);
  EXPECT_EQ(to_yaml(reading.document->root()), "{a: 1, b: {c: 1}}");
}

TEST(YamlBounds, NestingEndsAtADepth) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(read(nested(Document::kMaxDepth)).document);
  const Reading deep = read(nested(Document::kMaxDepth + 1));
  ASSERT_EQ(deep.problems.size(), 1U);
  EXPECT_THAT(deep.problems.front().message, HasSubstr("nested too deep"));
  EXPECT_EQ(deep.problems.front().where.column, Document::kMaxDepth + 1);
  EXPECT_EQ(read(nested(200'000)).problems.size(), 1U);
}

TEST(YamlBounds, AliasBombsAreNotFollowed) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j)
      bomb += (j == 0 ? "" : ", ") + alias;
    bomb += "]\n";
  }
  const Reading reading = read(bomb);
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_THAT(reading.problems.front().message, HasSubstr("too many values"));
  EXPECT_EQ(reading.problems.front().where.line, 6);
}

TEST(YamlBounds, ALongTextBehindAnAliasIsCounted) {
  std::string bomb = "a: &a \"" + std::string(1 << 20, 'x') + "\"\nb:\n";
  for (int i = 0; i < 64; ++i)
    bomb += "  - *a\n";
  const Reading reading = read(bomb);
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_EQ(reading.problems.front().where.line, 2 + 63);
}

}  // namespace
}  // namespace penstock::config
