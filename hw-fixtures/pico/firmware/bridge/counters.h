// What happened since the power came. The host reads all of them, in this order, by a vendor request (usb_requests.c).
#pragma once
#include <stdint.h>

enum {
  USB_TAKEN,     // packets from the host
  USB_SENT,      // packets to the host
  USB_BAD_ID,    // transfers whose rest was dropped: another ID than 1ab4
  USB_BAD_LENGTH,// the same: a length below 8, or one of DSP0283 1.1
  USB_CUT,       // units which the transfer's end cut
  USB_NO_ROOM,   // packets dropped because the host takes none
  I2C_TAKEN,     // packets from the bus
  I2C_SENT,      // packets to the bus
  I2C_BAD_FRAME, // writes to us which are not MCTP
  I2C_BAD_PEC,
  I2C_LOST,      // writes to us for which there was no room
  I2C_NO_ROOM,   // answers of ours dropped because the bus is too slow
  I2C_REFUSED,   // packets whose address nobody acknowledged
  I2C_RETRIES,
  I2C_GIVEN_UP,  // packets given up after all retries
  NO_ROUTE,      // packets to an EID which we do not know, or which we must not pass on
  NOT_FOR_US,    // packets to us which are not a control message, or not one that we can take
  COUNTERS,
};

extern volatile uint32_t counters[COUNTERS];
