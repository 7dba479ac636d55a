# shellcheck shell=bash
# What the scripts here share: where the project is, how they speak, and how many jobs the machine carries.
# Sourced, not run.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '== %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# A wrong command line: status 2, as everywhere.
usage_error() {
  printf '%s: %s\nTry %s --help\n' "$(basename "$0")" "$*" "$0" >&2
  exit 2
}

# One job a core, and no more than one for each 2 GiB of memory: a C++ compiler can take that much.
job_count() {
  local cores memory_gib jobs
  cores="$(nproc 2>/dev/null || echo 2)"
  memory_gib="$(awk '/^MemTotal:/ {print int($2 / 1048576)}' /proc/meminfo 2>/dev/null || true)"
  jobs=$(((${memory_gib:-4} + 1) / 2))
  if ((jobs > cores)); then jobs="$cores"; fi
  if ((jobs < 1)); then jobs=1; fi
  echo "$jobs"
}

# configure PRESET [cmake argument...]: configures, and shows what CMake says when it fails.
configure() {
  local preset="$1" log
  shift
  log="$root/build/configure-$preset.log"
  mkdir -p "$root/build"
  say "Configuring build/$preset"
  if ! (cd "$root" && cmake --preset "$preset" "$@") >"$log" 2>&1; then
    cat "$log" >&2
    die "CMake could not configure the preset '$preset'"
  fi
}

# Whether nobody configured a preset yet. Only then do the scripts switch parts of the build off: an option that is
# turned off later would make CMake forget what it built.
unconfigured() { [[ ! -f "$root/build/$1/CMakeCache.txt" ]]; }

# build PRESET [target...]: builds with as many jobs as the machine carries.
build() {
  local preset="$1" target targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  say "Building build/$preset${*:+ ($*)}"
  (cd "$root" && cmake --build --preset "$preset" -j "${CMAKE_BUILD_PARALLEL_LEVEL:-$(job_count)}" "${targets[@]}")
}
