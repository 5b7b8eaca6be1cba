#!/usr/bin/env bash
# Speed, CPU and memory of an ingest beside the bare libraries over the same PDFs.
#   BENCH_DIR=FOLDER scripts/bench/run.sh       (default: the samples)
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${PAGEMILL:=target/release/pagemill}"
: "${PAGEMILL_HOME:=${XDG_DATA_HOME:-$HOME/.local/share}/pagemill}"
export PAGEMILL_HOME
venv="$PAGEMILL_HOME/bench-venv"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import pypdfium2' 2>/dev/null || "$venv/bin/python" -m pip install --quiet pypdfium2==5.15.2
cargo build --release --locked --quiet --workspace --example bare_models
exec "$venv/bin/python" scripts/bench/run.py --pagemill "$PAGEMILL" \
  --models "$(dirname "$PAGEMILL")/examples/bare_models" --folder "${BENCH_DIR:-samples}" --json bench.json
