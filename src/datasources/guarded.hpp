// How everything calls a driver. It is foreign code: what it throws, and what its contract forbids it to
// answer, becomes an `internal` error that names the datasource.
#pragma once

#include <exception>
#include <string_view>
#include <type_traits>
#include <utility>

#include "penstock/error.hpp"

namespace penstock {

/// The driver of `datasource` threw; `what` goes into `server_message`.
[[nodiscard]] Error driver_threw(std::string_view datasource, std::string_view what);
/// The driver of `datasource` did what its contract forbids: `what`, in our own words.
[[nodiscard]] Error driver_broke_contract(std::string_view datasource, std::string_view what);

/// What `call` returns, which is a Result.
template <typename Call>
[[nodiscard]] std::invoke_result_t<Call> guarded(std::string_view datasource, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const std::exception& thrown) {
    return std::unexpected(driver_threw(datasource, thrown.what()));
  } catch (...) {
    return std::unexpected(driver_threw(datasource, "an exception of an unknown type"));
  }
}

}  // namespace penstock
