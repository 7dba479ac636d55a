// `connection:` of one datasource.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "config/value_reader.hpp"

namespace penstock::config {

/// Where each session key (datasource_keys.hpp) of one datasource was given.
using GivenKeys = std::map<std::string, Place, std::less<>>;

/// Reads a session key into `config`; false when `entry` is none. A key that was given before is a mistake.
bool read_session_key(const Entry& entry, DataSourceConfig& config, GivenKeys& given, ValueReader& reader);

/// Reads `connection:` into `config.connection`, its session keys into `config` itself, and fills in the
/// defaults of `type`; a null `type` is one that is not known, so that its keys cannot be judged. A null
/// `entry` is a connection that is not there; `place` is the datasource's.
void read_connection(const Entry* entry, const TypeSpec* type, Place place, DataSourceConfig& config,
                     GivenKeys& given, ValueReader& reader);

}  // namespace penstock::config
