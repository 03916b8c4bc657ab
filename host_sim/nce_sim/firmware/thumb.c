// The instructions of a Cortex-M0+ (ARMv6-M) that touch registers, ROM, flash and RAM alone, and the
// divider and spin locks of an RP2040. Everything else is left to the caller: `thumb_run` returns
// before such an instruction. Cycles are counted as `rp2040py` counts them, whose core this one
// stands in for (pico_core.py); the numbers in comments are sections of the ARMv6-M manual.
#include <stdint.h>
#include <string.h>

#define ROM_BYTES 0x4000u
#define FLASH_BYTES 0x1000000u
#define RAM_BYTES 0x42000u
#define FLASH 0x10000000u
#define RAM 0x20000000u
#define SIO 0xd0000000u

struct thumb {
    uint32_t *r;
    uint8_t *rom, *flash, *ram;
    uint32_t n, z, c, v;
    uint32_t masked;         // PRIMASK
    uint32_t is_pending;     // an interrupt waits for it
    uint32_t dividend, divisor, quotient, remainder, divides, dirty;
    uint32_t locks;
    uint64_t instructions;
};

static inline uint32_t get32(const uint8_t *from) { uint32_t x; memcpy(&x, from, 4); return x; }
static inline uint32_t get16(const uint8_t *from) { uint16_t x; memcpy(&x, from, 2); return x; }

// Where `size` bytes at an address are in memory; 0 where they are not.
static inline uint8_t *ram_at(struct thumb *t, uint32_t a, uint32_t size) {
    return a - RAM <= RAM_BYTES - size ? t->ram + (a - RAM) : 0;
}
static inline uint8_t *memory_at(struct thumb *t, uint32_t a, uint32_t size) {
    if (a - RAM <= RAM_BYTES - size) return t->ram + (a - RAM);
    if (a - FLASH <= FLASH_BYTES - size) return t->flash + (a - FLASH);
    if (a <= ROM_BYTES - size) return t->rom + a;
    return 0;
}

static void divide(struct thumb *t) {  // RP2040 datasheet, 2.3.1.5
    uint32_t a = t->dividend, b = t->divisor;
    if (t->divides == 2) {
        int32_t sa = (int32_t)a, sb = (int32_t)b;
        if (!sb) { t->quotient = sa >= 0 ? 0xffffffffu : 1; t->remainder = a; }
        else if (sb == -1) { t->quotient = 0u - a; t->remainder = 0; }
        else { t->quotient = (uint32_t)(sa / sb); t->remainder = (uint32_t)(sa % sb); }
    } else if (!b) { t->quotient = 0xffffffffu; t->remainder = a; }
    else { t->quotient = a / b; t->remainder = a % b; }
    t->divides = 0;
}

static int sio_read(struct thumb *t, uint32_t offset, uint32_t *value) {
    if (offset == 0) { *value = 0; return 1; }  // CPUID
    if (offset >= 0x100 && offset < 0x180) {
        uint32_t bit = 1u << (offset - 0x100) / 4;
        *value = t->locks & bit ? 0 : bit;
        t->locks |= bit;
        return 1;
    }
    if (offset < 0x60 || offset > 0x78) return 0;
    if (t->divides) divide(t);
    switch (offset) {
        case 0x60: case 0x68: *value = t->dividend; break;
        case 0x64: case 0x6c: *value = t->divisor; break;
        case 0x70: *value = t->quotient; t->dirty = 0; break;
        case 0x74: *value = t->remainder; break;
        default: *value = 1 | t->dirty << 1;
    }
    return 1;
}

static int sio_write(struct thumb *t, uint32_t offset, uint32_t value) {
    if (offset >= 0x100 && offset < 0x180) {
        t->locks &= ~(1u << (offset - 0x100) / 4);
        return 1;
    }
    if (offset < 0x60 || offset > 0x74) return 0;
    if (offset < 0x70) {
        if (offset & 4) t->divisor = value; else t->dividend = value;
        t->divides = offset < 0x68 ? 1 : 2;
    } else {
        if (t->divides) divide(t);
        if (offset == 0x70) t->quotient = value; else t->remainder = value;
    }
    t->dirty = 1;
    return 1;
}

