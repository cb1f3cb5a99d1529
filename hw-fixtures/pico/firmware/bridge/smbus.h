// MCTP packets over SMBus (DSP0237): each is a write with a PEC; answers are writes to our address.
#pragma once
#include <stdint.h>

// 7-bit. Of the list of SMBus, what management controllers have.
enum { OWN_ADDRESS = 0x10 };

void smbus_start(void);
// Writes go on, and what was refused for a moment is tried again.
void smbus_poll(void);
// Is a packet waiting, or under way?
int smbus_busy(void);
int smbus_room(void);
// There must be room. `asked` packets are told to the bus owner when nobody acknowledges their address.
void smbus_send(uint8_t address, const uint8_t *packet, uint32_t count, int asked);
// The oldest packet written to us, and from which address; 0 when there is none. `smbus_taken` makes room.
const uint8_t *smbus_oldest(uint32_t *count, uint8_t *source);
void smbus_taken(void);
