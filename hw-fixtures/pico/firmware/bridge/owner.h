// The bus owner of our I2C bus: asks at every address that a device may have, gives EIDs of the pool, and looks again.
#pragma once
#include <stdint.h>

// Does something, or waits; never long.
void owner_poll(void);
// Is something to be done at a time of its own? Microseconds until then, 0 when there is nothing.
uint32_t owner_wait_us(void);
// Forget what is known of addresses: the pool is another one.
void owner_restart(void);
// A control response from below, from its type byte on.
void owner_response(uint8_t source, uint8_t tag, const uint8_t *response, uint32_t count);
// Nobody acknowledged this address.
void owner_refused(uint8_t address);
