#!/usr/bin/env bash
# Makes the sample PDFs again from their sources, in a Python environment of their own.
#
#   samples/make.sh [--check] [NAME...]        see samples/make.py

HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../scripts/setup/lib.sh"

ENVIRONMENT="$PAGEMILL_HOME/venv-samples"
WANTED=$(sha256sum "$HERE/requirements.txt" | cut -d' ' -f1)

if [ "$(cat "$ENVIRONMENT/.requirements" 2>/dev/null)" != "$WANTED" ]; then
  say "making the Python environment for the samples in $ENVIRONMENT"
  make_scratch
  rm -rf "$ENVIRONMENT"
  python3 -m venv "$ENVIRONMENT" || fail "python3 -m venv did not work" "Run scripts/setup/system.sh first."
  "$ENVIRONMENT/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --requirement "$HERE/requirements.txt" >"$SCRATCH/pip.log" 2>&1 || {
    sed 's/^/    pip: /' "$SCRATCH/pip.log" >&2
    fail "could not install what making the samples needs" \
      "Check the network (or the proxy and index in pip's configuration) and run this again."
  }
  printf '%s\n' "$WANTED" >"$ENVIRONMENT/.requirements"
fi
PYTHONDONTWRITEBYTECODE=1 "$ENVIRONMENT/bin/python" "$HERE/make.py" "$@"
