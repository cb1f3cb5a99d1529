// From reset to main, and the interrupt vectors.
#include "alarm.h"
#include "clocks.h"
#include "i2c_controller.h"
#include "i2c_target.h"
#include "main_loop.h"
#include "registers.h"
#include "usb.h"

extern uint32_t load_start, data_start, data_end, bss_start, bss_end, stack_top;

// The compiler calls these for structures.
void *memcpy(void *to, const void *from, size_t count) {
  uint8_t *t = to;
  const uint8_t *f = from;
  while (count--) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, size_t count) {
  uint8_t *t = to;
  while (count--) *t++ = (uint8_t)value;
  return to;
}

void reset_handler(void) {
  const uint32_t *from = &load_start;
  for (uint32_t *to = &data_start; to < &data_end;) *to++ = *from++;
  for (uint32_t *to = &bss_start; to < &bss_end;) *to++ = 0;
  clocks_start();
  unreset(RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_TIMER);
  main_loop();
}

// A fault starts the firmware anew: the host sees the device leave and come back.
static void fault(void) {
  REG(0xe000ed0c) = 0x05fa0004;
  for (;;) {
  }
}

// Not every image has these.
void line_interrupt(void) __attribute__((weak, alias("fault")));
void sniffer_interrupt(void) __attribute__((weak, alias("fault")));

__attribute__((section(".vectors"), used)) void (*const vectors[48])(void) = {
    (void (*)(void)) & stack_top, reset_handler, fault, fault,
    [11] = fault,
    [14] = fault,
    [15] = fault,
    [16 + IRQ_TIMER0] = alarm_interrupt,
    [16 + IRQ_USB] = usb_interrupt,
    [16 + IRQ_PINS] = line_interrupt,
    [16 + IRQ_PIO0] = sniffer_interrupt,
    [16 + IRQ_I2C0] = controller_interrupt,
    [16 + IRQ_I2C1] = target_interrupt,
};
