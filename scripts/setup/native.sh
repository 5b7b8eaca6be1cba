#!/usr/bin/env bash
# Native libraries that Pagemill loads by path at run time: pdfium (reads and draws PDFs) and ONNX Runtime (embeddings).
# Both come out of pinned Python wheels, the only place that ships them built for every Linux x86_64.
#
#   scripts/setup/native.sh            into $PAGEMILL_HOME/lib (default ~/.local/share/pagemill/lib)

. "$(dirname "$0")/lib.sh"

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) ;;
  *) fail "no native libraries pinned for $(uname -s) on $(uname -m)" \
    "Put libpdfium and libonnxruntime (1.24 or newer) for this machine into $PAGEMILL_HOME/lib yourself." ;;
esac

# library FILE PACKAGE WHEEL_SHA256 MEMBER SHA256
library() {
  local target="$PAGEMILL_HOME/lib/$1"
  if is_placed "$target" "$5"; then
    say "$1 is in place ($2)"
    return
  fi
  say "getting $1 from the Python package $2"
  [ -n "${SCRATCH:-}" ] || make_scratch
  need_space 150 "$1"
  fetch_wheel "$2" "$3"
  wheel_member "$WHEEL" "$4" "$SCRATCH/$1"
  place "$SCRATCH/$1" "$target" "$5"
  rm -rf "$(dirname "$WHEEL")"
}

library libpdfium.so pypdfium2==5.15.2 \
  dc31aea5b0fb9fefc9b537a65f4113980b2c40798445736a7e6565bc85161e37 \
  pypdfium2_raw/libpdfium.so \
  c76dc0f7839644bfa7c3e3107a6068df714e339c861bb7d4519907b821d427f9

library libonnxruntime.so onnxruntime==1.32.0 \
  5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d \
  onnxruntime/capi/libonnxruntime.so.1.32.0 \
  6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f
