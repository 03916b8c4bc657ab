/* Binds a program that has no option for it: NCE_BIND=127.160.0.1 LD_PRELOAD=bind_to.so program.
   A program bound to the twin of a SIM is that SIM. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

int bind(int descriptor, const struct sockaddr *address, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    const char *wanted = getenv("NCE_BIND");
    if (wanted == NULL || address->sa_family != AF_INET)
        return real(descriptor, address, length);
    struct sockaddr_in here = *(const struct sockaddr_in *)address;
    if (inet_pton(AF_INET, wanted, &here.sin_addr) != 1)
        abort();
    return real(descriptor, (struct sockaddr *)&here, sizeof here);
}
