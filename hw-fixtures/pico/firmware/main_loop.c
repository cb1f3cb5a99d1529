// Everything in turn, without ever waiting: frames from the host, the write under way, what came, what was seen.
#include "main_loop.h"
#include "commands.h"
#include "i2c_controller.h"
#include "i2c_target.h"
#include "led.h"
#include "registers.h"
#include "serial_number.h"
#include "usb.h"

// Sleep until an interrupt, unless one has brought work since we looked, or something here has a time of its own.
static void idle(void) {
  led_set(usb_connected());
  if (controller_busy() || target_busy() || commands_busy()) return;
  irq_off();
  if (!ring_used(&from_host) && !events_waiting()) __asm volatile("wfi");
  irq_on();
}

void main_loop(void) {
  serial_number_read();
  led_start();
  controller_start();
  target_start();
  usb_start();
  for (;;) {
    int worked = commands_poll();
    controller_poll();
    target_poll();
    worked |= events_poll();
    if (worked) led_set(0);
    else idle();
  }
}
