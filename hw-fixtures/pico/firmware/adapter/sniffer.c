#include "sniffer.h"
#include "pins.h"
#include "sleep.h"

enum { CTRL = 0x00, FSTAT = 0x04, FDEBUG = 0x08, RXF0 = 0x20, INSTR_MEM = 0x48, CLKDIV = 0xc8, EXECCTRL = 0xcc,
       SHIFTCTRL = 0xd0, INSTR = 0xd8, PINCTRL = 0xdc, IRQ0_INTE = 0x12c };

// Symbols: 0 and 1 are a bit, told when the clock falls; 2 is a START, 3 a STOP (the data line changed while the clock
// was high). A bit behind a START or STOP in the same high phase is none and is not told.
static const uint16_t PROGRAM[] = {
    0x20a1, //  0 wait 1 pin 1       clock high
    0xa0c3, //  1 mov isr, null
    0x4001, //  2 in pins, 1
    0xa026, //  3 mov x, isr         x: the data line
    0xa0c3, //  4 mov isr, null      still high?
    0x4001, //  5 in pins, 1
    0xa046, //  6 mov y, isr
    0x00ac, //  7 jmp x!=y, 12
    0x00c4, //  8 jmp pin, 4
    0xa0c1, //  9 mov isr, x         fell: a bit
    0x8000, // 10 push noblock
    0x0000, // 11 jmp 0
    0xe021, // 12 set x, 1           changed: 2 or 3
    0xa0c1, // 13 mov isr, x
    0x4041, // 14 in y, 1
    0x8000, // 15 push noblock
    0xa022, // 16 mov x, y
    0xa0c3, // 17 mov isr, null
    0x4001, // 18 in pins, 1
    0xa046, // 19 mov y, isr
    0x00ac, // 20 jmp x!=y, 12
    0x00d1, // 21 jmp pin, 17
    0x0000, // 22 jmp 0
};
enum { START = 2, STOP = 3 };

static sniffed_transfer queue[SNIFF_QUEUE];
static volatile uint32_t seen, taken;
volatile uint32_t sniffer_lost;
static uint32_t open, bits, byte, last_us;

void sniffer_on(int on) {
  irq_off();
  unreset(RESET_PIO0);
  REG(PIO0 + CTRL) = 0;
  open = 0;
  if (on) {
    for (uint32_t i = 0; i < sizeof PROGRAM / sizeof *PROGRAM; i++) REG(PIO0 + INSTR_MEM + 4 * i) = PROGRAM[i];
    REG(PIO0 + CLKDIV) = 1 << 16;
    REG(PIO0 + EXECCTRL) = CONTROLLER_SCL << 24 | 22 << 12;
    REG(PIO0 + SHIFTCTRL) = 1u << 31; // shift left, one deep FIFO for reception
    REG(PIO0 + PINCTRL) = CONTROLLER_SDA << 15;
    REG(PIO0 + INSTR) = 0x0000; // jmp 0
    REG(PIO0 + FDEBUG) = 0xffffffff;
    REG(PIO0 + IRQ0_INTE) = 1 << 0;
    REG(NVIC_ISER) = 1 << IRQ_PIO0;
    REG(PIO0 + CTRL) = 1;
  } else {
    REG(PIO0 + IRQ0_INTE) = 0;
  }
  irq_on();
}

static sniffed_transfer *current(void) { return &queue[seen % SNIFF_QUEUE]; }

static void end_transfer(uint32_t now, uint8_t flags) {
  sniffed_transfer *t = current();
  t->end_us = now;
  t->flags |= flags | (bits ? SNIFF_INCOMPLETE : 0);
  open = 0;
  if (seen - taken < SNIFF_QUEUE - 1) seen++;
  else sniffer_lost++;
  work_came = 1;
}

static void start_transfer(uint32_t now, uint8_t flags) {
  sniffed_transfer *t = current();
  t->start_us = now;
  t->longest_gap_us = 0;
  t->flags = flags;
  t->count = 0;
  bits = byte = 0;
  open = 1;
}

static void add_bit(uint32_t bit) {
  sniffed_transfer *t = current();
  if (bits < 8) {
    byte = byte << 1 | bit;
    bits++;
    return;
  }
  if (t->count < MAX_SNIFFED) {
    uint32_t at = t->count++;
    t->bytes[at] = (uint8_t)byte;
    uint8_t mask = (uint8_t)(1 << (at & 7));
    t->refused[at >> 3] = (uint8_t)(bit ? t->refused[at >> 3] | mask : t->refused[at >> 3] & ~mask);
  } else {
    t->flags |= SNIFF_CUT;
  }
  bits = byte = 0;
}

void sniffer_interrupt(void) {
  uint32_t now = now_us();
  if (REG(PIO0 + FDEBUG) & 1) { // symbols were lost: what is open cannot be trusted
    REG(PIO0 + FDEBUG) = 1;
    if (open) current()->flags |= SNIFF_OVERRUN;
  }
  while (!(REG(PIO0 + FSTAT) & 1 << 8)) {
    uint32_t symbol = REG(PIO0 + RXF0);
    if (symbol == START) {
      uint8_t restart = (uint8_t)open;
      if (open) end_transfer(now, SNIFF_RESTARTED);
      start_transfer(now, restart ? SNIFF_BY_RESTART : 0);
    } else if (open) {
      sniffed_transfer *t = current();
      if (now - last_us > t->longest_gap_us && (t->count || bits)) t->longest_gap_us = now - last_us;
      if (symbol == STOP) end_transfer(now, 0);
      else add_bit(symbol);
    }
    last_us = now;
  }
}

const sniffed_transfer *sniffer_oldest(void) { return seen == taken ? 0 : &queue[taken % SNIFF_QUEUE]; }
void sniffer_taken(void) { taken++; }
