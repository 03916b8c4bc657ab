#!/usr/bin/env bash
# Builds Mbed TLS's ssl_client2 and ssl_server2 from Debian's source: a DTLS peer with Connection IDs
# (RFC 9146), session IDs, tickets and every suite of ours.
#
#   tools/build_mbedtls_peer.sh OUTPUT_FOLDER      # leaves ssl_client2 and ssl_server2 there
#
# Needs a Debian-like machine (apt-get, gcc, make), no root. Takes half a minute. Exit code 3: a tool
# is missing; 4: the source is not to be had.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,5p' "$0"; exit 2; }

version=3.6.6
checksum=8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a
mkdir -p "$1"
output=$(cd "$1" && pwd)
tools=$(cd "$(dirname "$0")" && pwd)
[ -x "$output/ssl_client2" ] && [ -x "$output/ssl_server2" ] && exit 0
for tool in gcc make bzip2; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing" >&2; exit 3; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
archive=mbedtls_$version.orig.tar.bz2
"$tools/fetch_debian_source.sh" mbedtls "$version-0.1~deb13u1" "$archive" "$checksum"
mkdir source
tar -xf "$archive" -C source --strip-components=1
# The release has all generated files, so neither Perl nor Python modules are needed.
timeout 600 make -C source/programs -j2 CFLAGS=-O1 ssl/ssl_client2 ssl/ssl_server2 > build.log 2>&1 \
  || { tail -20 build.log >&2; exit 1; }
mv source/programs/ssl/ssl_client2 source/programs/ssl/ssl_server2 "$output/"
