// Registers of the RP2040 (datasheet, chapters 2 and 4) and what every file needs to use them.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
// Every peripheral register has aliases which set or clear single bits.
#define REG_SET(address) REG((address) + 0x2000)
#define REG_CLEAR(address) REG((address) + 0x3000)

enum {
  CLOCKS = 0x40008000,
  RESETS = 0x4000c000,
  IO_BANK0 = 0x40014000,
  IO_QSPI = 0x40018000,
  PADS_BANK0 = 0x4001c000,
  XOSC = 0x40024000,
  PLL_SYS = 0x40028000,
  PLL_USB = 0x4002c000,
  I2C0 = 0x40044000,
  I2C1 = 0x40048000,
  TIMER = 0x40054000,
  WATCHDOG = 0x40058000,
  SSI = 0x18000000,
};
#define USB_DPRAM 0x50100000u
#define USB_REGS 0x50110000u
#define PIO0 0x50200000u
#define SIO 0xd0000000u
#define NVIC_ISER 0xe000e100u
#define NVIC_ICER 0xe000e180u
#define NVIC_IPR 0xe000e400u

enum {
  RESET_I2C0 = 1 << 3,
  RESET_I2C1 = 1 << 4,
  RESET_IO_BANK0 = 1 << 5,
  RESET_PADS_BANK0 = 1 << 8,
  RESET_PIO0 = 1 << 10,
  RESET_PLL_SYS = 1 << 12,
  RESET_PLL_USB = 1 << 13,
  RESET_TIMER = 1 << 21,
  RESET_USB = 1 << 24,
};

enum { IRQ_TIMER0 = 0, IRQ_USB = 5, IRQ_PIO0 = 7, IRQ_PINS = 13, IRQ_I2C0 = 23, IRQ_I2C1 = 24 };

static inline void unreset(uint32_t bits) {
  REG_CLEAR(RESETS) = bits;
  while ((REG(RESETS + 8) & bits) != bits) {
  }
}

static inline uint32_t now_us(void) { return REG(TIMER + 0x28); }
// The analyser's interrupt comes before all others: its symbols do not wait.
static inline void irq_after_sniffer(int irq) { REG(NVIC_IPR + irq / 4 * 4) |= 0x80u << irq % 4 * 8; }
static inline void irq_off(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void irq_on(void) { __asm volatile("cpsie i" ::: "memory"); }
