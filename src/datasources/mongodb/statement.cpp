#include "datasources/mongodb/statement.hpp"

#include <utility>

#include "datasources/mongodb/native.hpp"
#include "datasources/mongodb/pipeline.hpp"
#include "datasources/mongodb/select.hpp"

namespace penstock::mongodb {

namespace {

class NativeStatement final : public Statement {
 public:
  explicit NativeStatement(NativeCommand command) : command_(std::move(command)) {}

  [[nodiscard]] Result<BoundCommand> bind(const Params& params) const override {
    auto document = mongodb::bind(command_, params);
    if (!document) return pass_error(document);
    return BoundCommand{.document = std::move(*document), .collection = command_.collection, .columns = {}};
  }
  [[nodiscard]] Result<EmptyQuestions> when_empty(const BoundCommand& command,
                                                  const Params& /*params*/) const override {
    return EmptyQuestions{.sample = sample_of(*command.document), .fields = filter_fields(*command.document)};
  }

 private:
  NativeCommand command_;
};

class SqlStatement final : public Statement {
 public:
  explicit SqlStatement(SelectPlan plan) : plan_(std::move(plan)) {}

  [[nodiscard]] bool is_sql() const noexcept override { return true; }
  [[nodiscard]] std::string_view qualifier() const noexcept override { return plan_.qualifier; }
  [[nodiscard]] Result<BoundCommand> bind(const Params& params) const override {
    return make_pipeline(plan_, params);
  }
  [[nodiscard]] Result<EmptyQuestions> when_empty(const BoundCommand& /*command*/,
                                                  const Params& params) const override {
    auto sample = make_sample(plan_, params);
    if (!sample) return pass_error(sample);
    return EmptyQuestions{.sample = std::move(*sample), .fields = plan_.fields};
  }

 private:
  SelectPlan plan_;
};

}  // namespace

Result<StatementPtr> parse_statement(std::string_view text, bool check) {
  if (text.find_first_not_of(" \t\r\n;") == std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "there is no statement: the text is empty");
  if (is_native(text)) {
    auto command = parse_native(text, check);
    if (!command) return pass_error(command);
    return std::make_shared<const NativeStatement>(std::move(*command));
  }
  auto plan = parse_select(text);
  if (!plan) return pass_error(plan);
  return std::make_shared<const SqlStatement>(std::move(*plan));
}

}  // namespace penstock::mongodb
