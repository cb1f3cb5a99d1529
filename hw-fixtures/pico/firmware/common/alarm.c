#include "alarm.h"
#include "registers.h"
#include "sleep.h"

enum { ALARM0 = 0x10, INTR = 0x34, INTE = 0x38 };

void alarm_in(uint32_t us) {
  REG(TIMER + INTE) = 1;
  REG(NVIC_ISER) = 1 << IRQ_TIMER0;
  REG(TIMER + ALARM0) = now_us() + us;
}

void alarm_interrupt(void) {
  REG(TIMER + INTR) = 1;
  work_came = 1;
}
