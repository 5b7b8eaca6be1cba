#!/usr/bin/env bash
# The cluster beside one machine: CPU per page, and what a second worker brings. Real Kafka, PostgreSQL and S3 on this machine.
#   BENCH_DIR=FOLDER BENCH_COPIES=10 scripts/bench/cluster.sh       (default: the samples)
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${PAGEMILL:=target/release/pagemill}"
programs=$(dirname "$PAGEMILL")
cargo build --release --locked --quiet --workspace --example cluster_servers
exec python3 scripts/bench/cluster.py --programs "$programs" --servers "$programs/examples/cluster_servers" \
  --folder "${BENCH_DIR:-samples}" --copies "${BENCH_COPIES:-10}" --json bench-cluster.json
