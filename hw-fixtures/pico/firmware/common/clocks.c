// Clocks: 12 MHz crystal, 125 MHz for the system, 48 MHz for USB, and a timer which counts microseconds.
#include "clocks.h"
#include "registers.h"

static void start_pll(uint32_t base, uint32_t reset_bit, uint32_t feedback, uint32_t divider1, uint32_t divider2) {
  REG_SET(RESETS) = reset_bit;
  unreset(reset_bit);
  REG(base + 0x0) = 1;
  REG(base + 0x8) = feedback;
  REG_CLEAR(base + 0x4) = 1 << 0 | 1 << 5;
  while (!(REG(base) >> 31)) {
  }
  REG(base + 0xc) = divider1 << 16 | divider2 << 12;
  REG_CLEAR(base + 0x4) = 1 << 3;
}

void clocks_start(void) {
  REG(XOSC + 0xc) = 47; // start-up delay, about 1 ms
  REG(XOSC) = 0xaa0;
  REG_SET(XOSC) = 0xfab000;
  while (!(REG(XOSC + 4) >> 31)) {
  }
  // Nothing may run from a PLL while it changes.
  REG_CLEAR(CLOCKS + 0x3c) = 1;
  while (REG(CLOCKS + 0x44) != 1) {
  }
  REG_CLEAR(CLOCKS + 0x30) = 3;
  while (REG(CLOCKS + 0x38) != 1) {
  }
  start_pll(PLL_SYS, RESET_PLL_SYS, 125, 6, 2); // 12 MHz * 125 / 12 = 125 MHz
  start_pll(PLL_USB, RESET_PLL_USB, 100, 5, 5); // 12 MHz * 100 / 25 = 48 MHz
  REG(CLOCKS + 0x34) = 0x100;                   // clk_ref: the crystal
  REG(CLOCKS + 0x30) = 2;
  while (REG(CLOCKS + 0x38) != 4) {
  }
  REG(CLOCKS + 0x40) = 0x100; // clk_sys: its PLL
  REG(CLOCKS + 0x3c) = 0;
  REG_SET(CLOCKS + 0x3c) = 1;
  while (REG(CLOCKS + 0x44) != 2) {
  }
  REG(CLOCKS + 0x48) = 0; // clk_peri: as clk_sys
  REG_SET(CLOCKS + 0x48) = 1 << 11;
  REG(CLOCKS + 0x58) = 0x100; // clk_usb: its PLL
  REG(CLOCKS + 0x54) = 0;
  REG_SET(CLOCKS + 0x54) = 1 << 11;
  REG(WATCHDOG + 0x2c) = 12 | 1 << 9; // tick of the timer: 1 us
}
