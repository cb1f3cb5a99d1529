#pragma once

// Leave for the boot loader, if the host said so.
void usb_requests_poll(void);
// Does the host want it?
int usb_requests_waiting(void);
