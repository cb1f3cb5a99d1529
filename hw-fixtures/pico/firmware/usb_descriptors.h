// What the adapter says of itself on USB: a serial port (CDC-ACM).
#pragma once
#include <stdint.h>

#define DEVICE_DESCRIPTOR_BYTES 18
#define CONFIGURATION_BYTES 75
extern const uint8_t device_descriptor[DEVICE_DESCRIPTOR_BYTES];
extern const uint8_t configuration_descriptor[CONFIGURATION_BYTES];

enum { ENDPOINT_NOTIFY = 1, ENDPOINT_DATA = 2, PACKET_BYTES = 64 };

// The string descriptor with this number, in UTF-16; 0 when there is none. `to` holds 64 bytes.
uint32_t string_descriptor(uint8_t number, uint8_t *to);
