#!/usr/bin/env bash
# Fetches MicroPython as WebAssembly, which runs the firmware in node, from npm's registry.
#
#   tools/fetch_wasm_micropython.sh OUTPUT_FOLDER     # leaves OUTPUT_FOLDER/node_modules
#
# Version and checksum stand in tools/wasm/package-lock.json. No script of a package is run. Exit
# code 3: a tool is missing.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,4p' "$0"; exit 2; }
for tool in node npm; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing; on Debian: apt install nodejs npm" >&2; exit 3; }
done

source=$(cd "$(dirname "$0")/wasm" && pwd)
mkdir -p "$1"
cd "$1"
cmp -s "$source/package-lock.json" fetched.json && exit 0
cp "$source/package.json" "$source/package-lock.json" .
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
cp package-lock.json fetched.json  # all of it is there
