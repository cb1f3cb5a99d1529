// Everything in turn, without ever waiting: packets from above, packets from below, the bus owner's questions.
#include "main_loop.h"
#include "alarm.h"
#include "forward.h"
#include "i2c_controller.h"
#include "i2c_target.h"
#include "led.h"
#include "owner.h"
#include "registers.h"
#include "routing.h"
#include "serial_number.h"
#include "sleep.h"
#include "smbus.h"
#include "units.h"
#include "usb.h"
#include "usb_requests.h"

// Sleep until an interrupt brings work, unless one has since we looked, or until the time of what has one.
static void idle(void) {
  enum { SOON_US = 500 };
  uint32_t wait = owner_wait_us();
  if (smbus_busy() && (!wait || wait > SOON_US)) wait = SOON_US;
  led_set(usb_connected() && own_eid);
  irq_off();
  if (wait) alarm_in(wait);
  int work = wait == 1 || units_waiting() || usb_requests_waiting() || target_oldest();
  if (!work && controller_waits()) sleep_until_work();
  irq_on();
}

void main_loop(void) {
  serial_number_read();
  led_start();
  smbus_start();
  usb_start();
  for (;;) {
    work_came = 0;
    usb_requests_poll();
    // A host which knows us anew gives us an EID, and EIDs for what is below.
    if (units_restarted()) {
      routing_clear();
      owner_restart();
    }
    int worked = forward_from_above() | forward_from_below();
    smbus_poll();
    owner_poll();
    if (worked) led_set(0);
    else idle();
  }
}
