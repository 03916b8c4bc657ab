// Restarts: the emulator ends with a status that says why, and whoever watches it starts it again
// (`nce_sim.firmware.emulated`). What a real board keeps in its backup domain is in a file of the host.
#include <stdint.h>

// Exit statuses that ask for another start.
#define STATUS_RESET        (64)
#define STATUS_DEEP_SLEEP   (65)
#define STATUS_WATCHDOG     (66)
#define STATUS_POWER_CUT    (67)

// What `machine.reset_cause()` gives; the numbers of the esp32 port.
#define CAUSE_POWER_ON      (1)
#define CAUSE_RESET         (2)
#define CAUSE_WATCHDOG      (3)
#define CAUSE_DEEP_SLEEP    (4)

#define SLEEP_FOR_EVER      (0xffffffff)

typedef struct {
    uint32_t magic;
    uint32_t sleep_ms;
    int64_t clock_offset_s; // of the board's clock, from the host's
} backup_t;
extern backup_t backup;

void restart_init(void);
int restart_cause(void);
void __attribute__((noreturn)) restart(int status);
// Sleeps, and starts again: 0 when there is no file to keep the time in.
int deep_sleep(uint32_t sleep_ms);
// A watchdog that is never fed again after `timeout_ms` restarts the board; 0 arms none.
void watchdog_arm(uint32_t timeout_ms);
void watchdog_feed(void);
void restart_if_hungry(uint64_t now_us);
