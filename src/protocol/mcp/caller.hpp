// Who sends a message, as far as the protocol has to know.
#pragma once

#include <string_view>

namespace penstock::protocol::mcp {

struct Tool;
struct Resource;
struct ResourceTemplate;
struct Prompt;

/// What of a catalogue is there for its user: the rest is neither listed nor found. Immutable, so any thread
/// may ask.
class Caller {
 public:
  virtual ~Caller() = default;
  [[nodiscard]] virtual bool sees(const Tool& tool) const noexcept = 0;
  [[nodiscard]] virtual bool sees(const Resource& resource) const noexcept = 0;
  [[nodiscard]] virtual bool sees(const ResourceTemplate& pattern) const noexcept = 0;
  [[nodiscard]] virtual bool sees(const Prompt& prompt) const noexcept = 0;

 protected:
  Caller() = default;
  Caller(const Caller&) = default;
  Caller& operator=(const Caller&) = default;
};

}  // namespace penstock::protocol::mcp
