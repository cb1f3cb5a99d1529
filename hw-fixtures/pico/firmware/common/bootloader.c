#include "bootloader.h"
#include "registers.h"
#include "usb.h"
#include "usb_function.h"

// The boot ROM's functions are found by two letters in its table (datasheet §2.8.3).
void bootloader_enter(void) {
  for (uint32_t from = now_us(); !function_all_sent() && now_us() - from < 50000;) {
  }
  for (uint32_t from = now_us(); now_us() - from < 20000;) {
  }
  usb_stop();
  typedef void *(*lookup_function)(uint16_t *table, uint32_t code);
  lookup_function lookup = (lookup_function)(uintptr_t)*(uint16_t *)0x18;
  uint16_t *table = (uint16_t *)(uintptr_t)*(uint16_t *)0x14;
  void (*reset_to_usb_boot)(uint32_t, uint32_t) = (void (*)(uint32_t, uint32_t))lookup(table, 'U' | 'B' << 8);
  reset_to_usb_boot(0, 0);
}
