// The board below MicroPython: clock and UARTs.
#include <stddef.h>
#include <stdint.h>
#include "host.h"
#include "shared/runtime/interrupt_char.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

void hal_init(void);

void uart1_open(size_t buffer_size);
void uart1_close(void);
void uart1_write(const char *data, size_t size);
size_t uart1_available(void);
int uart1_get(void);
uint32_t uart1_lost(void);

void power_key_write(int is_pressed);

uint64_t hal_us(void);
static inline mp_uint_t mp_hal_ticks_ms(void) {
    return hal_us() / 1000;
}
static inline mp_uint_t mp_hal_ticks_us(void) {
    return hal_us();
}
static inline mp_uint_t mp_hal_ticks_cpu(void) {
    return hal_us();
}
void mp_hal_delay_ms(mp_uint_t ms);
void mp_hal_delay_us(mp_uint_t us);
uint64_t mp_hal_time_ns(void);
void mp_hal_get_random(size_t size, uint8_t *data);
