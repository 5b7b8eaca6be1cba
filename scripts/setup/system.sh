#!/usr/bin/env bash
# Debian packages that Pagemill is built with and runs on, and the Rust toolchain's version.
#
#   scripts/setup/system.sh              everything that working on Pagemill needs
#   scripts/setup/system.sh build        what compiling alone needs, as in deploy/docker

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

# Of these, what compiling alone does not need.
NOT_FOR_BUILDING=" tesseract-ocr-eng tesseract-ocr-kor tesseract-ocr-osd python3 python3-venv curl fonts-nanum
  fonts-dejavu-core poppler-utils qpdf chromium chromium-driver "

for_building() {
  local package
  for package in "${PACKAGES[@]}"; do
    [[ " ${NOT_FOR_BUILDING//$'\n'/ } " == *" $package "* ]] || printf '%s\n' "$package"
  done
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

case "${1:-all}" in
  all) ;;
  build) mapfile -t PACKAGES < <(for_building) ;;
  *) fail "'$1' is nothing that this script installs" "Run it without an argument, or with: build" ;;
esac
install_packages "${PACKAGES[@]}"
check_rust
