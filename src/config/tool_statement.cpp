#include "config/tool_statement.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "config/placeholders.hpp"

namespace penstock::config {

namespace {

class Check {
 public:
  Check(const Text& statement, const ParameterPlaces& places, const ToolConfig& tool, ValueReader& reader)
      : statement_(statement), places_(places), tool_(tool), reader_(reader) {}

  void questions(std::int64_t count) {
    const auto expected = static_cast<std::int64_t>(tool_.parameters.size());
    if (count == expected) return;
    add(statement_.place, fmt::format("the statement has {} `?`, and the tool {} parameter{}", count,
                                      expected, expected == 1 ? "" : "s"));
  }

  void numbers(const std::set<std::int64_t>& used) {
    const auto count = static_cast<std::int64_t>(tool_.parameters.size());
    for (const std::int64_t number : used) {
      if (number >= 1 && number <= count) continue;
      add(statement_.place, fmt::format("the statement has the parameter {}, and the tool {} parameter{}",
                                        number, count, count == 1 ? "" : "s"));
    }
    for (std::int64_t number = 1; number <= count; ++number) {
      if (used.contains(number)) continue;
      const ToolParameter& parameter = tool_.parameters[static_cast<std::size_t>(number - 1)];
      add(places_.by_name.at(parameter.name),
          fmt::format("the parameter {} is not used: the statement has no `${}`",
                      in_backticks(parameter.name), number));
    }
  }

  void names(const std::vector<std::string>& used) {
    std::vector<std::string> known;
    for (const ToolParameter& parameter : tool_.parameters)
      known.push_back(parameter.name);
    for (const std::string& name : used) {
      if (std::ranges::find(known, name) != known.end()) continue;
      add(statement_.place, fmt::format("the statement has the parameter {}, which the tool has not{}",
                                        in_backticks(name), did_you_mean(name, known)));
    }
    for (const std::string& name : known) {
      if (std::ranges::find(used, name) == used.end())
        add(places_.by_name.at(name),
            fmt::format("the parameter {} is not used by the statement", in_backticks(name)));
    }
  }

  void none(ParameterMarks marks) {
    const std::string_view how = marks == ParameterMarks::numbered_dollar
                                     ? "`$1`, `$2`, in their order"
                                     : "`:name`, or `$1` or `?` in their order";
    for (const ToolParameter& parameter : tool_.parameters) {
      add(places_.by_name.at(parameter.name),
          fmt::format("the parameter {} is not used: the statement names its parameters {}",
                      in_backticks(parameter.name), how));
    }
  }

  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

 private:
  const Text& statement_;
  const ParameterPlaces& places_;
  const ToolConfig& tool_;
  ValueReader& reader_;
};

}  // namespace

void check_placeholders(const Text& statement, const ParameterPlaces& places, ParameterMarks marks,
                        ToolConfig& tool, ValueReader& reader) {
  const Placeholders found = find_placeholders(statement.value, marks);
  tool.binding = found.names.empty() ? ToolBinding::by_position : ToolBinding::by_name;
  Check check(statement, places, tool, reader);
  const int ways =
      (found.questions > 0 ? 1 : 0) + (found.numbers.empty() ? 0 : 1) + (found.names.empty() ? 0 : 1);
  if (ways > 1) {
    check.add(statement.place,
              "the statement mixes ways to write a parameter: use `?`, `$1` or names throughout");
  } else if (found.questions > 0) {
    check.questions(found.questions);
  } else if (!found.numbers.empty()) {
    check.numbers(found.numbers);
  } else if (!found.names.empty()) {
    check.names(found.names);
  } else {
    check.none(marks);
  }
}

}  // namespace penstock::config
