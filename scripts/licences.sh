#!/usr/bin/env bash
# Holds the licences and origins of all dependencies against deny.toml, with cargo-deny from the crates registry (compiled
# once, some minutes). Needs nothing but the registry: advisories are left out, as deny.toml says.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/setup/lib.sh"
cd "$here/.."

CARGO_DENY=0.20.2
tools="$PAGEMILL_HOME/tools/cargo-deny"
if [ "$("$tools/bin/cargo-deny" --version 2>/dev/null)" != "cargo-deny $CARGO_DENY" ]; then
  say "installing cargo-deny $CARGO_DENY"
  CARGO_TARGET_DIR="$PAGEMILL_HOME/tools/cargo-deny-build" cargo install --quiet --locked --root "$tools" --version "$CARGO_DENY" cargo-deny ||
    fail "cargo-deny could not be installed" "Read the lines above; it comes from the registry that cargo is set up with."
  rm -rf "$PAGEMILL_HOME/tools/cargo-deny-build"
fi
for manifest in Cargo.toml fuzz/Cargo.toml; do
  say "licences and sources of $manifest"
  "$tools/bin/cargo-deny" --manifest-path "$manifest" --locked check --config "$PWD/deny.toml" licenses sources
done
