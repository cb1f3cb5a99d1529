// MCTP packets over USB (DSP0283): units of a 4-byte header and a packet, both ways.
#pragma once
#include <stdint.h>

// Header included. A unit's length is one byte, which counts 4 bytes of its own.
enum { MAX_PACKET = 251 };

// The oldest packet of the host, 0 when there is none; `units_taken` makes room.
const uint8_t *units_oldest(uint32_t *count);
void units_taken(void);
int units_room(void);
// One unit is one transfer. There must be room.
void units_send(const uint8_t *packet, uint32_t count);
// Forget what is queued when the bus was reset or the configuration chosen; 1 when it was.
int units_restarted(void);
// Is there a packet, or a restart?
int units_waiting(void);
