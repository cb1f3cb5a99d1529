// Who is where: ourselves, our bus owner above, what it told us of, and the devices on our bus.
#pragma once
#include <stdint.h>

enum { POOL = 15, FIRST_EID = 8, LAST_EID = 254 };

typedef struct {
  uint8_t address; // 7-bit; 0: this place was never used
  uint8_t present, bridge, misses;
} device;

// The EID of a device is the place in the list, counted from `pool_first`: a device which comes back has the EID it had.
extern device devices[POOL];
extern uint8_t own_eid, owner_eid, pool_first, pool_size;

// As after power-up.
void routing_clear(void);
void routing_use_pool(uint8_t first, uint8_t size);
// The bus owner says that these are above.
void routing_above(uint8_t first, uint8_t size);
int is_above(uint8_t eid);
int is_eid(uint32_t eid);
int in_pool(uint8_t eid);
// Present; 0 when there is none.
device *device_with_eid(uint8_t eid);
uint8_t eid_of(const device *d);
// The place of an address, 0 when it has none.
device *device_at(uint8_t address);
// A place for an address: its own, an unused one, or that of a device which is gone; 0 when all are there.
device *device_place(uint8_t address);
