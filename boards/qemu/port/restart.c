// Restarts, deep sleep and the watchdog, see restart.h.
#include <string.h>
#include "py/mphal.h"
#include "flash.h"
#include "memory.h"
#include "restart.h"

#define MAGIC (0x4e434542)
static const char ENDING[] = ".backup"; // the file beside that of the flash

backup_t backup;
static char backup_path[PATH_MOST + sizeof(ENDING)];
static uint64_t watchdog_us, fed_us;

void restart_init(void) {
    if (host_argument(FLASH_ARGUMENT, backup_path, PATH_MOST) == NULL) {
        return;
    }
    strcat(backup_path, ENDING);
    int file = host_open(backup_path, OPEN_READ);
    if (file == -1) {
        return; // the first start
    }
    if (!host_read(file, 0, &backup, sizeof(backup)) || backup.magic != MAGIC) {
        memset(&backup, 0, sizeof(backup));
    }
    host_close(file);
}

int restart_cause(void) {
    return RESET_CAUSE == 0 ? CAUSE_POWER_ON : RESET_CAUSE;
}

static int save_backup(void) {
    int file = backup_path[0] ? host_open(backup_path, OPEN_NEW) : -1;
    if (file == -1) {
        return 0;
    }
    backup.magic = MAGIC;
    int is_written = host_write(file, 0, &backup, sizeof(backup));
    host_close(file);
    return is_written;
}

void restart(int status) {
    save_backup(); // without a file the clock is the host's again
    exit(status);
}

int deep_sleep(uint32_t sleep_ms) {
    backup.sleep_ms = sleep_ms;
    if (!save_backup()) {
        return 0;
    }
    exit(STATUS_DEEP_SLEEP);
}

void watchdog_arm(uint32_t timeout_ms) {
    watchdog_feed();
    watchdog_us = timeout_ms * 1000ull;
}

void watchdog_feed(void) {
    fed_us = hal_us();
}

void restart_if_hungry(uint64_t now_us) {
    if (watchdog_us != 0 && now_us - fed_us > watchdog_us) {
        restart(STATUS_WATCHDOG);
    }
}
