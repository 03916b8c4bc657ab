// What the emulator loads into the second memory: a ROMFS image at its start, and words at its end.
#define SECOND_MEMORY (0x21000000)
#define SECOND_MEMORY_SIZE (16 << 20)
#define ROMFS_MOST (8 << 20)
#define LAST_WORD(number) REGISTER(SECOND_MEMORY + SECOND_MEMORY_SIZE - 4 * (number))
#define HEAP_SIZE LAST_WORD(1) // 0: the default
#define RESET_CAUSE LAST_WORD(2) // 0: power on
#define POWER_CUT_AT LAST_WORD(3) // the write to flash at which the power goes, from 1; 0: none
