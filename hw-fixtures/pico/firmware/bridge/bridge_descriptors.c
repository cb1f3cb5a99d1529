// What the bridge says of itself on USB: one interface of MCTP (DSP0283), by which Linux's own driver knows it.
#include "usb.h"
#include "usb_function.h"
#include "version.h"

const char manufacturer_text[] = "mctpkit", product_text[] = "mctpkit MCTP bridge";

enum { CLASS_MCTP = 0x14, SUBCLASS_ENDPOINT = 0x00, PROTOCOL_MCTP_1 = 0x01 };

// 1209:0001 is pid.codes' pair for tests: hosts know the bridge by the class of its interface.
const uint8_t device_descriptor[] = {
    18, 1, 0x00, 0x02, 0, 0, 0, PACKET_BYTES, 0x09, 0x12, 0x01, 0x00, VERSION_MINOR, VERSION_MAJOR, 1, 2, 3, 1,
};

#define CONFIGURATION_BYTES 32
const uint8_t configuration_descriptor[CONFIGURATION_BYTES] = {
    9, 2, CONFIGURATION_BYTES, 0, 1, 1, 0, 0x80, 50,
    9, 4, 0, 0, 2, CLASS_MCTP, SUBCLASS_ENDPOINT, PROTOCOL_MCTP_1, 0,
    7, 5, ENDPOINT_DATA, 2, PACKET_BYTES, 0, 0,
    7, 5, 0x80 | ENDPOINT_DATA, 2, PACKET_BYTES, 0, 0,
};
