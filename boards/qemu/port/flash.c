// A NOR flash in a file of the host: erased bytes are 0xff, and writing only clears bits.
//
//     from qemu import Flash
//     vfs.mount(vfs.VfsLfs2(Flash()), "/")
//
// The power goes at the write or erasure of the number that POWER_CUT_AT gives: half of it is done.
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/obj.h"
#include "py/runtime.h"
#include "extmod/vfs.h"
#include "flash.h"
#include "memory.h"
#include "restart.h"

static int file = -1;
static uint32_t blocks, changes;
static uint8_t chunk[256];

int flash_open(void) {
    char path[PATH_MOST];
    if (host_argument(FLASH_ARGUMENT, path, sizeof(path)) == NULL) {
        return 0;
    }
    file = host_open(path, OPEN_UPDATE);
    int size = file == -1 ? -1 : host_size(file);
    if (size < 2 * FLASH_BLOCK || size % FLASH_BLOCK != 0) {
        mp_printf(&mp_plat_print, "no flash in %s: %d bytes, not blocks of %d\n", path, size, FLASH_BLOCK);
        exit(2);
    }
    blocks = size / FLASH_BLOCK;
    return 1;
}

// How much of a change is done before the power goes: all of it, as a rule.
static size_t before_power_cut(size_t size) {
    return ++changes == POWER_CUT_AT ? size / 2 : size;
}

static int change(uint32_t place, const uint8_t *data, size_t size) {
    size_t left = before_power_cut(size);
    while (left) {
        size_t count = MIN(left, sizeof(chunk));
        if (data == NULL) {
            memset(chunk, 0xff, count);
        } else {
            if (!host_read(file, place, chunk, count)) {
                return -MP_EIO;
            }
            for (size_t at = 0; at < count; ++at) {
                chunk[at] &= *data++;
            }
        }
        if (!host_write(file, place, chunk, count)) {
            return -MP_EIO;
        }
        place += count;
        left -= count;
    }
    if (changes == POWER_CUT_AT) {
        exit(STATUS_POWER_CUT);
    }
    return 0;
}

static mp_obj_t flash_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 0, 0, false);
    if (file == -1) {
        mp_raise_OSError(MP_ENODEV);
    }
    return MP_OBJ_FROM_PTR(mp_obj_malloc(mp_obj_base_t, type));
}

// `(self, block, buffer[, offset])`: the place in the file; the buffer is given back, too.
static uint32_t place_of(size_t n_args, const mp_obj_t *args, mp_buffer_info_t *buffer, mp_uint_t flags) {
    mp_get_buffer_raise(args[2], buffer, flags);
    uint32_t block = mp_obj_get_int(args[1]);
    uint32_t offset = n_args < 4 ? 0 : mp_obj_get_int(args[3]);
    if (block >= blocks || offset + buffer->len > (blocks - block) * FLASH_BLOCK) {
        mp_raise_OSError(MP_EINVAL);
    }
    return block * FLASH_BLOCK + offset;
}

static mp_obj_t flash_readblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t buffer;
    uint32_t place = place_of(n_args, args, &buffer, MP_BUFFER_WRITE);
    return MP_OBJ_NEW_SMALL_INT(host_read(file, place, buffer.buf, buffer.len) ? 0 : -MP_EIO);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(flash_readblocks_obj, 3, 4, flash_readblocks);

static mp_obj_t flash_writeblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t buffer;
    uint32_t place = place_of(n_args, args, &buffer, MP_BUFFER_READ);
    if (n_args < 4) { // whole blocks are erased first
        for (size_t at = 0; at < buffer.len; at += FLASH_BLOCK) {
            int error = change(place + at, NULL, FLASH_BLOCK);
            if (error) {
                return MP_OBJ_NEW_SMALL_INT(error);
            }
        }
    }
    return MP_OBJ_NEW_SMALL_INT(change(place, buffer.buf, buffer.len));
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(flash_writeblocks_obj, 3, 4, flash_writeblocks);

static mp_obj_t flash_ioctl(mp_obj_t self, mp_obj_t request, mp_obj_t argument) {
    switch (mp_obj_get_int(request)) {
        case MP_BLOCKDEV_IOCTL_BLOCK_COUNT:
            return MP_OBJ_NEW_SMALL_INT(blocks);
        case MP_BLOCKDEV_IOCTL_BLOCK_SIZE:
            return MP_OBJ_NEW_SMALL_INT(FLASH_BLOCK);
        case MP_BLOCKDEV_IOCTL_BLOCK_ERASE:
            return MP_OBJ_NEW_SMALL_INT(change(mp_obj_get_int(argument) * FLASH_BLOCK, NULL, FLASH_BLOCK));
        default: // nothing is held back, so that nothing is to be done
            return MP_OBJ_NEW_SMALL_INT(0);
    }
}
static MP_DEFINE_CONST_FUN_OBJ_3(flash_ioctl_obj, flash_ioctl);

static const mp_rom_map_elem_t flash_locals_table[] = {
    { MP_ROM_QSTR(MP_QSTR_readblocks), MP_ROM_PTR(&flash_readblocks_obj) },
    { MP_ROM_QSTR(MP_QSTR_writeblocks), MP_ROM_PTR(&flash_writeblocks_obj) },
    { MP_ROM_QSTR(MP_QSTR_ioctl), MP_ROM_PTR(&flash_ioctl_obj) },
};
static MP_DEFINE_CONST_DICT(flash_locals, flash_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(flash_type, MP_QSTR_Flash, MP_TYPE_FLAG_NONE, make_new, flash_make_new, locals_dict, &flash_locals);
