// Start of the machine: it runs `main`, or the module that `start=NAME` among the arguments of semihosting
// names, frozen or from a file system, and ends the emulator.
//
// SystemExit's value is the emulator's exit status; any other exception is printed and gives 1, a
// fault of the processor 3. A board with a flash mounts it first (`_boot.py`). The statuses from 64 on
// ask for another start (restart.h); memory.h says what the emulator loads.
#include <string.h>
#include "py/builtin.h"
#include "py/gc.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/objarray.h"
#include "py/runtime.h"
#include "py/stackctrl.h"
#include "extmod/vfs.h"
#include "shared/runtime/gchelper.h"
#include "flash.h"
#include "memory.h"

#define HEAP_DEFAULT (128 * 1024)
#define HEAP_MOST (1024 * 1024)
#define NAME_MOST (64)
#define FAULT_STATUS REGISTER(0xe000ed28)
#define FAULT_ADDRESS REGISTER(0xe000ed38)

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss, _stack_size;
static char heap[HEAP_MOST] __attribute__((section(".heap"), aligned(16)));

static mp_obj_array_t romfs = {{&mp_type_memoryview}, 'B', 0, ROMFS_MOST, (void *)SECOND_MEMORY};

mp_obj_t mp_vfs_rom_ioctl(size_t n_args, const mp_obj_t *args) {
    switch (mp_obj_get_int(args[0])) {
        case MP_VFS_ROM_IOCTL_GET_NUMBER_OF_SEGMENTS:
            return MP_OBJ_NEW_SMALL_INT(1);
        case MP_VFS_ROM_IOCTL_GET_SEGMENT:
            return MP_OBJ_FROM_PTR(&romfs);
    }
    return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
}

// Imports a module as `__main__`.
static void run_module(const char *name) {
    mp_obj_t as_main = mp_const_false; // see MICROPY_MODULE_OVERRIDE_MAIN_IMPORT
    mp_obj_t args[] = {mp_obj_new_str(name, strlen(name)), mp_const_none, mp_const_none, as_main};
    mp_builtin___import__(MP_ARRAY_SIZE(args), args);
}

static int run_main(void) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        if (flash_open()) {
            run_module("_boot");
        }
        char name[NAME_MOST];
        run_module(host_argument("start", name, sizeof(name)) == NULL ? "main" : name);
        nlr_pop();
        return 0;
    }
    const mp_obj_type_t *type = ((mp_obj_base_t *)nlr.ret_val)->type;
    if (mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(type), MP_OBJ_FROM_PTR(&mp_type_SystemExit))) {
        mp_obj_t value = mp_obj_exception_get_value(MP_OBJ_FROM_PTR(nlr.ret_val));
        mp_int_t status = 0;
        return value == mp_const_none ? 0 : mp_obj_get_int_maybe(value, &status) ? status : 1;
    }
    mp_obj_print_exception(&mp_plat_print, MP_OBJ_FROM_PTR(nlr.ret_val));
    return 1;
}

int main(void) {
    hal_init();
    mp_stack_set_top(&_estack);
    mp_stack_set_limit((uintptr_t)&_stack_size - 1024);
    size_t size = HEAP_SIZE == 0 ? HEAP_DEFAULT : HEAP_SIZE;
    if (size > HEAP_MOST) {
        mp_printf(&mp_plat_print, "a heap of %u bytes; at most %u\n", (unsigned)size, HEAP_MOST);
        exit(2);
    }
    gc_init(heap, heap + size);
    mp_init();
    exit(run_main());
}

void gc_collect(void) {
    gc_collect_start();
    gc_helper_collect_regs_and_stack();
    gc_collect_end();
}

void nlr_jump_fail(void *value) {
    mp_printf(&mp_plat_print, "an exception that nothing catches\n");
    exit(2);
}

void __attribute__((used)) start(void) {
    memcpy(&_sdata, &_sidata, (char *)&_edata - (char *)&_sdata);
    memset(&_sbss, 0, (char *)&_ebss - (char *)&_sbss);
    main();
}

void __attribute__((naked)) Reset_Handler(void) {
    __asm volatile ("ldr r0, =_estack\n mov sp, r0\n bl start");
}

static void Fault_Handler(void) {
    mp_printf(&mp_plat_print, "fault %08x at %08x\n", (unsigned)FAULT_STATUS, (unsigned)FAULT_ADDRESS);
    exit(3);
}

static void No_Handler(void) {
}

void SysTick_Handler(void);
void UART1_RX_Handler(void);
const void *const vectors[16 + 32] __attribute__((section(".vectors"), used)) = {
    &_estack, Reset_Handler, No_Handler, Fault_Handler, Fault_Handler, Fault_Handler, Fault_Handler,
    [11] = Fault_Handler, [12] = No_Handler, [14] = No_Handler, [15] = SysTick_Handler,
    [16 + 2] = UART1_RX_Handler,
};
