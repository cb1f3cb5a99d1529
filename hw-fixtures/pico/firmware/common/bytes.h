// Numbers in little-endian order, and byte rings between interrupt handlers and the main loop.
#pragma once
#include <stdint.h>

static inline void put16(uint8_t *to, uint32_t value) {
  to[0] = (uint8_t)value;
  to[1] = (uint8_t)(value >> 8);
}

static inline void put32(uint8_t *to, uint32_t value) {
  put16(to, value);
  put16(to + 2, value >> 16);
}

static inline uint32_t get16(const uint8_t *from) { return from[0] | (uint32_t)from[1] << 8; }
static inline uint32_t get32(const uint8_t *from) { return get16(from) | get16(from + 2) << 16; }

// One writer, one reader. Positions run on and are cut to the size, a power of two, when used.
#define RING_BYTES 8192u
typedef struct {
  uint8_t bytes[RING_BYTES];
  volatile uint32_t written, taken;
} ring;

static inline uint32_t ring_used(const ring *r) { return r->written - r->taken; }
static inline uint32_t ring_free(const ring *r) { return RING_BYTES - ring_used(r); }

static inline void ring_put(ring *r, uint8_t value) {
  r->bytes[r->written % RING_BYTES] = value;
  r->written++;
}

static inline uint8_t ring_take(ring *r) {
  uint8_t value = r->bytes[r->taken % RING_BYTES];
  r->taken++;
  return value;
}
