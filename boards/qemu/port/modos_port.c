// Included by MicroPython's extmod/modos.c.
#include "py/mphal.h"

static mp_obj_t mp_os_urandom(mp_obj_t count) {
    vstr_t bytes;
    vstr_init_len(&bytes, mp_obj_get_int(count));
    mp_hal_get_random(bytes.len, (uint8_t *)bytes.buf);
    return mp_obj_new_bytes_from_vstr(&bytes);
}
static MP_DEFINE_CONST_FUN_OBJ_1(mp_os_urandom_obj, mp_os_urandom);
