#include "usb_descriptors.h"
#include "serial_number.h"
#include "version.h"

// 1209:0001 is pid.codes' pair for tests: hosts know the adapter by its product string and by HELLO, not by these.
const uint8_t device_descriptor[DEVICE_DESCRIPTOR_BYTES] = {
    18, 1, 0x00, 0x02, 0xef, 0x02, 0x01, PACKET_BYTES, 0x09, 0x12, 0x01, 0x00, VERSION_MINOR, VERSION_MAJOR, 1, 2, 3, 1,
};

const uint8_t configuration_descriptor[CONFIGURATION_BYTES] = {
    9, 2, CONFIGURATION_BYTES, 0, 2, 1, 0, 0x80, 50,
    8, 11, 0, 2, 2, 2, 0, 0,                // the two interfaces are one function
    9, 4, 0, 0, 1, 2, 2, 0, 0,              // communication: CDC, ACM
    5, 0x24, 0x00, 0x10, 0x01,              // header
    5, 0x24, 0x01, 0, 1,                    // call management
    4, 0x24, 0x02, 2,                       // ACM: line coding
    5, 0x24, 0x06, 0, 1,                    // union
    7, 5, 0x80 | ENDPOINT_NOTIFY, 3, 8, 0, 16,
    9, 4, 1, 0, 2, 10, 0, 0, 0,             // data
    7, 5, ENDPOINT_DATA, 2, PACKET_BYTES, 0, 0,
    7, 5, 0x80 | ENDPOINT_DATA, 2, PACKET_BYTES, 0, 0,
};

uint32_t string_descriptor(uint8_t number, uint8_t *to) {
  const char *texts[] = {"mctpkit", "mctpkit I2C adapter", serial_number};
  uint32_t bytes = 2;
  if (number == 0) {
    to[2] = 9; // English (United States)
    to[3] = 4;
    bytes = 4;
  } else if (number <= 3) {
    for (const char *c = texts[number - 1]; *c; c++) {
      to[bytes++] = (uint8_t)*c;
      to[bytes++] = 0;
    }
  } else {
    return 0;
  }
  to[0] = (uint8_t)bytes;
  to[1] = 3;
  return bytes;
}
