// Included by MicroPython's extmod/modmachine.c.
static void mp_machine_idle(void) {
    __asm volatile ("wfi");
}

static void mp_machine_reset(void) {
    exit(0);
}

static mp_int_t mp_machine_reset_cause(void) {
    return 0;
}
