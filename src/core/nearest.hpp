// The name that was probably meant, for "did you mean".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace penstock {

/// The candidate closest to `wanted`, when one is close enough to be a likely slip: a few letters missing,
/// added, wrong or swapped (about one in three, three at most), or one name being the start of the other, as
/// with `max_pool` and `max_pool_size`. ASCII case does not count. Of equals the first wins. Nothing when
/// `wanted` is empty or longer than 128 bytes. Bytes are compared, not characters. The view lives as long as
/// the candidate it shows.
[[nodiscard]] std::optional<std::string_view> nearest_name(std::string_view wanted,
                                                           std::span<const std::string> candidates);

}  // namespace penstock
