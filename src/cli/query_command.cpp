// penstock query: runs one statement and writes its answer, batch by batch.

#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/quantity_text.hpp"
#include "cli/query_options.hpp"
#include "cli/terminal_sink.hpp"
#include "cli/unknown_name.hpp"

namespace penstock::cli {

namespace {

/// What writers write to: makes way for the result, and keeps a terminal safe from formats that are for
/// programs.
class QuerySink final : public ByteSink {
 public:
  QuerySink(Output& output, Progress& progress, bool is_terminal, bool make_safe)
      : output_(&output),
        progress_(&progress),
        safe_(output),
        is_terminal_(is_terminal),
        make_safe_(make_safe) {}

  [[nodiscard]] Result<void> write(std::string_view bytes) override {
    if (is_terminal_) progress_->finish();
    return make_safe_ ? safe_.write(bytes) : output_->write(bytes);
  }

 private:
  Output* output_;
  Progress* progress_;
  TerminalSink safe_;
  bool is_terminal_;
  bool make_safe_;
};

/// How a query came to its end.
struct Outcome {
  std::optional<Error> query_error;   ///< the datasource's or the manager's
  std::optional<Error> output_error;  ///< of the writing
  QuerySummary summary;
  bool begun = false;  ///< the writer has begun to write a result
};

/// The writer begins with the first rows, so that a query that fails before them leaves nothing behind.
Outcome stream_result(DataSourceManager& manager, const QueryPlan& plan, ResultWriter& writer,
                      Progress& progress) {
  using Clock = std::chrono::steady_clock;
  Outcome outcome;
  const auto started = Clock::now();
  auto stream = manager.stream_query(plan.sql, plan.database, plan.params, plan.options);
  if (!stream) {
    outcome.query_error = std::move(stream.error());
    outcome.summary.datasource = manager.validate_databases({plan.database}).datasource;
    outcome.summary.execution_time =
        std::chrono::duration_cast<decltype(outcome.summary.execution_time)>(Clock::now() - started);
    return outcome;
  }
  Result<void> written;
  for (bool at_end = false; written && !at_end;) {
    auto batch = stream->next();
    outcome.summary = stream->summary();
    if (!batch) {
      outcome.query_error = std::move(batch.error());
      return outcome;
    }
    at_end = !batch->has_value();
    // An engine without declared types, as SQLite's for an expression, knows them from the first rows on.
    if (!std::exchange(outcome.begun, true))
      written = writer.begin(at_end ? stream->schema() : (*batch)->schema());
    if (!written) break;
    written = at_end ? writer.end(outcome.summary) : writer.batch(**batch);
    if (!at_end) progress.add_rows((*batch)->num_rows());
  }
  if (!written) outcome.output_error = std::move(written.error());
  return outcome;
}

/// What the format itself has no place for.
void tell_ending(const Session& session, const QueryPlan& plan, const QuerySummary& summary) {
  const Console& console = session.console();
  if (summary.truncated && plan.format != Format::json && plan.format != Format::table) {
    console.warning(fmt::format("the result was cut after {} by a limit; there is more",
                                counted(summary.row_count, "row")));
  }
  if (!console.verbose()) return;
  std::string counts = counted(summary.row_count, "row");
  if (summary.affected_rows) counts += fmt::format(", {} affected,", counted(*summary.affected_rows, "row"));
  console.note(fmt::format("{} from {} ({}) in {}", counts, summary.datasource, summary.node,
                           duration_text(summary.execution_time)));
}

/// Lets the format say that the query failed: JSON always, the others when a part of the result is out
/// already.
Result<void> write_failure(const QueryPlan& plan, const Outcome& outcome, bool to_terminal,
                           ResultWriter& writer) {
  const bool is_json = plan.format == Format::json || plan.format == Format::jsonl;
  if (!outcome.begun && !is_json) return {};
  Error error = *outcome.query_error;
  if (plan.format == Format::table && to_terminal) {
    error.message = "the result ends here";  // the message itself follows on standard error
    error.hint.clear();
  }
  return writer.fail(error, outcome.summary);
}

ExitStatus report_output_error(Session& session, const Output& output, const Error& error) {
  if (output.reader_gone()) {
    session.end_by(SIGPIPE);
  } else {
    session.console().error(error);
  }
  return ExitStatus::failed;
}

// Behind a pipe there may be a pager, which draws on the terminal that the progress would be drawn on.
bool goes_into_a_pipe(const QueryPlan& plan) {
  struct stat status{};
  return plan.output.empty() && ::fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode);
}

ExitStatus run_plan(Session& session, const QueryPlan& plan, DataSourceManager& manager) {
  auto output = Output::open(plan.output);
  if (!output) return session.fail_usage(output.error());
  const Console& console = session.console();
  const bool to_terminal = plan.output.empty() && console.out().is_terminal;
  const bool for_programs = plan.format == Format::csv || plan.format == Format::tsv;
  Progress progress(console.err().is_terminal && !session.options().quiet && !goes_into_a_pipe(plan),
                    plan.options.stop);
  QuerySink sink(**output, progress, to_terminal, to_terminal && for_programs);
  const auto writer = make_writer(plan.format, plan.format_options, sink);

  Outcome outcome = stream_result(manager, plan, *writer, progress);
  if (outcome.query_error) {
    if (auto told = write_failure(plan, outcome, to_terminal, *writer); !told)
      outcome.output_error = told.error();
  }
  progress.finish();
  if (outcome.query_error) {
    console.error(*outcome.query_error);
    return is_unknown_database(manager, plan.database) ? ExitStatus::usage
                                                       : exit_status_of(outcome.query_error->code);
  }
  if (outcome.output_error) return report_output_error(session, **output, *outcome.output_error);
  if (auto committed = (*output)->commit(); !committed) {
    return report_output_error(session, **output, committed.error());
  }
  tell_ending(session, plan, outcome.summary);
  return ExitStatus::done;
}

ExitStatus run(Session& session, const QueryArguments& arguments) {
  auto plan = plan_query(arguments, session);
  if (!plan) return session.fail_usage(plan.error());
  Interrupts interrupts;
  plan->options.stop = interrupts.token();
  auto manager = session.load();
  if (!manager) return session.fail_usage(manager.error());
  const ExitStatus status = run_plan(session, *plan, **manager);
  // A query that was done before the signal could reach it is done.
  if (status != ExitStatus::done && interrupts.signal() != 0) session.end_by(interrupts.signal());
  return status;
}

constexpr const char* kDescription =
    "Runs one statement on a logical database\n"
    "The answer comes as a table on a terminal and as CSV into a pipe or a file, unless --format or the "
    "file's name "
    "says otherwise. Rows are written as they arrive, in bounded memory.";

constexpr const char* kFooter =
    "A parameter is bound, never pasted into the text. 42 and 2.5 are numbers, true,\n"
    "false and null are what they say, everything else is text. TYPE:VALUE says the\n"
    "type: text, int, uint, float, decimal, bool, date, time, timestamp, timestamptz,\n"
    "uuid, json or bytes (hexadecimal). For text from elsewhere write \"text:$VALUE\",\n"
    "which is text whatever it looks like.\n"
    "\n"
    "Examples:\n"
    "  penstock query customer_db \"SELECT * FROM customers LIMIT 5\"\n"
    "  penstock query customer_db \"SELECT * FROM customers WHERE id = ?\" --param 42\n"
    "  penstock query customer_db \"SELECT * FROM customers WHERE zip = :zip\" \\\n"
    "      --named zip=text:01067\n"
    "  penstock query accounts_db --file month.sql --timeout 30s --output month.csv\n"
    "  echo \"SELECT count(*) FROM loans\" | penstock query loans_db --format json\n"
    "  penstock query accounts_db \"SELECT * FROM transactions\" | head\n"
    "\n"
    "Ctrl-C cancels the query at the datasource; a second one leaves at once.\n"
    "\n"
    "Exit status: 0 done, 1 the query failed, 2 usage or configuration, 3 unreachable;\n"
    "a shell shows 130 after Ctrl-C.\n";

void add_limit_options(Subcommand& command, QueryArguments& arguments) {
  command.add("--max-rows", arguments.max_rows, "Cut the result after so many rows").type("N");
  command.add("--max-bytes", arguments.max_bytes, "Cut the result after so many bytes: 10MB, 64KiB")
      .type("SIZE");
  command.add("-t,--timeout", arguments.timeout, "Give up after this time: 500ms, 5s, 2m").type("TIME");
}

void add_format_options(Subcommand& command, QueryArguments& arguments) {
  command
      .add("-o,--output", arguments.output,
           "Write to this file, which appears when the query is done; its name may say the format: "
           ".json .jsonl "
           ".csv .tsv .md .arrow .txt")
      .type("FILE");
  command.add("--null", arguments.null_text, "What stands for NULL in a table, CSV or TSV").type("TEXT");
  command.add_flag("--no-header", arguments.no_header, "Leave out the line of names in CSV and TSV");
  command.add_flag("--crlf", arguments.crlf, "End the lines of CSV and TSV as RFC 4180 asks, with CR LF");
}

}  // namespace

Command add_query(CLI::App& parent) {
  Subcommand command(parent, "query", kDescription, kFooter);
  auto arguments = std::make_shared<QueryArguments>();
  command.add("DATABASE", arguments->database, "The logical database").required();
  command.add("SQL", arguments->sql, "The statement; - reads it from standard input, as leaving it out does");
  command.add("-f,--file", arguments->file, "Read the statement from this file; - is standard input")
      .type("FILE");
  command.add_list("-p,--param", arguments->params, "A value for the next `?` (or $1, $2, ...); repeat it")
      .type("VALUE");
  command.add_list("-n,--named", arguments->named, "A value for `:NAME`; repeat it").type("NAME=VALUE");
  command.add("--role", arguments->role, "Run it under this one of the datasource's roles").type("NAME");
  command
      .add_list("--setting", arguments->settings,
                "One of the datasource's settings, for row-level security to read; repeat it")
      .type("NAME=VALUE");
  add_limit_options(command, *arguments);
  add_format_options(command, *arguments);
  return {command.app(), [arguments](Session& session) { return run(session, *arguments); }};
}

}  // namespace penstock::cli
