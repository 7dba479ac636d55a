#include "datasources/postgresql/description.hpp"

#include <string_view>
#include <utility>

#include "datasources/postgresql/wire.hpp"

namespace penstock::postgresql {

namespace {

bool read_parameters(std::string_view body, Description& description) {
  WireReader reader(body);
  const auto count = reader.take<std::uint16_t>();
  if (!count) return false;
  for (int i = 0; i < *count; ++i) {
    const auto type = reader.take<std::uint32_t>();
    if (!type) return false;
    description.parameters.push_back(*type);
  }
  return true;
}

bool read_columns(std::string_view body, Description& description) {
  WireReader reader(body);
  const auto count = reader.take<std::uint16_t>();
  if (!count) return false;
  for (int i = 0; i < *count; ++i) {
    const std::size_t end = reader.rest().find('\0');
    const auto name = reader.take_bytes(end == std::string_view::npos ? reader.rest().size() + 1 : end);
    constexpr std::size_t kTableAndColumn = 1 + 4 + 2;  // and the NUL before them
    const bool table = reader.take_bytes(kTableAndColumn).has_value();
    const auto type = reader.take<std::uint32_t>();
    const bool size = reader.take<std::int16_t>().has_value();
    const auto modifier = reader.take<std::int32_t>();
    const bool format = reader.take<std::int16_t>().has_value();
    if (!name || !table || !type || !size || !modifier || !format) return false;
    description.names.emplace_back(*name);
    description.types.push_back(*type);
    description.modifiers.push_back(*modifier);
  }
  return true;
}

}  // namespace

Result<Description> read_description(Session& session, Deadline deadline) {
  Description description;
  for (;;) {
    auto message = session.next(deadline);
    if (!message) return pass_error(message);
    switch (message->type) {
      case 'E':
        return std::unexpected(session.error_of(*message));
      case 'Z':
        return session.protocol_error("the end of the unit before a description");
      case 't':
        if (!read_parameters(message->body, description))
          return session.protocol_error("a malformed ParameterDescription");
        break;
      case 'T':
        if (!read_columns(message->body, description))
          return session.protocol_error("a malformed RowDescription");
        return description;
      case 'n':
        return description;
      default:
        break;
    }
  }
}

PreparedStatementPtr make_statement(std::string name, Description description, const TypeMap& types) {
  auto statement = std::make_shared<PreparedStatement>();
  statement->name = std::move(name);
  statement->parameters = std::move(description.parameters);
  std::vector<Field> fields;
  for (std::size_t i = 0; i < description.types.size(); ++i) {
    const Codec* codec = types.find(description.types[i]);
    if (codec == nullptr) codec = &text_codec();
    statement->codecs.push_back(codec);
    statement->formats.push_back(codec->format);
    fields.push_back({std::move(description.names[i]), codec->type, true,
                      native_type(description.types[i], *codec, description.modifiers[i])});
  }
  statement->schema = std::make_shared<const Schema>(std::move(fields));
  return statement;
}

}  // namespace penstock::postgresql
