// Raspberry Pi Pico, as upstream's RPI_PICO but for the file system: 1024 KiB instead of 1408, so
// that a megabyte is left for MicroPython with this project's firmware in it.
#define MICROPY_HW_BOARD_NAME                   "Raspberry Pi Pico"
#define MICROPY_HW_FLASH_STORAGE_BYTES          (1024 * 1024)
