// The processor sleeps until an interrupt brings work for the main loop. Many bring a byte and keep it: those it sleeps on.
#pragma once
#include "registers.h"

extern volatile uint32_t work_came;

// Sleep, with interrupts off, unless there has been work since `work_came` was cleared: what comes in between still wakes.
static inline void sleep_until_work(void) {
  while (!work_came) {
    __asm volatile("wfi");
    irq_on();
    __asm volatile("isb" ::: "memory"); // the interrupt is served here
    irq_off();
  }
}
