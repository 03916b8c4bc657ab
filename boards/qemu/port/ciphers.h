// What `cryptolib` and `hashlib` need of Mbed TLS.
#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_MODE_CBC
#define MBEDTLS_CIPHER_MODE_CTR
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_SHA256_C
