// The host by semihosting, see host.h.
#include <string.h>
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"

int semihosting(int call, const void *argument) {
    register int r0 __asm__ ("r0") = call;
    register const void *r1 __asm__ ("r1") = argument;
    __asm__ volatile ("bkpt 0xab" : "+r" (r0) : "r" (r1) : "memory");
    return r0;
}

void exit(int status) {
    uint32_t arguments[2] = {0x20026, status}; // ADP_Stopped_ApplicationExit
    semihosting(SYS_EXIT_EXTENDED, arguments);
    for (;;) {
    }
}

int host_open(const char *path, int mode) {
    struct { const char *path; uint32_t mode, length; } open = {path, mode, strlen(path)};
    return semihosting(SYS_OPEN, &open);
}

void host_close(int file) {
    semihosting(SYS_CLOSE, &file);
}

int host_size(int file) {
    return semihosting(SYS_FLEN, &file);
}

static int transfer(int call, int file, uint32_t offset, void *data, size_t size) {
    uint32_t place[2] = {file, offset};
    if (semihosting(SYS_SEEK, place) < 0) {
        return 0;
    }
    struct { int file; void *data; uint32_t size; } block = {file, data, size};
    return semihosting(call, &block) == 0; // how many bytes are missing
}

int host_read(int file, uint32_t offset, void *data, size_t size) {
    return transfer(SYS_READ, file, offset, data, size);
}

int host_write(int file, uint32_t offset, const void *data, size_t size) {
    return transfer(SYS_WRITE, file, offset, (void *)data, size);
}

const char *host_argument(const char *name, char *value, size_t size) {
    static char lines[2 * PATH_MOST];
    struct { char *text; uint32_t size; } command = {lines, sizeof(lines)};
    size_t length = strlen(name);
    if (semihosting(SYS_GET_CMDLINE, &command) != 0) {
        return NULL;
    }
    for (char *line = lines, *end; *line; line = end) {
        end = strchr(line, '\n');
        if (end == NULL) {
            return NULL; // every line has an end
        }
        *end++ = 0;
        if (strncmp(line, name, length) == 0 && line[length] == '=') {
            return strlen(line + length + 1) < size ? strcpy(value, line + length + 1) : NULL;
        }
    }
    return NULL;
}

// The host's random numbers: this machine has none.
void mp_hal_get_random(size_t size, uint8_t *data) {
    int file = host_open("/dev/urandom", OPEN_READ);
    struct { int file; void *data; uint32_t size; } read = {file, data, size};
    int missing = file == -1 ? -1 : semihosting(SYS_READ, &read);
    if (file != -1) {
        host_close(file);
    }
    if (missing != 0) {
        mp_raise_OSError(MP_EIO);
    }
}
