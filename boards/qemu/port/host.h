// The host by semihosting (Arm's "Semihosting for AArch32 and AArch64"): files, time, exit status.
#include <stddef.h>
#include <stdint.h>

#define SYS_OPEN            (0x01)
#define SYS_CLOSE           (0x02)
#define SYS_WRITE           (0x05)
#define SYS_READ            (0x06)
#define SYS_SEEK            (0x0a)
#define SYS_FLEN            (0x0c)
#define SYS_TIME            (0x11)
#define SYS_GET_CMDLINE     (0x15)
#define SYS_EXIT_EXTENDED   (0x20)

// As `fopen` names them.
#define OPEN_READ           (1) // "rb"
#define OPEN_UPDATE         (3) // "r+b"
#define OPEN_NEW            (5) // "wb"

#define PATH_MOST           (512)

int semihosting(int call, const void *argument);
void __attribute__((noreturn)) exit(int status);

// A file of the host; -1 when it does not open.
int host_open(const char *path, int mode);
void host_close(int file);
int host_size(int file);
// Whether all of it was read or written, at an offset of the file.
int host_read(int file, uint32_t offset, void *data, size_t size);
int host_write(int file, uint32_t offset, const void *data, size_t size);
// The value of a line `name=value` in the arguments of semihosting, copied; NULL when it is not there.
const char *host_argument(const char *name, char *value, size_t size);
