#include "led.h"
#include "pins.h"

void led_start(void) {
  REG(PADS_BANK0 + 4 + 4 * LED) = 1 << 6 | 1 << 4;
  REG(PIN_CTRL(LED)) = FUNCTION_SIO;
  REG(SIO + 0x24) = 1 << LED;
}

void led_set(int on) { REG(SIO + (on ? 0x14 : 0x18)) = 1 << LED; }
