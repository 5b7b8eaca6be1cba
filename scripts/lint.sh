#!/usr/bin/env bash
# Formatting, clippy over everything, and the house rules that can be counted.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "formatting"
cargo fmt --all --check
# The fuzz targets take in modules by their files: this fails where one of those has moved.
cargo fmt --manifest-path fuzz/Cargo.toml --check
echo "clippy"
cargo clippy --release --locked --workspace --all-targets -- --deny warnings

echo "house rules"
broken=0
complain() { echo "  $1" >&2; broken=1; }
while read -r file; do
  # Tests at the end of a file do not count.
  lines=$(awk '/^#\[cfg\(test\)\]/ { exit } { n++ } END { print n + 0 }' "$file")
  [ "$lines" -le 600 ] || complain "$file: $lines lines; 600 are too many, look for a second room inside"
  head -n 1 "$file" | grep -q '^//! ' || complain "$file: begins without a //! head that says what comes in and out"
done < <(git ls-files 'crates/*.rs' 'services/*.rs' 'tests/browser/*.rs' 'tests/servers/*.rs' | grep -vE '/(tests|examples)/|tests\.rs$|build\.rs$')
marks=$(git grep -nE '#\[ignore|unbounded_channel|thread::sleep' -- '*.rs' || true)
[ -z "$marks" ] || complain "sleeps, ignored tests and unbounded channels are not allowed:"$'\n'"$marks"
names=$(git grep -nE '(struct|enum|trait) [A-Za-z]*(Manager|Handler|Processor|Helper|Util|Common|Base|Impl)\b' -- '*.rs' || true)
[ -z "$names" ] || complain "names that say nothing:"$'\n'"$names"
exit "$broken"
