#include "datasources/guarded.hpp"

#include <string>

namespace penstock {

Error driver_threw(std::string_view datasource, std::string_view what) {
  Error error;
  error.message = "the driver of datasource '" + std::string(datasource) + "' failed in an unforeseen way";
  error.server_message = what;
  return error;
}

Error driver_broke_contract(std::string_view datasource, std::string_view what) {
  Error error;
  error.message =
      "the driver of datasource '" + std::string(datasource) + "' is defective: " + std::string(what);
  return error;
}

}  // namespace penstock
