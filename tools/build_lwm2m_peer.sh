#!/usr/bin/env bash
# Builds the LwM2M client, server and bootstrap server of npm's node-red-contrib-lwm2m (Wakaama and
# tinydtls in C): LwM2M 1.0, the client with DTLS-PSK. Its JavaScript is not run.
#
#   tools/build_lwm2m_peer.sh OUTPUT_FOLDER    # leaves wakatiwaiclient, lwm2mserver, bootstrapserver
#
# bind_to.so beside them lets the client be a SIM: it has no option for its own address.
# Needs npm, node with its headers (node.h: Debian's libnode-dev, or those of nodesource), python3,
# make and a C++ compiler; no root. Takes half a minute. Exit code 3: a tool is missing.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,8p' "$0"; exit 2; }

package=node-red-contrib-lwm2m@2.12.3
builder=node-gyp@11
mkdir -p "$1"
output=$(cd "$1" && pwd)
tools=$(cd "$(dirname "$0")" && pwd)
programs="wakatiwaiclient lwm2mserver bootstrapserver"
is_complete() { for program in $programs bind_to.so; do [ -x "$output/$program" ] || return 1; done; }
is_complete && exit 0
for tool in npm node python3 make gcc g++; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing" >&2; exit 3; }
done
[ -f /usr/include/node/node.h ] || { echo "$0: node.h is missing; install libnode-dev" >&2; exit 3; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Its install script would fetch a binary from elsewhere.
npm install --prefix . --ignore-scripts --no-save --no-fund --no-audit --loglevel=error "$package"
cd node_modules/node-red-contrib-lwm2m
# It asks for Python 2.7, wherever pyenv reads it.
rm -f .python-version
timeout 600 npx --yes "$builder" rebuild --nodedir=/usr > build.log 2>&1 \
  || { tail -20 build.log >&2; exit 1; }
gcc -shared -fPIC -O1 -o "$output/bind_to.so" "$tools/bind_to.c" -ldl
for program in $programs; do mv "build/Release/$program" "$output/"; done
