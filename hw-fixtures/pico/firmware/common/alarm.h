// One alarm, which does nothing but wake the main loop.
#pragma once
#include <stdint.h>

void alarm_in(uint32_t us);
void alarm_interrupt(void);
