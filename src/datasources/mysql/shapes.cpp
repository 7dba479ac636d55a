#include "datasources/mysql/shapes.hpp"

#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

Result<void> ShapeReader::add(Session& session, std::string_view payload) {
  auto column = read_column(payload);
  if (!column) return session.protocol_error("a column that is not described");
  put_length(descriptions_, payload.size());
  descriptions_ += payload;
  fields_.push_back(std::move(column->field));
  codecs_.push_back(column->codec);
  return {};
}

ResultShapePtr ShapeReader::finish(const ResultShapePtr& known) {
  if (known != nullptr && known->descriptions == descriptions_) return known;
  auto shape = std::make_shared<ResultShape>();
  shape->descriptions = std::move(descriptions_);
  shape->schema = std::make_shared<const Schema>(std::move(fields_));
  shape->codecs = std::move(codecs_);
  for (const Codec& codec : shape->codecs)
    shape->widths.push_back(width_of(codec.wire));
  return shape;
}

Result<void> read_prepared(Session& session, PreparedStatement& into, Deadline deadline) {
  ShapeReader columns;
  std::uint16_t left = 0;
  bool parameters_left = false;
  do {
    auto message = session.next(deadline);
    if (!message) return pass_error(message);
    switch (message->kind) {
      case Answers::Packet::error:
        return std::unexpected(session.error_of(*message));
      case Answers::Packet::prepared: {
        WireReader reader(message->body.substr(1));
        into.id = reader.take<std::uint32_t>().value_or(0);
        left = reader.take<std::uint16_t>().value_or(0);
        into.parameters = reader.take<std::uint16_t>().value_or(0);
        parameters_left = into.parameters > 0;
        break;
      }
      case Answers::Packet::parameter_end:
        parameters_left = false;
        break;
      case Answers::Packet::column:
        if (auto added = columns.add(session, message->body); !added) return added;
        break;
      case Answers::Packet::column_end:
        left = 0;
        break;
      default:
        break;
    }
  } while (left > 0 || parameters_left);
  into.shape = columns.finish(nullptr);
  return {};
}

}  // namespace penstock::mysql
