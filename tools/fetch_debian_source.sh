#!/usr/bin/env bash
# Fetches the upstream archive of one of Debian trixie's source packages into the current folder, or
# a package itself, where FILE ends with .deb: some packages are other people's source.
#
#   tools/fetch_debian_source.sh PACKAGE VERSION FILE SHA256
#
# Has lists and settings of its own in a temporary folder: neither root nor anything of the machine's
# apt is touched. Exit code 3: a tool is missing; 4: the version is not to be had from here.
set -euo pipefail
[ $# -eq 4 ] || { sed -n '2,5p' "$0"; exit 2; }
command -v apt-get >/dev/null || { echo "$0: apt-get is missing" >&2; exit 3; }

case $3 in
  *.deb) types=deb; fetch=(apt-get -qq download "$1=$2") ;;
  *) types=deb-src; fetch=(apt-get -qq source --download-only "$1=$2") ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/lists/partial "$work"/cache/archives/partial "$work"/sources
touch "$work/status"
cat > "$work/apt.conf" <<END
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$work/sources";
Dir::State::Lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
APT::Sandbox::User "root";
Acquire::Retries "3";
Acquire::http::Timeout "30";
END
cat > "$work/sources/trixie.sources" <<END
Types: $types
URIs: http://deb.debian.org/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
export APT_CONFIG=$work/apt.conf
{ apt-get -qq update && "${fetch[@]}"; } > "$work/log" 2>&1 \
  || { tail -3 "$work/log" >&2; echo "$0: $1 $2 is not to be had" >&2; exit 4; }
echo "$4  $3" | sha256sum --check --quiet
