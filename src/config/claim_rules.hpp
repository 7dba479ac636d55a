// What server.yaml says of the claims of tokens.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/jwt.hpp"
#include "config/value_reader.hpp"

namespace penstock::config {

/// A claim's name, or a list of names from the top down. Nothing, and a mistake, when it is none.
[[nodiscard]] std::optional<ClaimPath> read_claim_path(const Entry& entry, ValueReader& reader);

/// A list of `{claim: NAME, has: VALUE, KEY: NAME}`, where KEY is "principal" or "role". `names`: those that
/// there are; empty: any that is well formed.
[[nodiscard]] std::vector<ClaimRule> read_claim_rules(const Entry& entry, std::string_view key,
                                                      std::span<const std::string> names,
                                                      ValueReader& reader);

/// A map from settings of the database, such as `app.user_id`, to claims.
[[nodiscard]] std::vector<ClaimSetting> read_claim_settings(const Entry& entry, ValueReader& reader);

/// A list of texts, or one text alone; each must fit. `meaning`: "a URL".
[[nodiscard]] std::vector<std::string> read_texts(const Entry& entry, std::string_view meaning,
                                                  bool (*fits)(std::string_view), ValueReader& reader);

/// A name out of `names`. Nothing, and a mistake, when it is none of them.
[[nodiscard]] std::optional<std::string> read_known_name(const Entry& entry,
                                                         std::span<const std::string> names,
                                                         ValueReader& reader);

}  // namespace penstock::config
