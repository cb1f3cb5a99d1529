// Everything in turn, without ever waiting: frames from the host, the write under way, what came, what was seen.
#include "main_loop.h"
#include "commands.h"
#include "alarm.h"
#include "i2c_controller.h"
#include "i2c_target.h"
#include "led.h"
#include "registers.h"
#include "serial_number.h"
#include "serial_port.h"
#include "sleep.h"
#include "usb.h"

// Sleep until an interrupt brings work, unless one has since we looked. What has a time of its own is looked at again
// soon.
static void idle(void) {
  enum { SOON_US = 500 };
  led_set(usb_connected());
  irq_off();
  if (controller_busy() || target_busy() || commands_busy()) alarm_in(SOON_US);
  else lines_wake();
  if (!ring_used(&from_host) && !events_waiting() && controller_waits()) sleep_until_work();
  irq_on();
}

void main_loop(void) {
  irq_after_sniffer(IRQ_TIMER0);
  irq_after_sniffer(IRQ_USB);
  irq_after_sniffer(IRQ_PINS);
  irq_after_sniffer(IRQ_I2C0);
  irq_after_sniffer(IRQ_I2C1);
  serial_number_read();
  led_start();
  controller_start();
  target_start();
  usb_start();
  for (;;) {
    work_came = 0;
    int worked = commands_poll();
    controller_poll();
    target_poll();
    worked |= events_poll();
    if (worked) led_set(0);
    else idle();
  }
}
