// The target: I2C1 on GP6 and GP7. Whole writes to our address, with the time of their STOP; and faults on purpose.
#pragma once
#include <stdint.h>

enum { RECEIVE_QUEUE = 16, MAX_RECEIVED = 1040 };

typedef struct {
  uint32_t us;
  uint16_t count;
  uint8_t bytes[MAX_RECEIVED];
} received_write;

void target_start(void);
// 7-bit; 0 listens to none.
void target_listen(uint8_t address);
void target_interrupt(void);
// The oldest write, 0 when there is none. `target_taken` makes room.
const received_write *target_oldest(void);
void target_taken(void);
// Writes which found no room or were too long.
extern volatile uint32_t target_lost;

enum { FAULT_NONE = 0, FAULT_NACK_ADDRESS = 1, FAULT_NACK_BYTE = 2, FAULT_STRETCH = 3, FAULT_HOLD_SDA = 4,
       FAULT_LOSE_ARBITRATION = 5 };
// `count` writes go wrong. Value: the byte (NACK_BYTE, from 0), or microseconds (STRETCH, HOLD_SDA).
uint32_t target_fault(uint8_t kind, uint32_t count, uint32_t value);
// Ends faults whose time is over.
void target_poll(void);
// Does a fault wait for its end?
int target_busy(void);
