// Included by MicroPython's extmod/machine_uart.c: machine.UART(1), the modem's line.
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/stream.h"

#define MICROPY_PY_MACHINE_UART_CLASS_CONSTANTS

struct _machine_uart_obj_t {
    mp_obj_base_t base;
    uint32_t baudrate;
    uint16_t timeout, timeout_char;
};

static machine_uart_obj_t uart1 = {{&machine_uart_type}, 115200, 0, 0};

static void mp_machine_uart_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    mp_printf(print, "UART(1, baudrate=%u, lost=%u)", (unsigned)self->baudrate, (unsigned)uart1_lost());
}

static void mp_machine_uart_init_helper(machine_uart_obj_t *self, size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args) {
    enum { ARG_baudrate, ARG_rxbuf, ARG_timeout, ARG_timeout_char };
    static const mp_arg_t allowed_args[] = {
        { MP_QSTR_baudrate, MP_ARG_INT, {.u_int = 115200} },
        { MP_QSTR_rxbuf, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 256} },
        { MP_QSTR_timeout, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 0} },
        { MP_QSTR_timeout_char, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 0} },
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed_args)];
    mp_arg_parse_all(n_args, pos_args, kw_args, MP_ARRAY_SIZE(allowed_args), allowed_args, args);
    self->baudrate = args[ARG_baudrate].u_int;
    self->timeout = args[ARG_timeout].u_int;
    self->timeout_char = args[ARG_timeout_char].u_int;
    uart1_open(args[ARG_rxbuf].u_int);
}

static mp_obj_t mp_machine_uart_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, MP_OBJ_FUN_ARGS_MAX, true);
    if (mp_obj_get_int(args[0]) != 1) {
        mp_raise_ValueError(MP_ERROR_TEXT("the modem is on UART 1"));
    }
    mp_map_t keywords;
    mp_map_init_fixed_table(&keywords, n_kw, args + n_args);
    mp_machine_uart_init_helper(&uart1, n_args - 1, args + 1, &keywords);
    return MP_OBJ_FROM_PTR(&uart1);
}

static void mp_machine_uart_deinit(machine_uart_obj_t *self) {
    uart1_close();
}

static mp_int_t mp_machine_uart_any(machine_uart_obj_t *self) {
    return uart1_available();
}

static bool mp_machine_uart_txdone(machine_uart_obj_t *self) {
    return true;
}

static mp_uint_t mp_machine_uart_read(mp_obj_t self_in, void *buffer, mp_uint_t size, int *errcode) {
    machine_uart_obj_t *self = MP_OBJ_TO_PTR(self_in);
    uint8_t *data = buffer;
    uint32_t patience_us = self->timeout * 1000;
    uint64_t start_us = hal_us();
    for (size_t count = 0; count < size; ++count) {
        while (uart1_available() == 0) {
            if (hal_us() - start_us >= patience_us) {
                if (count) {
                    return count;
                }
                *errcode = MP_EAGAIN;
                return MP_STREAM_ERROR;
            }
            mp_event_handle_nowait();
        }
        data[count] = uart1_get();
        start_us = hal_us();
        patience_us = self->timeout_char * 1000;
    }
    return size;
}

static mp_uint_t mp_machine_uart_write(mp_obj_t self_in, const void *data, mp_uint_t size, int *errcode) {
    uart1_write(data, size);
    return size;
}

static mp_uint_t mp_machine_uart_ioctl(mp_obj_t self_in, mp_uint_t request, uintptr_t flags, int *errcode) {
    if (request == MP_STREAM_POLL) {
        return (uart1_available() ? flags & MP_STREAM_POLL_RD : 0) | (flags & MP_STREAM_POLL_WR);
    }
    if (request == MP_STREAM_FLUSH) {
        return 0;
    }
    *errcode = MP_EINVAL;
    return MP_STREAM_ERROR;
}
