#include "routing.h"

device devices[POOL];
uint8_t own_eid, owner_eid, pool_first, pool_size;
static uint8_t above[256 / 8];

int is_eid(uint32_t eid) { return eid >= FIRST_EID && eid <= LAST_EID; }

void routing_clear(void) {
  own_eid = owner_eid = 0;
  for (uint32_t i = 0; i < sizeof above; i++) above[i] = 0;
  routing_use_pool(0, 0);
}

void routing_use_pool(uint8_t first, uint8_t size) {
  pool_first = first;
  pool_size = size;
  for (uint32_t i = 0; i < POOL; i++) {
    if (i >= size) devices[i].address = 0;
    devices[i].present = 0;
  }
}

void routing_above(uint8_t first, uint8_t size) {
  for (uint32_t eid = first; eid < first + size; eid++) above[eid / 8] |= (uint8_t)(1 << eid % 8);
}

int in_pool(uint8_t eid) { return eid >= pool_first && eid < pool_first + pool_size; }

int is_above(uint8_t eid) {
  return eid != own_eid && !in_pool(eid) && ((eid == owner_eid && eid != 0) || above[eid / 8] >> eid % 8 & 1);
}

device *device_with_eid(uint8_t eid) {
  if (!in_pool(eid)) return 0;
  device *d = &devices[eid - pool_first];
  return d->present ? d : 0;
}

uint8_t eid_of(const device *d) { return (uint8_t)(pool_first + (d - devices)); }

device *device_at(uint8_t address) {
  for (uint32_t i = 0; i < pool_size; i++)
    if (devices[i].address == address) return &devices[i];
  return 0;
}

device *device_place(uint8_t address) {
  device *place = device_at(address);
  if (!place) place = device_at(0);
  for (uint32_t i = 0; !place && i < pool_size; i++)
    if (!devices[i].present) place = &devices[i];
  if (place && place->address != address) *place = (device){.address = address};
  return place;
}
