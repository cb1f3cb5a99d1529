// Two vendor requests to the device, which need no interface: a host may make them while a driver holds the interface.
#include "bootloader.h"
#include "counters.h"
#include "usb.h"
#include "usb_function.h"
#include "usb_requests.h"

volatile uint32_t counters[COUNTERS];
static volatile uint32_t bootloader_wanted;

enum { FROM_DEVICE = 0xc0, TO_DEVICE = 0x40 };
enum { READ_COUNTERS = 1, ENTER_BOOTLOADER = 2 };
enum { WORD_BO = 0x4f42, WORD_OT = 0x544f }; // "BOOT"

int function_request(uint8_t type, uint8_t request, uint32_t value, uint32_t index, uint32_t wanted) {
  if (type == FROM_DEVICE && request == READ_COUNTERS) {
    usb_control_send((const uint8_t *)counters, sizeof counters, wanted);
    return 1;
  }
  if (type == TO_DEVICE && request == ENTER_BOOTLOADER && value == WORD_BO && index == WORD_OT && wanted == 0) {
    bootloader_wanted = 1;
    usb_control_done();
    return 1;
  }
  return 0;
}

int usb_requests_waiting(void) { return bootloader_wanted != 0; }

void usb_requests_poll(void) {
  if (bootloader_wanted) bootloader_enter();
}
