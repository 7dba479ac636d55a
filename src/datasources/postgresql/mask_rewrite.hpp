// A statement with each masked relation replaced by a subselect that masks its columns.
#pragma once

#include <memory>
#include <string_view>

#include "datasources/postgresql/mask_map.hpp"
#include "datasources/postgresql/policy.hpp"

namespace penstock::postgresql {

/// Rewrites the parser's tree, writes it down, and reads it again: the text is used only when it is that very
/// tree. Thread-safe; has threads of its own, as Analyzer has.
class MaskRewriter {
 public:
  explicit MaskRewriter(Policy policy);
  ~MaskRewriter();

  /// Of a statement that passed the analysis. Errors: `forbidden`, a masked relation where its values cannot
  /// be masked (it is written to, locked, defined or explained); `unsupported`, a statement that cannot be
  /// written down.
  [[nodiscard]] Result<std::shared_ptr<const Masking>> rewrite(const AnalysisRequest& request,
                                                               const MaskMap& map) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock::postgresql
