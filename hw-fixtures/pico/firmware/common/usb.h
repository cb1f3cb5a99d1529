// The USB device: enumeration, the standard requests, and one pair of bulk endpoints. What the bytes mean is the
// business of the image's function (usb_function.h).
#pragma once
#include <stdint.h>

enum { ENDPOINT_NOTIFY = 1, ENDPOINT_DATA = 2, PACKET_BYTES = 64 };

void usb_start(void);
// Stop being a device, as when the cable is pulled.
void usb_stop(void);
void usb_interrupt(void);
int usb_connected(void);

// Between these the interrupt of USB waits, and no other: to copy a packet takes longer than a bit on the I2C bus.
void usb_lock(void);
void usb_unlock(void);

// What follows is for the function, in its interrupt or locked.
// Take one packet from the host, unless one is awaited already.
void usb_receive(void);
// A buffer of PACKET_BYTES for the next packet to the host; 0 while one is under way or there is no host.
volatile uint8_t *usb_send_buffer(void);
void usb_send(uint32_t bytes);

// Answers to a control request: data for the host (which wanted so many bytes), data from it, or neither.
void usb_control_send(const uint8_t *data, uint32_t bytes, uint32_t wanted);
void usb_control_receive(uint32_t bytes);
void usb_control_done(void);
