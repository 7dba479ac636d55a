// tools.yaml.
#include <string>
#include <vector>

#include "config/placeholders.hpp"
#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kDatasources = R"(
datasources:
  bank: {type: sqlite, connection: {path: .}, databases: [customer_db, accounts_db]}
  warehouse: {type: postgresql, databases: [sales_db]}
)";

class ToolsYaml : public ::testing::Test {
 protected:
  ToolsYaml() { folder.write("datasources.yaml", kDatasources); }
  std::vector<ToolConfig> load_tools(std::string_view text) {
    folder.write("tools.yaml", text);
    const auto loaded = load_serving(folder);
    if (!loaded) {
      for (const Problem& problem : loaded.error())
        ADD_FAILURE() << problem.to_string();
      return {};
    }
    return loaded->tools;
  }
  std::vector<std::string> mistakes_in(std::string_view text) {
    folder.write("tools.yaml", text);
    return serving_mistakes(folder);
  }
  // Of one tool on `database` with this statement and these parameters.
  std::vector<std::string> fit(std::string_view database, std::string_view statement,
                               std::string_view parameters) {
    return mistakes_in("tools:\n- name: t\n  description: d\n  database: " + std::string(database) +
                       "\n  parameters: [" + std::string(parameters) + "]\n  statement: \"" +
                       std::string(statement) + "\"\n");
  }

  ConfigFolder folder;
};

TEST_F(ToolsYaml, ReadsWhatParametersMayHold) {
  const auto tools = load_tools(R"(tools:
  - name: customers_by_segment
    description: Customers of a segment
    database: customer_db
    statement: SELECT * FROM customers WHERE segment = :segment AND since >= :since AND balance > :balance
    max_rows: 50
    parameters:
      - {name: segment, type: string, description: The segment, allowed_values: [private, retail], max_length: 10, pattern: "[a-z]+"}
      - {name: since, type: date, default: 2020-01-31, minimum: 2000-01-01}
      - {name: balance, type: decimal, minimum: -1.50, maximum: 1000, required: false}
)");
  ASSERT_EQ(tools.size(), 1U);
  const ToolConfig& tool = tools[0];
  EXPECT_EQ(tool.binding, ToolBinding::by_name);
  EXPECT_EQ(tool.max_rows, 50);
  ASSERT_EQ(tool.parameters.size(), 3U);
  const ToolParameter& segment = tool.parameters[0];
  EXPECT_TRUE(segment.required);
  EXPECT_EQ(violation(segment, "private"), std::nullopt);
  EXPECT_EQ(violation(segment, "corporate"), "must be one of `private`, `retail`");
  EXPECT_EQ(violation(segment, "a-b"), "must match `[a-z]+`");
  EXPECT_EQ(violation(segment, "äöüäöüäöüäö"), "must be at most 10 characters long");
  const ToolParameter& since = tool.parameters[1];
  EXPECT_FALSE(since.required);
  EXPECT_EQ(since.default_value, Value(*parse_date("2020-01-31")));
  EXPECT_EQ(violation(since, *parse_date("1999-12-31")), "must be at least 2000-01-01");
  const ToolParameter& balance = tool.parameters[2];
  EXPECT_FALSE(balance.required);
  EXPECT_EQ(balance.default_value, std::nullopt);
  EXPECT_EQ(violation(balance, Decimal{"-1.5"}), std::nullopt);
  EXPECT_EQ(violation(balance, Decimal{"-1.51"}), "must be at least -1.50");
  EXPECT_EQ(violation(balance, Decimal{"1000.0001"}), "must be at most 1000");
}

TEST_F(ToolsYaml, ReportsEveryMistakeAtOnce) {
  EXPECT_THAT(
      mistakes_in(R"(tools:
  - name: a tool
    descripton: x
    database: custmer_db
    statement: SELECT 1
  - name: execute_query
    description: ""
    database: customer_db
    statement: SELECT ?
    max_rows: 0
    parameters:
      - {name: 1x}
      - {name: a, type: intger, minimum: 1}
  - {name: T, description: d, database: customer_db, statement: SELECT 1}
  - {name: t, description: d, database: customer_db, statement: SELECT 1}
  - just a text
)"),
      ElementsAre(
          HasSubstr("tools.yaml:2:5: a tool needs `description`"),
          HasSubstr("tools.yaml:2:11: `name` must be 1 to 64 letters"),
          "tools.yaml:3:5: unknown key `descripton`; did you mean `description`?",
          "tools.yaml:4:15: `database` must be a logical database of datasources.yaml, found "
          "`custmer_db`; did you mean `customer_db`?",
          HasSubstr("tools.yaml:6:11: `name` must not be that of a tool that Penstock has"),
          HasSubstr("tools.yaml:7:18: `description` must not be empty"),
          HasSubstr("tools.yaml:10:15: `max_rows` must be a whole number from 1"),
          HasSubstr("tools.yaml:12:16: `name` must be 1 to 64 letters, digits and `_`"),
          HasSubstr("tools.yaml:13:25: `type` must be one of `string`, `integer`"),
          HasSubstr("tools.yaml:15:12: `name` must be unique, whatever the case; the first is on line 14"),
          "tools.yaml:16:5: a tool must be a map with `name`, `description`, `database` and "
          "`statement`, found a text"));
}

