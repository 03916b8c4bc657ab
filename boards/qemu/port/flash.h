// A NOR flash in a file of the host, as a block device for MicroPython.
#include "py/obj.h"

#define FLASH_ARGUMENT "flash" // among the arguments of semihosting: flash=PATH
#define FLASH_BLOCK (4096)

// Whether the board has a flash; ends the emulator when its file is none.
int flash_open(void);

extern const mp_obj_type_t flash_type;
