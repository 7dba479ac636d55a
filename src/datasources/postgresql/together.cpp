// Several reads in one transaction and one round trip:
//
//   BEGIN READ ONLY; the first statement; the second; ...; ROLLBACK
//
// The server answers them in their order, each beginning with BindComplete and ending with CommandComplete,
// PortalSuspended or an error. After an error it passes over everything up to the end of the unit, so those
// behind it are sent again, without it.
#include "datasources/postgresql/together.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/description.hpp"
#include "datasources/postgresql/own_statements.hpp"
#include "datasources/postgresql/parameters.hpp"
#include "datasources/postgresql/reader.hpp"

namespace penstock::postgresql {

namespace {

// More at once would let the first wait for the last.
constexpr std::size_t kMaxMembers = 64;
// Where a result is cut off whose values are so small that their bytes say nothing of its size.
constexpr std::int32_t kMaxRows = 4'096;
// What is received and dropped of a result that turns out to be large, before its session is given up.
constexpr std::size_t kMostDropped = std::size_t{1} << 22;
constexpr std::int64_t kMostValueBytes = std::int64_t{1} << 20;

std::size_t bytes_of(const Value& value) noexcept {
  if (const auto* text = value.get_if<std::string>()) return text->size();
  if (const auto* json = value.get_if<Json>()) return json->text.size();
  if (const auto* number = value.get_if<Decimal>()) return number->text.size();
  if (const auto* bytes = value.get_if<Bytes>()) return bytes->data.size() * 2;
  constexpr std::size_t kScalar = 40;
  const auto* list = value.get_if<Value::List>();
  if (list == nullptr) return kScalar;
  return std::accumulate(list->begin(), list->end(), kScalar,
                         [](std::size_t sum, const Value& one) { return sum + bytes_of(one); });
}

}  // namespace

bool is_shareable(const Execution& execution) noexcept {
  if (execution.analysis.kind != StatementKind::select || execution.analysis.may_write) return false;
  if (execution.sql.size() > SharingLimits::kMaxParameterBytes) return false;
  std::size_t bytes = 0;
  for (const Value& value : execution.params.values())
    bytes += bytes_of(value);
  return bytes <= SharingLimits::kMaxParameterBytes;
}

class Together final : public SharedReads {
 public:
  Together(PostgresConnection& connection, std::span<const Execution> executions)
      : connection_(connection),
        session_(*connection.session_),
        outcomes_(executions.size()),
        batch_(executions.front()),
        run_(connection.shared_run_.lock()) {
    if (run_ == nullptr) {
      run_ = std::make_shared<Run>(session_, std::stop_token(), kMostValueBytes);
      connection.shared_run_ = run_;
    }
    members_.reserve(executions.size());
    for (std::size_t i = 0; i < executions.size(); ++i)
      members_.push_back({&executions[i], &outcomes_[i], {}, nullptr});
  }

  [[nodiscard]] std::vector<SharedOutcome> run() {
    choose();
    return run_chosen();
  }

  /// False: nothing was sent.
  [[nodiscard]] bool begin();
  [[nodiscard]] int socket() const noexcept override { return session_.socket(); }
  [[nodiscard]] State advance() override {
    if (!is_next()) return State::uncertain;
    switch (session_.gather(last_unit_)) {
      case Session::Arrival::partial:
        return State::waiting;
      case Session::Arrival::whole:
        return State::here;
      case Session::Arrival::other:
        break;
    }
    return State::uncertain;
  }
  [[nodiscard]] std::vector<SharedOutcome> finish() override;

 private:
  struct Member {
    const Execution* execution;
    SharedOutcome* outcome;
    TextParameters parameters;
    PreparedStatementPtr statement;
  };

