// What the adapter says of itself on USB: a serial port (CDC-ACM).
#include "usb.h"
#include "usb_function.h"
#include "version.h"

const char manufacturer_text[] = "mctpkit", product_text[] = "mctpkit I2C adapter";

// 1209:0001 is pid.codes' pair for tests: hosts know the adapter by its product string and by HELLO, not by these.
const uint8_t device_descriptor[] = {
    18, 1, 0x00, 0x02, 0xef, 0x02, 0x01, PACKET_BYTES, 0x09, 0x12, 0x01, 0x00, VERSION_MINOR, VERSION_MAJOR, 1, 2, 3, 1,
};

#define CONFIGURATION_BYTES 75
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
