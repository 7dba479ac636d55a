// What could stand at the cursor: the answer to the shells' completion scripts.
#pragma once

#include <span>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/exit_status.hpp"

namespace penstock::cli {

/// `penstock __complete WORD...`: `words` is what stands behind the command's name up to the cursor; the last
/// one is the word at the cursor, and may be empty. An `=` that bash took for a word of its own is
/// understood.
///
/// Writes one line "words", "files" or "directories", which says what the shell is to offer, and for "words"
/// a line for each candidate that fits: the candidate, a tab and a description. Of an option's `--name=value`
/// only the value is completed. Never fails: what cannot be found out is not offered.
[[nodiscard]] ExitStatus complete(const CLI::App& root, std::span<const std::string> words);

}  // namespace penstock::cli
