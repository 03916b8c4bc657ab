// Included by MicroPython's extmod/machine_wdt.c: one watchdog; once armed it goes on.
#include "restart.h"

struct _machine_wdt_obj_t {
    mp_obj_base_t base;
};
static machine_wdt_obj_t wdt = {{&machine_wdt_type}};

static machine_wdt_obj_t *mp_machine_wdt_make_new_instance(mp_int_t id, mp_int_t timeout_ms) {
    if (id != 0 || timeout_ms <= 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("WDT(0, timeout=milliseconds), more than 0"));
    }
    watchdog_arm(timeout_ms);
    return &wdt;
}

static void mp_machine_wdt_feed(machine_wdt_obj_t *self) {
    watchdog_feed();
}
