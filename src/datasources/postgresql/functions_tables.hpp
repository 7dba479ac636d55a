// The reviewed tables behind functions.hpp. In each text, names are separated by white space.
#pragma once

#include <span>
#include <string_view>

namespace penstock::postgresql {

struct RefusedNames {
  std::string_view reason;  ///< completes "the function ..."
  std::string_view names;
};

extern const std::string_view kAllowedBuiltins;
extern const std::string_view kWritingBuiltins;
extern const std::string_view kSettingBuiltins;
extern const std::span<const RefusedNames> kRefusedBuiltins;
/// Refused only because they are not meant to be called.
extern const std::string_view kInternalBuiltins;
inline constexpr std::string_view kInternalReason =
    "is part of PostgreSQL's inside and not meant to be called; for a type, use a cast";

/// An extension whose functions were reviewed.
struct KnownExtension {
  std::string_view name;
  std::string_view allowed;
  std::string_view refused;         ///< may be empty
  std::string_view refused_reason;  ///< completes "the function ..."
  std::string_view relations;       ///< tables and views of it that may be read
};
extern const std::span<const KnownExtension> kKnownExtensions;

}  // namespace penstock::postgresql
