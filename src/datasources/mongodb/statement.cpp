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
    BoundCommand bound{.document = std::move(*document), .collection = command_.collection, .columns = {}};
    bound.sample = sample_of(*bound.document);
    bound.fields = filter_fields(*bound.document);
    return bound;
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
