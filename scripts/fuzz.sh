#!/usr/bin/env bash
# Runs the fuzz targets, one after another or several at once, from the seeds in fuzz/corpus.
#   scripts/fuzz.sh [SECONDS] [TARGET...]      (default: 60 seconds each, all targets); JOBS=2 runs two at once
# What a target finds is left in fuzz/artifacts/TARGET, and ends the script with 1 after all have run. Inputs that
# lead to new code are kept in PAGEMILL_HOME/fuzz; fuzz/corpus in the repository holds a small part of them.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/setup/lib.sh"
cd "$here/.."

CARGO_FUZZ=0.13.2
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -s .rs -a fuzz/fuzz_targets/*.rs)
export CARGO_TARGET_DIR="${FUZZ_TARGET_DIR:-$PAGEMILL_HOME/fuzz/target}"

tools="$PAGEMILL_HOME/tools/cargo-fuzz"
if [ "$("$tools/bin/cargo-fuzz" --version 2>/dev/null)" != "cargo-fuzz $CARGO_FUZZ" ]; then
  say "installing cargo-fuzz $CARGO_FUZZ"
  CARGO_TARGET_DIR="$PAGEMILL_HOME/fuzz/cargo-fuzz" cargo install --quiet --locked --root "$tools" --version "$CARGO_FUZZ" cargo-fuzz ||
    fail "cargo-fuzz could not be installed" "Read the lines above; it comes from the registry that cargo is set up with."
fi
export PATH="$tools/bin:$PATH"

# Without a sanitizer the compiler in use does: no target runs unsafe code of ours, and panics, overflows, endless
# loops and memory without bounds are found all the same.
build=(--sanitizer none --fuzz-dir fuzz)
say "building the fuzz targets"
cargo fuzz build "${build[@]}"
# The programs are run as they are built: what is edited meanwhile changes nothing.
programs="$CARGO_TARGET_DIR/$(rustc -vV | awk '/^host:/ { print $2 }')/release"

run() {
  local target=$1 kept="$PAGEMILL_HOME/fuzz/corpus/$1" log="$PAGEMILL_HOME/fuzz/$1.log"
  mkdir -p "$kept" "fuzz/corpus/$target" "fuzz/artifacts/$target"
  if "$programs/$target" "$kept" "fuzz/corpus/$target" -artifact_prefix="fuzz/artifacts/$target/" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -len_control=0 -max_len=4096 -print_final_stats=1 >"$log" 2>&1; then
    say "$target: clean, $(awk '/number_of_executed_units/ { print $2 }' "$log") inputs in $seconds seconds"
  else
    say "$target: FOUND SOMETHING; see $log and fuzz/artifacts/$target"
    return 1
  fi
}

failed=0 running=0
for target in "${targets[@]}"; do
  [ -f "fuzz/fuzz_targets/$target.rs" ] || fail "there is no target $target" "Targets: $(basename -s .rs -a fuzz/fuzz_targets/*.rs | tr '\n' ' ')"
  if [ "$running" -ge "${JOBS:-1}" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  run "$target" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit "$failed"