TEST_F(ToolsYaml, ChecksValuesAgainstTypesAndBounds) {
  EXPECT_THAT(
      mistakes_in(R"(tools:
- name: t
  description: d
  database: customer_db
  statement: "SELECT :a, :b, :c, :d, :e, :f"
  parameters:
  - {name: a, type: integer, default: x}
  - {name: b, type: integer, minimum: 5, maximum: 1}
  - {name: c, type: number, maximum: 1, default: 1.5}
  - {name: d, type: string, minimum: 1, pattern: "(a"}
  - {name: e, type: date, pattern: x, allowed_values: [2025-02-30]}
  - {name: f, required: true, default: x, allowed_values: []}
)"),
      ElementsAre(
          "tools.yaml:7:39: `default` must be a 64-bit integer, as the parameter's type is `integer`, "
          "found `x`",
          "tools.yaml:8:51: `maximum` is less than `minimum`: nothing would fit",
          "tools.yaml:9:50: `default`: `1.5` must be at most 1.0",
          "tools.yaml:10:29: `minimum` has no meaning for the type `string`: it is for numbers, dates "
          "and times",
          "tools.yaml:10:50: `pattern` has a parenthesis without its other one, found `(a`",
          "tools.yaml:11:27: `pattern` has no meaning for the type `date`: it is for strings",
          "tools.yaml:11:56: `allowed_values` must be a date such as 2025-03-31, as the parameter's "
          "type is `date`, found `2025-02-30`",
          "tools.yaml:12:15: a parameter that is `required` needs no `default`: keep one of them",
          "tools.yaml:12:59: `allowed_values` must be a list of values, found an empty one"));
}

TEST_F(ToolsYaml, RefusesStatementsWhoseParametersDoNotFit) {
  EXPECT_THAT(fit("customer_db", "SELECT ?, '?', \\\"?\\\" -- ?\\n /* ? */", "{name: a}"), IsEmpty());
  EXPECT_THAT(fit("customer_db", "SELECT ?, ?", "{name: a}"),
              ElementsAre(HasSubstr("the statement has 2 `?`, and the tool 1 parameter")));
  EXPECT_THAT(
      fit("customer_db", "SELECT $2, $3", "{name: a}, {name: b}"),
      ElementsAre(HasSubstr("tools.yaml:5:23: the parameter `a` is not used: the statement has no `$1`"),
                  HasSubstr("the statement has the parameter 3, and the tool 2 parameters")));
  EXPECT_THAT(
      fit("customer_db", "SELECT :seg, @b", "{name: segment}, {name: b}, {name: c}"),
      ElementsAre(HasSubstr("the parameter `segment` is not used"),
                  HasSubstr("the parameter `c` is not used"),
                  HasSubstr("the statement has the parameter `seg`, which the tool has not; did you mean "
                            "`segment`?")));
  EXPECT_THAT(fit("customer_db", "SELECT ?, :a", "{name: a}"), ElementsAre(HasSubstr("mixes ways")));
  EXPECT_THAT(fit("customer_db", "SELECT 1", "{name: a}"), ElementsAre(HasSubstr("`:name`, or `$1` or `?`")));
}

TEST_F(ToolsYaml, ReadsTheMarksOfTheDatabasesOwnType) {
  EXPECT_THAT(
      fit("sales_db",
          "SELECT a ? 'b', c::int, E'\\\\'$2', $q$ $3 $q$, x$4 FROM t WHERE id = $1 /* /* $5 */ $6 */",
          "{name: a}"),
      IsEmpty());
  EXPECT_THAT(fit("sales_db", "SELECT :a", "{name: a}"),
              ElementsAre(HasSubstr("`$1`, `$2`, in their order")));
}

TEST(Placeholders, EndWithTheStatement) {
  for (const char* text : {"'", "\"", "/*", "--", "$", "$q$ $1", "E'\\", ":", "@", "?", "$x"}) {
    for (const ParameterMarks marks : {ParameterMarks::any, ParameterMarks::numbered_dollar})
      EXPECT_LE(find_placeholders(text, marks).numbers.size(), 1U) << text;
  }
}

}  // namespace
}  // namespace penstock::config
