// Included by MicroPython's extmod/modmachine.c.
#include "py/mperrno.h"
#include "py/mphal.h"
#include "restart.h"
#include "shared/timeutils/timeutils.h"

#define CPU_HZ (25000000)
#define NANOSECONDS (1000000000ll)

static void mp_machine_idle(void) {
    __asm volatile ("wfi");
}

static void mp_machine_reset(void) {
    restart(STATUS_RESET);
}

static mp_int_t mp_machine_reset_cause(void) {
    return restart_cause();
}

static mp_obj_t mp_machine_unique_id(void) {
    return mp_obj_new_bytes((const byte *)"mps2-385", 8);
}

static mp_obj_t mp_machine_get_freq(void) {
    return MP_OBJ_NEW_SMALL_INT(CPU_HZ);
}

static void mp_machine_set_freq(size_t n_args, const mp_obj_t *args) {
    mp_raise_NotImplementedError(MP_ERROR_TEXT("the clock is fixed"));
}

static void mp_machine_lightsleep(size_t n_args, const mp_obj_t *args) {
    if (n_args == 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("nothing but time wakes this board: give milliseconds"));
    }
    mp_hal_delay_ms(mp_obj_get_int(args[0]));
}

static void mp_machine_deepsleep(size_t n_args, const mp_obj_t *args) {
    deep_sleep(n_args == 0 ? SLEEP_FOR_EVER : (uint32_t)mp_obj_get_int_truncated(args[0]));
    mp_raise_OSError(MP_ENODEV); // only a board with a flash wakes again
}

// machine.RTC: the host's time, until it is set; what it was set to outlives a restart.
static mp_obj_t rtc_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 0, 0, false);
    return MP_OBJ_FROM_PTR(mp_obj_malloc(mp_obj_base_t, type));
}

static mp_obj_t rtc_datetime(size_t n_args, const mp_obj_t *args) {
    if (n_args == 1) {
        timeutils_struct_time_t tm;
        uint64_t now_ns = mp_hal_time_ns();
        timeutils_seconds_since_epoch_to_struct_time(now_ns / NANOSECONDS, &tm);
        mp_obj_t fields[8] = {
            MP_OBJ_NEW_SMALL_INT(tm.tm_year), MP_OBJ_NEW_SMALL_INT(tm.tm_mon),
            MP_OBJ_NEW_SMALL_INT(tm.tm_mday), MP_OBJ_NEW_SMALL_INT(tm.tm_wday),
            MP_OBJ_NEW_SMALL_INT(tm.tm_hour), MP_OBJ_NEW_SMALL_INT(tm.tm_min),
            MP_OBJ_NEW_SMALL_INT(tm.tm_sec), MP_OBJ_NEW_SMALL_INT(now_ns % NANOSECONDS / 1000),
        };
        return mp_obj_new_tuple(8, fields);
    }
    mp_obj_t *fields;
    mp_obj_get_array_fixed_n(args[1], 8, &fields);
    int64_t wanted_s = timeutils_seconds_since_epoch(
        mp_obj_get_int(fields[0]), mp_obj_get_int(fields[1]), mp_obj_get_int(fields[2]),
        mp_obj_get_int(fields[4]), mp_obj_get_int(fields[5]), mp_obj_get_int(fields[6]));
    backup.clock_offset_s += wanted_s - (int64_t)(mp_hal_time_ns() / NANOSECONDS);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(rtc_datetime_obj, 1, 2, rtc_datetime);

static const mp_rom_map_elem_t rtc_locals_table[] = {
    { MP_ROM_QSTR(MP_QSTR_datetime), MP_ROM_PTR(&rtc_datetime_obj) },
};
static MP_DEFINE_CONST_DICT(rtc_locals, rtc_locals_table);

static MP_DEFINE_CONST_OBJ_TYPE(rtc_type, MP_QSTR_RTC, MP_TYPE_FLAG_NONE, make_new, rtc_make_new, locals_dict, &rtc_locals);

#define MICROPY_PY_MACHINE_EXTRA_GLOBALS \
    { MP_ROM_QSTR(MP_QSTR_RTC), MP_ROM_PTR(&rtc_type) }, \
    { MP_ROM_QSTR(MP_QSTR_PWRON_RESET), MP_ROM_INT(CAUSE_POWER_ON) }, \
    { MP_ROM_QSTR(MP_QSTR_HARD_RESET), MP_ROM_INT(CAUSE_RESET) }, \
    { MP_ROM_QSTR(MP_QSTR_WDT_RESET), MP_ROM_INT(CAUSE_WATCHDOG) }, \
    { MP_ROM_QSTR(MP_QSTR_DEEPSLEEP_RESET), MP_ROM_INT(CAUSE_DEEP_SLEEP) },
