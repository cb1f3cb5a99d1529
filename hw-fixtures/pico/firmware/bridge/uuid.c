#include "uuid.h"
#include "serial_number.h"

static uint8_t hex(char digit) { return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'A' + 10); }

// Version 1 (RFC 4122): a fixed time, and the eight bytes of the number as clock sequence and node. The node's lowest
// bit says that it is not an Ethernet address.
void uuid_write(uint8_t *to) {
  static const uint8_t time[8] = {0x6d, 0x63, 0x74, 0x70, 0x6b, 0x69, 0x11, 0xf0};
  for (uint32_t i = 0; i < 8; i++) to[i] = time[i];
  for (uint32_t i = 0; i < 8; i++) to[8 + i] = (uint8_t)(hex(serial_number[2 * i]) << 4 | hex(serial_number[2 * i + 1]));
  to[8] = (to[8] & 0x3f) | 0x80;
  to[10] |= 1;
}
