// The module `qemu`: what this board has that no other module of MicroPython's is for.
#include "py/mphal.h"
#include "py/runtime.h"
#include "flash.h"

// Presses the modem's PWRKEY with True, releases it with False.
static mp_obj_t qemu_power_key(mp_obj_t pressed) {
    power_key_write(mp_obj_is_true(pressed));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(qemu_power_key_obj, qemu_power_key);

static const mp_rom_map_elem_t qemu_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_qemu) },
    { MP_ROM_QSTR(MP_QSTR_Flash), MP_ROM_PTR(&flash_type) },
    { MP_ROM_QSTR(MP_QSTR_power_key), MP_ROM_PTR(&qemu_power_key_obj) },
};
static MP_DEFINE_CONST_DICT(qemu_globals, qemu_globals_table);

const mp_obj_module_t qemu_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&qemu_globals,
};
MP_REGISTER_MODULE(MP_QSTR_qemu, qemu_module);
