#!/usr/bin/env bash
# Pagemill beside its peers on the same PDFs: scores, CPU seconds a page, peak memory, failures, as one table.
#   DATA=FOLDER MEASURE=FOLDER [SETS="olmocr korean"] [PEERS="liteparse"] [FRESH=1] [ITEMS=1] scripts/bench/extraction.sh
# DATA holds olmocr, resynth, icdar2013, doclaynet, tesseract_test, robust (those that are there are run); MEASURE the scorers.
# PEERS="" runs Pagemill alone. What peers gave is kept in PAGEMILL_HOME/bench; FRESH=1 runs them again.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../setup/lib.sh"
cd "$here/../.."

: "${PAGEMILL:=${CARGO_TARGET_DIR:-target}/release/pagemill}"
: "${DATA:=../shared/data}"
: "${MEASURE:=../shared/measure}"
[ -d "$DATA" ] || fail "there is no data folder at $DATA" \
  "Name one with DATA=FOLDER: it holds some of olmocr, resynth, icdar2013, doclaynet, tesseract_test and robust."
[ -f "$MEASURE/run_peers.py" ] && [ -f "$MEASURE/requirements.txt" ] || fail "there are no scorers at $MEASURE" \
  "Name their folder with MEASURE=FOLDER: it holds score_*.py, run_peers.py and requirements.txt."
[ -x "$PAGEMILL" ] || fail "there is no program at $PAGEMILL" "Run: make build"
missing=$(missing_packages tesseract-ocr poppler-utils fonts-nanum)
[ -z "$missing" ] || install_packages tesseract-ocr poppler-utils fonts-nanum
command -v java >/dev/null || say "opendataloader needs Java 11 or newer and will fail without (apt-get install default-jre-headless)"

venv="$PAGEMILL_HOME/bench/venv"
wanted=$(cat "$here/requirements.txt" "$MEASURE/requirements.txt" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$venv/requirements.sha256" 2>/dev/null)" != "$wanted" ]; then
  say "making a Python environment with the peers in $venv (about 700 MB)"
  mkdir -p "$PAGEMILL_HOME/bench"
  python3 -m venv --clear "$venv" || fail "python3 -m venv did not work" "Install it with: apt-get install python3-venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --requirement "$here/requirements.txt" --requirement "$MEASURE/requirements.txt" ||
    fail "the Python packages of the bench could not be installed" "Read the lines above; network, or a proxy in pip's configuration?"
  printf '%s\n' "$wanted" >"$venv/requirements.sha256"
fi

options=()
[ -z "${SETS:-}" ] || options+=(--sets "$SETS")
[ -z "${PEERS+set}" ] || options+=(--peers "$PEERS")
[ -z "${FRESH:-}" ] || options+=(--fresh)
[ -z "${ITEMS:-}" ] || options+=(--items)
exec "$venv/bin/python" "$here/extraction.py" --pagemill "$PAGEMILL" --data "$(realpath "$DATA")" --measure "$(realpath "$MEASURE")" \
  --work "$PAGEMILL_HOME/bench/extraction" --json "${BENCH_JSON:-bench-extraction.json}" ${options[@]+"${options[@]}"}
