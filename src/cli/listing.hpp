// Commands that list what the configuration has, as a table, as JSON, or as names alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/name_list.hpp"

namespace penstock::cli {

/// What such a command lists and how; everything in it lives as long as the program.
template <class Info>
struct Listing {
  const char* things;  ///< the command's name too
  const char* description;
  const char* footer;
  std::vector<Info> (DataSourceManager::*all)(const Grant* grant) const;
  std::string Info::* name;
  std::string (*as_json)(const std::vector<Info>& all, bool pretty);
  std::string (*as_table)(const std::vector<Info>& all, const Console& console);
};

template <class Info>
ExitStatus print_listing(Session& session, const Listing<Info>& listing, bool names_only) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  const auto manager = session.load();
  if (!manager) return session.fail_usage(manager.error());
  const std::vector<Info> all = ((**manager).*listing.all)(nullptr);
  if (names_only) {
    std::vector<std::string> names;
    names.reserve(all.size());
    for (const Info& info : all)
      names.push_back(info.*listing.name);
    return session.print(name_list(names, listing.things, *format, session.console()));
  }
  if (*format == ReportFormat::json) {
    return session.print(listing.as_json(all, session.console().out().is_terminal));
  }
  if (all.empty()) {
    session.console().note(std::string("the configuration has no ") + listing.things);
    return session.print({});
  }
  return session.print(listing.as_table(all, session.console()));
}

template <class Info>
Command add_listing(CLI::App& parent, const Listing<Info>& listing) {
  Subcommand command(parent, listing.things, listing.description, listing.footer);
  auto names_only = std::make_shared<bool>(false);
  command.add_flag("--names", *names_only, "The names alone, one a line");
  return {command.app(),
          [names_only, listing](Session& session) { return print_listing(session, listing, *names_only); }};
}

}  // namespace penstock::cli
