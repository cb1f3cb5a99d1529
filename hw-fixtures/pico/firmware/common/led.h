// The LED: off until a host has set the adapter up, then on; it flickers with traffic.
#pragma once

void led_start(void);
void led_set(int on);