#define R(i) r[(i) & 7]
#define NZ(x) do { uint32_t nz = (x); n = nz >> 31; z = nz == 0; } while (0)
#define LEAVE goto leave

// Runs until `budget` cycles are used or the next instruction is not for it; the cycles used.
int64_t thumb_run(struct thumb *t, int64_t budget) {
    uint32_t *r = t->r;
    uint32_t n = t->n, z = t->z, c = t->c, v = t->v;
    int64_t used = 0;
    uint64_t count = 0;
    while (used < budget) {
        uint32_t pc = r[15] & ~1u;
        const uint8_t *code = memory_at(t, pc, 4);
        if (!code) LEAVE;
        uint32_t op = get16(code), next = pc + 2;
        int took = 1;
        switch (op >> 11) {
            case 0: {  // LSLS, immediate
                uint32_t x = R(op >> 3), s = op >> 6 & 31;
                if (s) c = x >> (32 - s) & 1;
                NZ(R(op) = x << s);
                break;
            }
            case 1: {  // LSRS
                uint32_t x = R(op >> 3), s = op >> 6 & 31;
                c = x >> (s ? s - 1 : 31) & 1;
                NZ(R(op) = s ? x >> s : 0);
                break;
            }
            case 2: {  // ASRS
                uint32_t x = R(op >> 3), s = op >> 6 & 31;
                c = x >> (s ? s - 1 : 31) & 1;
                NZ(R(op) = (uint32_t)((int32_t)x >> (s ? s : 31)));
                break;
            }
            case 3: {  // ADDS, SUBS of three registers or a small number
                uint32_t x = R(op >> 3), y = op & 0x400 ? op >> 6 & 7 : R(op >> 6), result;
                if (op & 0x200) { result = x - y; c = x >= y; v = ((x ^ y) & (x ^ result)) >> 31; }
                else { result = x + y; c = result < x; v = (~(x ^ y) & (x ^ result)) >> 31; }
                NZ(R(op) = result);
                break;
            }
            case 4: NZ(R(op >> 8) = op & 255); break;  // MOVS
            case 5: {  // CMP
                uint32_t x = R(op >> 8), y = op & 255, result = x - y;
                c = x >= y; v = ((x ^ y) & (x ^ result)) >> 31; NZ(result);
                break;
            }
            case 6: {  // ADDS
                uint32_t x = R(op >> 8), y = op & 255, result = x + y;
                c = result < x; v = (~(x ^ y) & (x ^ result)) >> 31; NZ(R(op >> 8) = result);
                break;
            }
            case 7: {  // SUBS
                uint32_t x = R(op >> 8), y = op & 255, result = x - y;
                c = x >= y; v = ((x ^ y) & (x ^ result)) >> 31; NZ(R(op >> 8) = result);
                break;
            }
            case 8: {
                if (op & 0x400) {  // A5.2.3: high registers, BX, BLX
                    uint32_t m = op >> 3 & 15, d = (op >> 4 & 8) | (op & 7);
                    uint32_t y = m == 15 ? pc + 4 : r[m], x = d == 15 ? pc + 4 : r[d];
                    switch (op >> 8 & 3) {
                        case 0: x += y; goto write_high;
                        case 1: {
                            uint32_t result = r[d] - r[m];
                            if (m == 15 || d == 15) LEAVE;
                            c = x >= y; v = ((x ^ y) & (x ^ result)) >> 31; NZ(result);
                            break;
                        }
                        case 2:
                            x = y;
                        write_high:
                            if (d == 15) { next = x & ~1u; took = 2; }
                            else r[d] = d == 13 ? x & ~3u : x;
                            break;
                        default:
                            if (op & 7 || m == 15) LEAVE;
                            if (op & 0x80) r[14] = next | 1;
                            else if (y >> 28 == 15) LEAVE;  // the end of an exception
                            next = y & ~1u; took = 2;
                    }
                    break;
                }
                uint32_t *d = &R(op), x = *d, y = R(op >> 3), s = y & 255, result;  // A5.2.2
                switch (op >> 6 & 15) {
                    case 0: NZ(*d = x & y); break;
                    case 1: NZ(*d = x ^ y); break;
                    case 2:
                        if (s) { c = s <= 32 ? x >> (32 - s) % 32 & (s < 33) : 0; if (s == 32) c = x & 1; }
                        NZ(*d = s < 32 ? x << s : 0);
                        break;
                    case 3:
                        if (s) c = s <= 32 ? x >> (s - 1) & 1 : 0;
                        NZ(*d = s < 32 ? x >> s : 0);
                        break;
                    case 4:
                        if (s) c = x >> (s <= 32 ? s - 1 : 31) & 1;
                        NZ(*d = (uint32_t)((int32_t)x >> (s < 32 ? s : 31)));
                        break;
                    case 5: {
                        uint64_t wide = (uint64_t)x + y + c;
                        result = (uint32_t)wide;
                        c = wide >> 32; v = (~(x ^ y) & (x ^ result)) >> 31; NZ(*d = result);
                        break;
                    }
                    case 6: {
                        uint64_t wide = (uint64_t)x + (uint32_t)~y + c;
                        result = (uint32_t)wide;
                        c = wide >> 32; v = ((x ^ y) & (x ^ result)) >> 31; NZ(*d = result);
                        break;
                    }
                    case 7:
                        if (s) { s &= 31; if (s) x = x >> s | x << (32 - s); c = x >> 31; }
                        NZ(*d = x);
                        break;
                    case 8: NZ(x & y); break;
                    case 9: result = 0u - y; c = y == 0; v = (y & result) >> 31; NZ(*d = result); break;
                    case 10:
                        result = x - y; c = x >= y; v = ((x ^ y) & (x ^ result)) >> 31; NZ(result);
                        break;
                    case 11:
                        result = x + y; c = result < x; v = (~(x ^ y) & (x ^ result)) >> 31; NZ(result);
                        break;
                    case 12: NZ(*d = x | y); break;
                    case 13: NZ(*d = x * y); break;
                    case 14: NZ(*d = x & ~y); break;
                    default: NZ(*d = ~y);
                }
                break;
            }
            case 9: {  // LDR from code
                const uint8_t *from = memory_at(t, ((pc + 4) & ~3u) + ((op & 255) << 2), 4);
                if (!from) LEAVE;
                R(op >> 8) = get32(from); took = 2;
                break;
            }
            case 10: case 11: {  // A5.2.4: loads and stores by two registers
                uint32_t a = R(op >> 3) + R(op >> 6), kind = op >> 9 & 7;
                uint32_t size = kind == 0 || kind == 4 ? 4 : kind == 1 || kind == 5 || kind == 7 ? 2 : 1;
                if (a & (size - 1)) LEAVE;
                uint8_t *at = kind < 3 ? ram_at(t, a, size) : memory_at(t, a, size);
                if (!at) {
                    if (a - SIO >= 0x180 || size != 4) LEAVE;
                    if (kind ? !sio_read(t, a - SIO, &R(op)) : !sio_write(t, a - SIO, R(op))) LEAVE;
                    break;
                }
                switch (kind) {
                    case 0: memcpy(at, &R(op), 4); break;
                    case 1: memcpy(at, &R(op), 2); break;
                    case 2: *at = (uint8_t)R(op); break;
                    case 3: R(op) = (uint32_t)(int8_t)*at; break;
                    case 4: R(op) = get32(at); break;
                    case 5: R(op) = get16(at); break;
                    case 6: R(op) = *at; break;
                    default: R(op) = (uint32_t)(int16_t)get16(at);
                }
                took = 2;
                break;
            }
            case 12: case 13: {  // STR, LDR
                uint32_t a = R(op >> 3) + (op >> 4 & 0x7c);
                int is_load = op >> 11 & 1;
                uint8_t *at = a & 3 ? 0 : is_load ? memory_at(t, a, 4) : ram_at(t, a, 4);
                if (!at) {
                    if (a & 3 || a - SIO >= 0x180) LEAVE;
                    if (is_load ? !sio_read(t, a - SIO, &R(op)) : !sio_write(t, a - SIO, R(op))) LEAVE;
                    break;
                }
                if (is_load) R(op) = get32(at); else memcpy(at, &R(op), 4);
                took = 2;
                break;
            }
            case 14: case 15: {  // STRB, LDRB
                uint32_t a = R(op >> 3) + (op >> 6 & 31);
                uint8_t *at = op & 0x800 ? memory_at(t, a, 1) : ram_at(t, a, 1);
                if (!at) LEAVE;
                if (op & 0x800) R(op) = *at; else *at = (uint8_t)R(op);
                took = 2;
                break;
            }
            case 16: case 17: {  // STRH, LDRH
                uint32_t a = R(op >> 3) + (op >> 5 & 0x3e);
                uint8_t *at = a & 1 ? 0 : op & 0x800 ? memory_at(t, a, 2) : ram_at(t, a, 2);
                if (!at) LEAVE;
                if (op & 0x800) R(op) = get16(at); else memcpy(at, &R(op), 2);
                took = 2;
                break;
            }
            case 18: case 19: {  // STR, LDR on the stack
                uint32_t a = r[13] + ((op & 255) << 2);
                uint8_t *at = ram_at(t, a, 4);
                if (!at) LEAVE;
                if (op & 0x800) R(op >> 8) = get32(at); else memcpy(at, &R(op >> 8), 4);
                took = 2;
                break;
            }
            case 20: R(op >> 8) = (pc & ~3u) + 4 + ((op & 255) << 2); break;  // ADR
            case 21: R(op >> 8) = r[13] + ((op & 255) << 2); break;
            case 22: case 23: {  // A5.2.5
                uint32_t x = R(op >> 3);
                switch (op >> 8 & 15) {
                    case 0:
                        r[13] = (op & 0x80 ? r[13] - ((op & 127) << 2) : r[13] + ((op & 127) << 2)) & ~3u;
                        break;
                    case 2:
                        switch (op >> 6 & 3) {
                            case 0: R(op) = (uint32_t)(int16_t)x; break;
                            case 1: R(op) = (uint32_t)(int8_t)x; break;
                            case 2: R(op) = x & 0xffff; break;
                            default: R(op) = x & 0xff;
                        }
                        break;
                    case 4: case 5: {  // PUSH; LR costs nothing here
                        uint32_t words = (uint32_t)__builtin_popcount(op & 0x1ff), a = r[13] - 4 * words;
                        uint8_t *at = words && !(a & 3) ? ram_at(t, a, 4 * words) : 0;
                        if (!at) LEAVE;
                        for (int i = 0; i < 8; i++)
                            if (op >> i & 1) { memcpy(at, &r[i], 4); at += 4; took++; }
                        if (op & 0x100) memcpy(at, &r[14], 4);
                        r[13] = a & ~3u;
                        break;
                    }
                    case 6:
                        if (op != 0xb672) LEAVE;  // CPSIE is the caller's
                        t->masked = 1;
                        break;
                    case 10:
                        switch (op >> 6 & 3) {
                            case 0: R(op) = __builtin_bswap32(x); break;
                            case 1: R(op) = (x & 0xff00ff) << 8 | (x >> 8 & 0xff00ff); break;
                            case 3: R(op) = (uint32_t)(int16_t)((x & 255) << 8 | (x >> 8 & 255)); break;
                            default: LEAVE;
                        }
                        break;
                    case 12: case 13: {  // POP
                        uint32_t words = (uint32_t)__builtin_popcount(op & 0x1ff), a = r[13];
                        uint8_t *at = words && !(a & 3) ? ram_at(t, a, 4 * words) : 0;
                        if (!at) LEAVE;
                        uint32_t last = get32(at + 4 * words - 4);
                        if (op & 0x100 && last >> 28 == 15) LEAVE;  // the end of an exception
                        for (int i = 0; i < 8; i++)
                            if (op >> i & 1) { r[i] = get32(at); at += 4; took++; }
                        if (op & 0x100) { next = last & ~1u; took += 2; }
                        r[13] = (a + 4 * words) & ~3u;
                        break;
                    }
                    case 15:
                        if (op != 0xbf00) LEAVE;  // NOP; hints are the caller's
                        break;
                    default: LEAVE;
                }
                break;
            }
            case 24: case 25: {  // STMIA, LDMIA
                uint32_t words = (uint32_t)__builtin_popcount(op & 255), a = R(op >> 8);
                uint8_t *at = a & 3 || !words ? 0
                    : op & 0x800 ? memory_at(t, a, 4 * words) : ram_at(t, a, 4 * words);
                if (!at) LEAVE;
                for (int i = 0; i < 8; i++) {
                    if (!(op >> i & 1)) continue;
                    if (op & 0x800) r[i] = get32(at); else memcpy(at, &r[i], 4);
                    at += 4; took++;
                }
                if (!(op >> (op >> 8 & 7) & 1)) R(op >> 8) = a + 4 * words;
                else if (!(op & 0x800)) R(op >> 8) = R(op >> 8);
                break;
            }
            case 26: case 27: {  // B, by a condition
                uint32_t is_met;
                switch (op >> 8 & 15) {
                    case 0: is_met = z; break;
                    case 1: is_met = !z; break;
                    case 2: is_met = c; break;
                    case 3: is_met = !c; break;
                    case 4: is_met = n; break;
                    case 5: is_met = !n; break;
                    case 6: is_met = v; break;
                    case 7: is_met = !v; break;
                    case 8: is_met = c && !z; break;
                    case 9: is_met = !c || z; break;
                    case 10: is_met = n == v; break;
                    case 11: is_met = n != v; break;
                    case 12: is_met = !z && n == v; break;
                    case 13: is_met = z || n != v; break;
                    default: LEAVE;  // UDF, SVC
                }
                if (is_met) { next = pc + 4 + (uint32_t)((int32_t)(int8_t)op * 2); took = 2; }
                break;
            }
            case 28:  // B
                next = pc + 4 + (uint32_t)((int32_t)(op << 21) >> 20); took = 2;
                break;
            case 30: {  // A5.3
                uint32_t op2 = get16(code + 2);
                if ((op2 & 0xd000) == 0xd000) {  // BL
                    uint32_t s = op >> 10 & 1, i1 = 1 ^ s ^ (op2 >> 13 & 1), i2 = 1 ^ s ^ (op2 >> 11 & 1);
                    uint32_t offset = (s ? 0xff000000u : 0) | i1 << 23 | i2 << 22
                        | (op & 0x3ff) << 12 | (op2 & 0x7ff) << 1;
                    r[14] = (pc + 4) | 1;
                    next = pc + 4 + offset; took = 3;
                } else if (op == 0xf3ef && (op2 & 0xf0ff) == 0x8010) {  // MRS of PRIMASK
                    r[op2 >> 8 & 15] = t->masked; next = pc + 4; took = 3;
                } else if ((op & 0xfff0) == 0xf380 && op2 == 0x8810) {  // MSR
                    uint32_t masked = r[op & 15] & 1;
                    if (!masked && t->is_pending) LEAVE;
                    t->masked = masked; next = pc + 4; took = 3;
                } else if (op == 0xf3bf && (op2 & 0xffc0) == 0x8f40 && (op2 >> 4 & 3) < 3) {
                    next = pc + 4; took = 3;  // DSB, DMB, ISB
                } else LEAVE;
                break;
            }
            default: LEAVE;
        }
        r[15] = next;
        used += took;
        count++;
    }
leave:
    t->n = n; t->z = z; t->c = c; t->v = v;
    t->instructions += count;
    return used;
}
