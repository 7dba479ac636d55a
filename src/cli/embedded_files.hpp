// Files of the source tree that the command carries; src/cli/CMakeLists.txt puts them in.
#pragma once

#include <string_view>

namespace penstock::cli::embedded {

extern const std::string_view kBashCompletion;   ///< completions/penstock.bash
extern const std::string_view kZshCompletion;    ///< completions/_penstock
extern const std::string_view kDatasourcesYaml;  ///< src/cli/templates/datasources.yaml
extern const std::string_view kSummaryYaml;      ///< src/cli/templates/summary.yaml
extern const std::string_view kServerYaml;       ///< src/cli/templates/server.yaml
extern const std::string_view kToolsYaml;        ///< src/cli/templates/tools.yaml
extern const std::string_view kEnvExample;       ///< src/cli/templates/env.example

}  // namespace penstock::cli::embedded
