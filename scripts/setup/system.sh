#!/usr/bin/env bash
# Debian packages that Pagemill is built with and runs on, and the Rust toolchain's version.
#
#   scripts/setup/system.sh

. "$(dirname "$0")/lib.sh"

RUST=1.95

PACKAGES=(
  # build: bindings to C libraries are generated with libclang, llama.cpp is built with cmake
  clang libclang-dev pkg-config cmake make g++
  # Kafka over TLS
  libssl-dev
  # OCR: the library, its image reader, what it knows of English and Korean
  libtesseract-dev libleptonica-dev tesseract-ocr-eng tesseract-ocr-kor tesseract-ocr-osd
  # set-up and samples
  python3 python3-venv curl fonts-nanum fonts-dejavu-core
  # tests: other people's PDF tools to compare with, and a browser for the web page
  poppler-utils qpdf chromium chromium-driver
)

missing_packages() {
  local installed
  installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "${PACKAGES[@]}" 2>/dev/null |
    awk '$2 == "installed" { print $1 }') || true
  local package
  for package in "${PACKAGES[@]}"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

install_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -eq 0 ]; then
    say "system packages are in place (${#PACKAGES[@]})"
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

check_rust() {
  local found
  command -v cargo >/dev/null || [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] ||
    fail "cargo is installed but not on the PATH" "Run: . \"${CARGO_HOME:-$HOME/.cargo}/env\""
  command -v cargo >/dev/null ||
    fail "cargo is not installed" "Install Rust $RUST or newer with rustup, as the Rust project's install page says."
  found=$(cargo --version 2>/dev/null | cut -d' ' -f2) ||
    fail "cargo does not run" "It may lack a toolchain. Run: rustup default stable"
  [ "$(printf '%s\n%s\n' "$RUST" "$found" | sort -V | head -n 1)" = "$RUST" ] ||
    fail "cargo is $found, Pagemill needs $RUST or newer" "Run: rustup update stable"
  say "cargo $found is in place"
}

command -v dpkg-query >/dev/null || fail "this is not a Debian system" \
  "Install the equivalents of these yourself: ${PACKAGES[*]}" "then run scripts/setup/native.sh and models.sh."
install_packages
check_rust
