/* Integers as bytes, little-endian, as they are on disk and in what is hashed. */
#ifndef HR_BASE_BYTES_H
#define HR_BASE_BYTES_H

#include <stdint.h>

static inline void hr_put32(unsigned char out[4], uint32_t value) {
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

static inline uint32_t hr_get32(const unsigned char in[4]) {
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

static inline void hr_put64(unsigned char out[8], int64_t value) {
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)((uint64_t)value >> 8 * i);
}

static inline int64_t hr_get64(const unsigned char in[8]) {
    return (int64_t)((uint64_t)hr_get32(in) | (uint64_t)hr_get32(in + 4) << 32);
}

#endif
