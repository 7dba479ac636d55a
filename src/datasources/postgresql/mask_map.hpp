// Which relations of a server are masked and how, and which show what is masked elsewhere, so that nobody may
// read them.
//
// docs/masking.md tells the rules.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/postgresql/options.hpp"

namespace penstock::postgresql {

/// A relation whose columns are masked, as the catalogue has it.
struct MaskedRelation {
  struct Column {
    std::string name;
    const ColumnMask* mask = nullptr;  ///< of the options; null: shown as it is
  };
  std::string schema;
  std::string name;
  std::vector<Column> columns;  ///< in their order
  std::string signature;        ///< what the catalogue said of it; another one is another relation
};

/// A column that shows a constant.
struct MaskConstant {
  const MaskedRelation* relation = nullptr;
  const MaskedRelation::Column* column = nullptr;
};

/// A statement with masked relations, as it is run.
struct Masking {
  std::string sql;
  int parameters = 0;   ///< of the statement as it was written
  bool hashes = false;  ///< it has two more: the keys of the hash
  std::vector<const MaskedRelation*> relations;
};

/// As the catalogue was when it was read, with the options' masks. Once it is shared: immutable but for what
/// it remembers of statements, and thread-safe.
class MaskMap {
 public:
  /// One row for each thing that there is to know; takes probe_parameters().
  [[nodiscard]] static std::string_view probe_sql() noexcept;
  [[nodiscard]] static Result<TextParameters> probe_parameters(const Options& options);
  /// `options` must outlive the map. Errors: `internal`, rows of another shape.
  [[nodiscard]] static Result<std::shared_ptr<MaskMap>> read(const TextRows& rows, const Options& options);

  /// What the server has to be asked about: whether these are values of their columns' types.
  [[nodiscard]] std::vector<MaskConstant> constants() const;
  /// This one is not: its database is closed.
  void refuse(const MaskConstant& constant, const Options& options);

  /// What a statement's names mean to it.
  struct Judgement {
    bool unknown = false;  ///< a relation that was not there when the catalogue was read
    bool masked = false;   ///< it has to be rewritten
    bool views = false;    ///< it reads views, which may be others by now
  };
  /// Errors: `forbidden`, a relation that shows what is masked elsewhere; `unavailable`, a database whose
  /// masks are not what the server has.
  [[nodiscard]] Result<Judgement> judge(const Analysis& analysis, std::span<const std::string> path) const;
  /// Null when the relation is not masked.
  [[nodiscard]] const MaskedRelation* find(std::string_view schema, std::string_view name) const;
  /// The databases that cannot be served, and why.
  [[nodiscard]] const std::vector<DatabaseFailure>& failures() const noexcept { return failures_; }
  /// Of all views together, as kMaskGuard tells it.
  [[nodiscard]] const std::string& views_signature() const noexcept { return views_signature_; }

  /// What remember() was told of a statement; null: nothing.
  [[nodiscard]] std::shared_ptr<const Masking> recall(std::string_view database, std::string_view sql) const;
  void remember(std::string_view database, std::string_view sql,
                std::shared_ptr<const Masking> masking) const;

 private:
  enum class Kind : std::uint8_t { plain, view, closed };
  struct Known {
    Kind kind = Kind::plain;
    std::string why;  // when closed
  };
  class Reading;

  [[nodiscard]] Result<void> judge(const CatalogName& name, std::span<const std::string> path,
                                   Judgement& judgement) const;
  [[nodiscard]] Result<void> check_served(std::string_view schema) const;
  void close(const Options& options, const std::string& database, std::string message);

  std::unordered_map<std::string, MaskedRelation> masked_;  // by schema, NUL, name
  std::unordered_map<std::string, Known> known_;            // likewise; all of the schemas that are searched
  std::vector<DatabaseFailure> failures_;
  std::map<std::string, std::string, std::less<>> failing_schemas_;  // and their database
  std::string views_signature_;

  static constexpr std::size_t kMostRemembered = 1'024;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const Masking>> maskings_;
};

}  // namespace penstock::postgresql
