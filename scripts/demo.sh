#!/usr/bin/env bash
# The main job in one go: the sample PDFs into an index of their own, two questions, and the web page.
#   PAGEMILL=target/release/pagemill scripts/demo.sh      stop with Ctrl-C
# DEMO_SERVE=no leaves the page out; DEMO_ADDRESS sets where it listens (default 127.0.0.1:8600).
set -euo pipefail
cd "$(dirname "$0")/.."

: "${PAGEMILL:=target/release/pagemill}"
: "${PAGEMILL_HOME:=${XDG_DATA_HOME:-$HOME/.local/share}/pagemill}"
: "${DEMO_ADDRESS:=127.0.0.1:8600}"
export PAGEMILL__DATA_DIR="$PAGEMILL_HOME/demo"

show() { printf '\n\033[1m$ pagemill %s\033[0m\n' "$*"; }

show ingest samples
code=0
"$PAGEMILL" ingest samples || code=$?
# Two of the samples are locked and broken on purpose: exit code 3 says that some could not go in.
[ "$code" -eq 0 ] || [ "$code" -eq 3 ] || exit "$code"
show failures
"$PAGEMILL" failures

for question in "How many days of notice are needed to terminate the supply contract?" "연차휴가는 며칠인가요?"; do
  show "ask \"$question\""
  "$PAGEMILL" ask "$question"
done

[ "${DEMO_SERVE:-yes}" = yes ] || exit 0
show "serve --address $DEMO_ADDRESS"
exec "$PAGEMILL" serve --address "$DEMO_ADDRESS"
