# Raspberry Pi Pico, as upstream's RPI_PICO.
set(PICO_BOARD "pico")
set(PICO_PLATFORM "rp2040")
# The manifest's `ROOT`.
get_filename_component(MICROPY_MANIFEST_ROOT "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
