// The USB device: two byte rings towards the host and from it.
#pragma once
#include "bytes.h"

extern ring to_host, from_host;

void usb_start(void);
// Stop being a device, as when the cable is pulled.
void usb_stop(void);
void usb_interrupt(void);
// Something was put into `to_host`, or taken from `from_host`.
void usb_pump(void);
int usb_connected(void);
