#!/usr/bin/env bash
# What is in deploy/ and helm/, checked with the programs that will read it. A check whose program is not here is said as not run.
set -euo pipefail
cd "$(dirname "$0")/.."
tools="${PAGEMILL_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/pagemill}/tools"
broken=0

# check WHAT PROGRAM ARGUMENT...
check() {
  local what=$1 program=$2 output
  shift 2
  if [ -x "$tools/$program" ]; then
    program="$tools/$program"
  elif ! command -v "$program" >/dev/null; then
    echo "  not run: $what ($program is not installed; scripts/setup/lint-tools.sh gets it)"
    return
  fi
  if output=$("$program" "$@" 2>&1); then
    echo "  $what: good"
  else
    echo "  $what:" >&2
    sed 's/^/    /' <<<"$output" >&2
    broken=1
  fi
}

echo "deployment"
check "Dockerfile" hadolint --no-color --config deploy/docker/hadolint.yaml deploy/docker/Dockerfile
# With values of its own: what a person has put into deploy/.env is nobody's business here.
variables=$(mktemp)
trap 'rm -f "$variables"' EXIT
printf '%s=for-lint\n' POSTGRES_PASSWORD S3_ACCESS_KEY S3_SECRET_KEY >"$variables"
check "Compose file" docker-compose --env-file "$variables" --file deploy/compose.yaml --profile tools config --quiet
check "Compose file for GPUs" docker-compose --env-file "$variables" --file deploy/compose.yaml --file deploy/compose.gpu.yaml config --quiet
check "Prometheus configuration" promtool check config deploy/prometheus/prometheus.yml
check "alerts, when they fire" promtool test rules deploy/prometheus/alerts.test.yml
check "Helm chart" helm/bin/python scripts/lint-helm.py
exit "$broken"