  // Whether the next answer of the server is theirs. What went wrong before them takes theirs with it.
  [[nodiscard]] bool is_next() const noexcept { return session_.units_ended() == first_unit_; }
  [[nodiscard]] std::vector<SharedOutcome> run_chosen() {
    while (!members_.empty() && !session_.broken() && prepare() && execute()) {
    }
    return std::move(outcomes_);
  }
  void bound();
  void choose();
  void choose(const CodeMap& map);
  [[nodiscard]] bool is_fit(Member& member, const CodeMap& map);
  [[nodiscard]] bool prepare();
  [[nodiscard]] bool prepare(const std::vector<std::string_view>& texts);
  void find_statements();
  [[nodiscard]] bool execute();
  void request_all();
  [[nodiscard]] bool read_all();
  [[nodiscard]] bool read(Member& member);
  void answer(const Member& member, RowDecoder& decoder);
  [[nodiscard]] bool finish_begin();
  [[nodiscard]] bool finish_unit();
  void fail(const Member& member, const Error& error);
  void forget_statements();
  [[nodiscard]] bool lost(Error error);

  PostgresConnection& connection_;
  Session& session_;
  std::vector<SharedOutcome> outcomes_;
  std::vector<Member> members_;  // those without an outcome, in their order
  Execution batch_;              // what its transaction is begun with
  BeginAsked asked_;             // by the one that is under way
  Deadline deadline_ = Deadline::never();
  // Of the session, when begin() sent them: how many units come before theirs, and with theirs.
  std::uint64_t first_unit_ = 0;
  std::uint64_t last_unit_ = 0;
  std::shared_ptr<Run> run_;  // also of those before and behind them
};

void Together::bound() {
  const auto latest = std::ranges::max_element(
      members_, {}, [](const Member& member) { return member.execution->deadline.time(); });
  batch_.deadline = latest->execution->deadline;
  deadline_ = with_grace(batch_.deadline);
}

// Who does not fit runs by itself.
void Together::choose() {
  bound();
  const auto map = connection_.code_map(deadline_);
  const bool masks_known =
      connection_.shared_->options.config.masks.empty() || connection_.mask_map(deadline_);
  if (!map || !masks_known) {
    members_.clear();
    return;
  }
  choose(**map);
}

void Together::choose(const CodeMap& map) {
  std::erase_if(members_, [&](Member& member) { return !is_fit(member, map); });
  if (members_.size() > kMaxMembers) members_.resize(kMaxMembers);
}

// What would have to be asked of the server first is asked on the usual way.
//
// Behind others they have a transaction of their own. When one of those ahead fails, the server is in a
// failed transaction and refuses their BEGIN and all that follows; should a transaction be left open, that is
// seen at its end. Whatever comes then is thrown away, and they are sent again.
bool Together::begin() {
  bound();
  Shared& shared = *connection_.shared_;
  const auto map = shared.code_maps.fresh();
  const bool masks_known = shared.options.config.masks.empty() || shared.mask_maps.fresh() != nullptr;
  if (map == nullptr || !masks_known) return false;
  choose(*map);
  find_statements();
  const bool all_known =
      std::ranges::all_of(members_, [](const Member& m) { return m.statement != nullptr; });
  if (members_.empty() || !all_known) return false;
  const bool behind = session_.units_asked() != session_.units_ended();
  const bool may_follow =
      session_.request().unsent().empty() && !session_.interrupted() && connection_.keeps_settings(batch_);
  if (behind && !may_follow) return false;
  first_unit_ = session_.units_asked();
  request_all();
  last_unit_ = session_.units_asked();
  session_.send_now();
  return true;
}

std::vector<SharedOutcome> Together::finish() {
  if (is_next()) {
    if (!read_all()) return std::move(outcomes_);
  } else if (session_.units_ended() < first_unit_) {
    static_cast<void>(lost(session_.protocol_error("answers that nobody read").error()));
  } else {
    forget_statements();  // and then all over again
  }
  return run_chosen();
}

bool Together::is_fit(Member& member, const CodeMap& map) {
  const Execution& execution = *member.execution;
  const auto& paths = connection_.shared_->options.search_paths;
  const auto path = paths.find(execution.database);
  if (execution.database != batch_.database || !same_identity(execution, batch_) || path == paths.end() ||
      !is_shareable(execution) || !connection_.check_role(execution) ||
      !connection_.shared_->shows_as_it_is(execution)) {
    return false;
  }
  if (execution.deadline.expired() ||
      map.reaches_code(execution.analysis, path->second.schemas).value_or(true))
    return false;
  auto parameters = to_text_parameters(execution.params);
  if (!parameters) {
    *member.outcome = pass_error(parameters);
    return false;
  }
  member.parameters = std::move(*parameters);
  return true;
}

// Those that the session has not met are prepared together, too, in a round trip before.
bool Together::prepare() {
  for (;;) {
    std::vector<std::string_view> texts;
    find_statements();
    for (const Member& member : members_) {
      const bool known = member.statement != nullptr || std::ranges::count(texts, member.execution->sql) != 0;
      if (!known) texts.push_back(member.execution->sql);
    }
    if (texts.empty()) return !members_.empty();
    if (!prepare(texts)) return false;
  }
}

void Together::find_statements() {
  for (Member& member : members_) {
    if (member.statement == nullptr)
      member.statement = connection_.statements_.find(id_of(*member.execution));
  }
  // Values that do not fit are the caller's mistake, and nobody else's.
  std::erase_if(members_, [this](const Member& member) {
    if (member.statement == nullptr) return false;
    auto fit = check_parameters(*member.statement, member.execution->params, connection_.types_);
    if (!fit) *member.outcome = pass_error(fit);
    return !fit;
  });
}

// At least one of them has a statement, or its users their error, after it; false when the session cannot go
// on.
bool Together::prepare(const std::vector<std::string_view>& texts) {
  Request& request = session_.request();
  for (const std::string& dropped : connection_.statements_.take_dropped())
    request.close(dropped);
  asked_ = connection_.request_begin(batch_, false);
  std::vector<std::string> names;
  for (const std::string_view text : texts) {
    names.push_back(connection_.statements_.new_name());
    request.parse(names.back(), text);
    request.describe(names.back());
  }
  request.run(kRollback);
  request.sync();
  if (!finish_begin()) return false;
  std::vector<Description> described;
  std::optional<Error> failure;
  while (described.size() < texts.size() && !failure) {
    auto description = read_description(session_, deadline_);
    if (description) {
      described.push_back(std::move(*description));
    } else {
      failure = std::move(description.error());
    }
  }
  if (failure && (session_.broken() || failure->sqlstate.empty())) return lost(std::move(*failure));
  if (failure) {
    const Error error = connection_.failed(std::move(*failure), batch_.deadline);
    std::erase_if(members_, [&](const Member& member) {
      const bool failed = member.execution->sql == texts[described.size()];
      if (failed) fail(member, error);
      return failed;
    });
  } else if (!finish_unit()) {
    return false;
  }
  std::vector<Oid> types;
  for (const Description& one : described)
    types.insert(types.end(), one.types.begin(), one.types.end());
  if (session_.broken()) return false;
  if (auto learnt = connection_.learn_types(types, deadline_); !learnt)
    return lost(std::move(learnt.error()));
  for (std::size_t i = 0; i < described.size(); ++i) {
    connection_.statements_.insert({batch_.database, batch_.role, texts[i]},
                                   make_statement(names[i], std::move(described[i]), connection_.types_));
  }
  find_statements();  // while the cache, which may be smaller than a batch, has them
  return !session_.broken();
}

// One transaction; whoever it came to has an outcome, or will run by itself.
bool Together::execute() {
  request_all();
  return read_all();
}

void Together::request_all() {
  Request& request = session_.request();
  asked_ = connection_.request_begin(batch_, false);
  for (const Member& member : members_) {
    const std::int64_t wanted = member.execution->row_limit.value_or(kMaxRows);
    request.run(member.statement->name, member.parameters, member.statement->formats,
                static_cast<std::int32_t>(std::clamp<std::int64_t>(wanted, 0, kMaxRows - 1) + 1));
  }
  request.run(kRollback);
  request.sync();
}

// False when nothing more can be done on this session.
bool Together::read_all() {
  if (!finish_begin()) return false;
  while (!members_.empty()) {
    const bool reached_the_end = read(members_.front());
    members_.erase(members_.begin());
    if (!reached_the_end) return !session_.broken();
  }
  return finish_unit();
}

// False when nothing more of the unit is to come.
bool Together::read(Member& member) {
  RowDecoder decoder(member.statement, member.execution->max_value_bytes);
  std::optional<Error> refused;
  std::int64_t rows = 0;
  std::size_t bytes = 0;
  bool bound = false;
  for (;;) {
    auto message = session_.next(deadline_);
    if (!message) return lost(std::move(message.error()));
    switch (message->type) {
      case '2':
        if (std::exchange(bound, true))
          return lost(session_.protocol_error("two answers to one question").error());
        break;
      case 'D': {
        if (!bound) return lost(session_.protocol_error("rows of no statement").error());
        bytes += message->body.size();
        ++rows;
        if (bytes > kMostDropped) return lost(Error{.code = ErrorCode::limit_exceeded});
        if (refused || std::cmp_greater(bytes, SharingLimits::kMaxResultBytes)) break;
        if (auto appended = decoder.append(message->body); !appended) refused = std::move(appended.error());
        break;
      }
      case 'C':
      case 'I':
      case 's': {
        if (!bound) return lost(session_.protocol_error("the end of no statement").error());
        const bool cut = message->type == 's' && (!member.execution->row_limit || rows == kMaxRows);
        if (refused) {
          *member.outcome = std::unexpected(std::move(*refused));
        } else if (!cut && std::cmp_less_equal(bytes, SharingLimits::kMaxResultBytes)) {
          answer(member, decoder);
        }
        return true;
      }
      case 'E': {
        Error error = session_.error_of(*message);
        if (session_.broken()) return lost(std::move(error));
        fail(member, connection_.failed(std::move(error), member.execution->deadline));
        return false;
      }
      case 'Z':
        return lost(session_.protocol_error("the end of the unit before that of a statement").error());
      default:
        break;
    }
  }
}

void Together::answer(const Member& member, RowDecoder& decoder) {
  SharedAnswer answer;
  if (auto batch = decoder.take()) answer.batches.push_back(std::move(*batch));
  answer.schema = decoder.statement()->schema;
  if (decoder.statement() != member.statement) {
    connection_.statements_.insert(id_of(*member.execution), decoder.statement());
  }
  *member.outcome = std::move(answer);
}

// An error after which the session is fit for the others. What only a connection of its own can tell or mend,
// the statement meets again when it runs by itself: a plan that no longer fits, a name that is not there (and
// what may have been meant), a time limit that was the batch's.
void Together::fail(const Member& member, const Error& error) {
  forget_statements();
  if (is_stale(error)) connection_.statements_.erase(id_of(*member.execution));
  const bool own =
      !is_stale(error) && error.code != ErrorCode::not_found && error.code != ErrorCode::cancelled;
  if (own) *member.outcome = std::unexpected(error);
}

// The session may have been cleared.
void Together::forget_statements() {
  for (Member& member : members_)
    member.statement = nullptr;
}

bool Together::finish_begin() {
  auto begun = connection_.finish_begin(asked_, deadline_);
  return begun || lost(std::move(begun.error()));
}

bool Together::finish_unit() {
  auto ended = session_.finish_command(deadline_);
  auto over = ended ? session_.finish_unit(deadline_) : Result<void>{};
  if (!ended || !over) return lost(std::move(ended ? over.error() : ended.error()));
  if (*ended != "ROLLBACK")
    return lost(session_.protocol_error("a transaction that was not rolled back").error());
  if (!session_.is_idle()) connection_.recover();
  return !session_.broken();
}

// Whoever has no outcome yet runs by itself, on a session that is well.
bool Together::lost(Error error) {
  static_cast<void>(connection_.failed(std::move(error), batch_.deadline));
  return false;
}

std::vector<SharedOutcome> PostgresConnection::execute_together(std::span<const Execution> executions) {
  if (executions.empty()) return {};
  return Together(*this, executions).run();
}

std::unique_ptr<SharedReads> PostgresConnection::begin_together(std::span<const Execution> executions) {
  if (executions.empty() || session_->broken()) return nullptr;
  auto together = std::make_unique<Together>(*this, executions);
  if (!together->begin()) return nullptr;
  return together;
}

}  // namespace penstock::postgresql
