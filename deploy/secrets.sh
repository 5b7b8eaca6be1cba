#!/usr/bin/env bash
# Passwords and keys for deploy/compose.yaml, at random, into deploy/.env and deploy/secrets/. What is there already stays.
#
#   deploy/secrets.sh
set -euo pipefail
cd "$(dirname "$0")"
umask 077

# Letters and digits alone: the PostgreSQL password becomes part of a URL.
random() { head -c 512 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | head -c 40 || true; }

touch .env
for name in POSTGRES_PASSWORD S3_ACCESS_KEY S3_SECRET_KEY; do
  if grep -q "^$name=..*" .env; then
    echo "deploy/.env has $name"
  else
    echo "$name=$(random)" >>.env
    echo "deploy/.env: made $name"
  fi
done

mkdir -p secrets
if [ -s secrets/meilisearch_key ]; then
  echo "deploy/secrets/meilisearch_key is there"
else
  random >secrets/meilisearch_key
  echo "deploy/secrets/meilisearch_key: made"
fi
# It is read in the containers by users that this machine does not know; the folder keeps others out here.
chmod 0644 secrets/meilisearch_key
