// The controller: I2C0 on GP4 and GP5. Writes from a queue, one at a time, without ever waiting.
#pragma once
#include <stdint.h>

enum { RESULT_DONE = 0, RESULT_ADDRESS_NACK = 1, RESULT_DATA_NACK = 2, RESULT_ARBITRATION = 3, RESULT_TIMEOUT = 4,
       RESULT_STUCK = 5, RESULT_INVALID = 6, RESULT_UNSUPPORTED = 7, RESULT_BUSY = 8, RESULT_NOT_TRIED = 9 };

enum { WRITE_QUEUE = 8, MAX_WRITE = 1040 };

void controller_start(void);
// The speed that is really set, in Hz.
uint32_t controller_configure(uint32_t speed_hz, uint32_t timeout_us);
// RESULT_DONE when it is queued. What follows a failed write of the same chain is not tried: order is kept.
uint32_t controller_write(uint8_t id, uint8_t chain, uint8_t address, const uint8_t *bytes, uint32_t count);
void controller_poll(void);
int controller_busy(void);
// Arms the interrupt which wakes us when the write under way wants something; false when it wants it already.
int controller_waits(void);
void controller_interrupt(void);
// Lose arbitration in the next `count` writes.
void controller_lose_arbitration(uint32_t count);
// Nine clocks and a STOP, as SMBus wants to free a stuck bus; the line levels afterwards.
uint32_t controller_recover(void);
// Bit 0: SCL high, bit 1: SDA high.
uint32_t controller_lines(void);
// Called with each result: bytes acknowledged, microseconds it took.
void controller_finished(uint8_t id, uint32_t result, uint32_t acknowledged, uint32_t us);
