// Clock and UARTs of QEMU's mps2-an385 (Arm AN385; CMSDK's UART: Arm DDI 0479).
#include "py/mphal.h"
#include "py/mperrno.h"
#include "py/ringbuf.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "restart.h"

#define CPU_HZ (25000000u)
#define WAKE_US (4000) // an idle core looks around so often; the emulator pays for each time
#define SYSTICK_CONTROL REGISTER(0xe000e010)
#define SYSTICK_RELOAD REGISTER(0xe000e014)
#define SYSTICK_VALUE REGISTER(0xe000e018)
#define INTERRUPTS_ON REGISTER(0xe000e100)
#define INTERRUPTS_OFF REGISTER(0xe000e180)
#define COUNTER REGISTER(0x40028018)
#define COUNTER_PRESCALE REGISTER(0x4002801c)

typedef struct {
    volatile uint32_t data, state, control, interrupts, divider;
} uart_t;
#define CONSOLE ((uart_t *)0x40004000)
#define MODEM ((uart_t *)0x40005000)
#define POWER_KEY ((uart_t *)0x40006000)
#define STATE_TX_FULL (1)
#define STATE_RX_FULL (2)
#define CONTROL_TX (1)
#define CONTROL_RX (2)
#define CONTROL_RX_INTERRUPT (8)
#define INTERRUPT_RX (2)
#define MODEM_RX_LINE (1 << 2)

// The FPGA's counter is the clock. SysTick only wakes the core and sees each wrap of the counter: a
// busy host does not deliver every one of its interrupts, so that counting them would lose time.
static uint64_t now_us;
static int64_t start_s;

uint64_t hal_us(void) {
    uint32_t mask;
    __asm volatile ("mrs %0, primask\n cpsid i" : "=r" (mask) :: "memory");
    now_us += (uint32_t)(COUNTER - (uint32_t)now_us);
    uint64_t now = now_us;
    __asm volatile ("msr primask, %0" :: "r" (mask) : "memory");
    return now;
}

void SysTick_Handler(void) {
    restart_if_hungry(hal_us());
}

uint64_t mp_hal_time_ns(void) {
    return (start_s + backup.clock_offset_s) * 1000000000ll + hal_us() * 1000;
}

void mp_hal_delay_ms(mp_uint_t ms) {
    uint64_t end_us = hal_us() + ms * 1000ull;
    while (hal_us() < end_us) {
        mp_event_wait_ms(1);
    }
}

void mp_hal_delay_us(mp_uint_t us) {
    uint64_t end_us = hal_us() + us;
    while (hal_us() < end_us) {
    }
}

void hal_init(void) {
    restart_init();
    start_s = (uint32_t)semihosting(SYS_TIME, NULL);
    COUNTER_PRESCALE = CPU_HZ / 1000000 - 1;
    SYSTICK_RELOAD = CPU_HZ / 1000000 * WAKE_US - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7;
    CONSOLE->divider = 16;
    CONSOLE->control = CONTROL_TX | CONTROL_RX;
    POWER_KEY->divider = 16;
    POWER_KEY->control = CONTROL_TX;
    uart1_close();
}

static void uart_write(uart_t *uart, const char *data, size_t size) {
    for (; size; --size) {
        while (uart->state & STATE_TX_FULL) {
        }
        uart->data = *data++;
    }
}

// This machine has no free pin: a third UART says each change of the power key to the emulator's host.
void power_key_write(int is_pressed) {
    uart_write(POWER_KEY, is_pressed ? "1" : "0", 1);
}

// The modem's UART: an interrupt moves what comes into a ring, as a board's driver does.
static ringbuf_t ring;
static uint8_t no_buffer[2];
static volatile uint32_t lost;
MP_REGISTER_ROOT_POINTER(void *uart1_buffer);

void UART1_RX_Handler(void) {
    MODEM->interrupts = INTERRUPT_RX;
    while (MODEM->state & STATE_RX_FULL) {
        if (ringbuf_put(&ring, MODEM->data) < 0) {
            ++lost;
        }
    }
}

void uart1_open(size_t buffer_size) {
    uart1_close();
    uint8_t *buffer = m_new(uint8_t, buffer_size + 1);
    MP_STATE_PORT(uart1_buffer) = buffer;
    ring = (ringbuf_t) {buffer, buffer_size + 1, 0, 0};
    MODEM->divider = CPU_HZ / 115200;
    MODEM->control = CONTROL_TX | CONTROL_RX | CONTROL_RX_INTERRUPT;
    INTERRUPTS_ON = MODEM_RX_LINE;
}

void uart1_close(void) {
    INTERRUPTS_OFF = MODEM_RX_LINE;
    MODEM->control = 0;
    ring = (ringbuf_t) {no_buffer, sizeof(no_buffer), 0, 0};
    MP_STATE_PORT(uart1_buffer) = NULL;
}

void uart1_write(const char *data, size_t size) {
    uart_write(MODEM, data, size);
}

size_t uart1_available(void) {
    return ringbuf_avail(&ring);
}

int uart1_get(void) {
    return ringbuf_get(&ring);
}

uint32_t uart1_lost(void) {
    return lost;
}

// The console.
uintptr_t mp_hal_stdio_poll(uintptr_t flags) {
    return (CONSOLE->state & STATE_RX_FULL ? MP_STREAM_POLL_RD : 0) & flags;
}

int mp_hal_stdin_rx_chr(void) {
    while (!(CONSOLE->state & STATE_RX_FULL)) {
        mp_event_handle_nowait();
    }
    return CONSOLE->data;
}

mp_uint_t mp_hal_stdout_tx_strn(const char *text, size_t size) {
    uart_write(CONSOLE, text, size);
    return size;
}
