// What each image gives to the USB device: its descriptors, and what it does with requests and packets. All of it is called
// in the interrupt of USB.
#pragma once
#include <stdint.h>

extern const uint8_t device_descriptor[];
// Its length is in its bytes 2 and 3.
extern const uint8_t configuration_descriptor[];
// Manufacturer and product; the serial number is the flash chip's.
extern const char manufacturer_text[], product_text[];

// The host chose the configuration: packets may pass. `on` is 0 after a reset of the bus.
void function_configured(int on);
// A request which is not standard: 1 when it was answered.
int function_request(uint8_t type, uint8_t request, uint32_t value, uint32_t index, uint32_t wanted);
// The data of a request to which `usb_control_receive` was the answer; it must be followed by `usb_control_done`.
void function_request_data(const volatile uint8_t *bytes, uint32_t count);
// A bulk packet came, of 0 to PACKET_BYTES bytes; ask for the next one with `usb_receive`.
void function_received(const volatile uint8_t *bytes, uint32_t count);
// The host took the packet; the buffer is free.
void function_sent(void);
// Has the host taken everything there is for it?
int function_all_sent(void);
