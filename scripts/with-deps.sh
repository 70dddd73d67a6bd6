#!/bin/sh
# Runs a command with the project's own Node.js and packages, installing them first where the lock file is newer.
# Plain sh, because a fresh machine may have no node_modules and an older Node.js.
set -eu
cd "$(dirname "$0")/.."
if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
  echo "installing packages (npm ci)…" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/.installed-lock.json
fi
PATH="$PWD/node_modules/.bin:$PATH" exec "$@"
