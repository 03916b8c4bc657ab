// What boards have: extra features, 32-bit floats, big integers, asyncio, ROMFS, LittleFS, one machine.UART.
#include <stdint.h>
#include <alloca.h>

#define MICROPY_CONFIG_ROM_LEVEL            (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)
#define MICROPY_MALLOC_USES_ALLOCATED_SIZE  (1)
#define MICROPY_MEM_STATS                   (1)
#define MICROPY_PERSISTENT_CODE_LOAD        (1)
#define MICROPY_READER_VFS                  (1)
#define MICROPY_MODULE_OVERRIDE_MAIN_IMPORT (1) // `main` may be an .mpy
#define MICROPY_ENABLE_GC                   (1)
#define MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF (1)
#define MICROPY_EMERGENCY_EXCEPTION_BUF_SIZE (256)
#define MICROPY_LONGINT_IMPL                (MICROPY_LONGINT_IMPL_MPZ)
#define MICROPY_FLOAT_IMPL                  (MICROPY_FLOAT_IMPL_FLOAT)
#define MICROPY_WARNINGS                    (1)
#define MICROPY_MAKE_POINTER_CALLABLE(p)    ((void *)((mp_uint_t)(p) | 1))

#define MICROPY_HW_BOARD_NAME               "mps2-an385"
#define MICROPY_HW_MCU_NAME                 "Cortex-M3"
#define MICROPY_PY_SYS_PLATFORM             "qemu"
#define MICROPY_PY_SYS_STDIO_BUFFER         (0)
#define MICROPY_PY_BUILTINS_INPUT           (0) // nobody types
#define MICROPY_PY_MACHINE                  (1)
#define MICROPY_PY_MACHINE_INCLUDEFILE      "modmachine_port.c"
#define MICROPY_PY_MACHINE_RESET            (1)
#define MICROPY_PY_MACHINE_BARE_METAL_FUNCS (1)
#define MICROPY_PY_MACHINE_WDT              (1)
#define MICROPY_PY_MACHINE_WDT_INCLUDEFILE  "machine_wdt_port.c"
#define MICROPY_PY_MACHINE_UART             (1)
#define MICROPY_PY_MACHINE_UART_INCLUDEFILE "machine_uart_port.c"
#define MICROPY_PY_MACHINE_PIN_BASE         (1)
#define MICROPY_PY_TIME_INCLUDEFILE         "modtime_port.c"
#define MICROPY_PY_TIME_TIME_TIME_NS        (1)
#define MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME (1)
#define MICROPY_EPOCH_IS_1970               (1)
#define MICROPY_PY_OS_INCLUDEFILE           "modos_port.c"
#define MICROPY_PY_OS_URANDOM               (1)
#define MICROPY_PY_OS_UNAME                 (0)
#define MICROPY_PY_CRYPTOLIB                (1)
#define MICROPY_PY_HASHLIB_SHA1             (0)
#define MICROPY_PY_HASHLIB_MD5              (0)
#define MICROPY_VFS                         (1)
#define MICROPY_VFS_ROM                     (1)
#define MICROPY_VFS_ROM_IOCTL               (1)

// An idle core sleeps until the next interrupt, or QEMU keeps a core of the host busy.
#define MICROPY_INTERNAL_WFE(TIMEOUT_MS)    __asm volatile ("wfi")

#define MP_SSIZE_MAX                        (0x7fffffff)
#define UINT_FMT                            "%lu"
#define INT_FMT                             "%ld"
#define MP_NEED_LOG2                        (1)
#define MP_STATE_PORT                       MP_STATE_VM
typedef int32_t mp_int_t;
typedef uint32_t mp_uint_t;
typedef long mp_off_t;
