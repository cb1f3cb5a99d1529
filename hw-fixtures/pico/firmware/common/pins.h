// Which pin does what. Controller and target are two I2C blocks on one bus: join GP4 with GP6, and GP5 with GP7.
#pragma once
#include "registers.h"

enum { CONTROLLER_SDA = 4, CONTROLLER_SCL = 5, TARGET_SDA = 6, TARGET_SCL = 7, LED = 25 };

enum { FUNCTION_I2C = 3, FUNCTION_SIO = 5 };

#define PIN_CTRL(pin) (IO_BANK0 + 8 * (pin) + 4)

// Input on, pull-up on, Schmitt trigger on: the bus has its own, stronger pull-ups.
static inline void pin_to_i2c(int pin) {
  REG(PADS_BANK0 + 4 + 4 * pin) = 1 << 6 | 1 << 3 | 1 << 1;
  REG(PIN_CTRL(pin)) = FUNCTION_I2C;
}

// Pull a line low whatever the block behind it does, and let it go. The block goes on seeing the line.
static inline void pin_hold_low(int pin) { REG(PIN_CTRL(pin)) = FUNCTION_I2C | 3 << 12 | 2 << 8; }
static inline void pin_release(int pin) { REG(PIN_CTRL(pin)) = FUNCTION_I2C; }

// Did the pin rise since this was asked last?
static inline uint32_t pin_rose(int pin) {
  uint32_t rose = REG(IO_BANK0 + 0xf0 + pin / 8 * 4) & 8u << pin % 8 * 4;
  REG(IO_BANK0 + 0xf0 + pin / 8 * 4) = rose;
  return rose;
}

// An interrupt as long as the pin is low.
static inline void pin_wakes_when_low(int pin, int on) {
  uint32_t enable = IO_BANK0 + 0x100 + pin / 8 * 4, bit = 1u << pin % 8 * 4;
  if (on) REG_SET(enable) = bit;
  else REG_CLEAR(enable) = bit;
}

static inline uint32_t pin_is_high(int pin) { return REG(SIO + 4) >> pin & 1; }
