// The analyser: a PIO program watches GP4 and GP5 and gives a symbol for each bit, START and STOP on the bus.
#pragma once
#include <stdint.h>

enum { SNIFF_QUEUE = 16, MAX_SNIFFED = 600 };
enum { SNIFF_BY_RESTART = 1 << 0, SNIFF_RESTARTED = 1 << 1, SNIFF_OVERRUN = 1 << 2, SNIFF_CUT = 1 << 3,
       SNIFF_INCOMPLETE = 1 << 4 };

typedef struct {
  uint32_t start_us, end_us, longest_gap_us;
  uint8_t flags;
  uint16_t count;
  uint8_t bytes[MAX_SNIFFED];           // the address byte first
  uint8_t refused[(MAX_SNIFFED + 7) / 8]; // a bit per byte: not acknowledged
} sniffed_transfer;

void sniffer_on(int on);
void sniffer_interrupt(void);
const sniffed_transfer *sniffer_oldest(void);
void sniffer_taken(void);
extern volatile uint32_t sniffer_lost;
