#include "i2c_target.h"
#include "pins.h"
#include "sleep.h"

enum { CON = 0x00, SAR = 0x08, DATA_CMD = 0x10, INTR_STAT = 0x2c, INTR_MASK = 0x30, RX_TL = 0x38, CLR_RD_REQ = 0x50,
       CLR_ABRT = 0x54, CLR_STOP = 0x60, CLR_START = 0x64, ENABLE = 0x6c, RXFLR = 0x78, SPKLEN = 0xa0,
       ENABLE_STATUS = 0x9c };
enum { RX_FULL = 1 << 2, RD_REQ = 1 << 5, TX_ABRT = 1 << 6, STOP_DET = 1 << 9, START_DET = 1 << 10 };

static received_write queue[RECEIVE_QUEUE];
static volatile uint32_t received, taken;
static uint32_t length;
static uint8_t overlong, own_address;
volatile uint32_t target_lost;

static volatile uint32_t fault_kind, fault_count, fault_value, release_at, absent_until_stop;

static void block_off(void) {
  REG(I2C1 + ENABLE) = 0;
  for (uint32_t from = now_us(); REG(I2C1 + ENABLE_STATUS) & 1 && now_us() - from < 1000;) {
  }
}

void target_start(void) {
  unreset(RESET_I2C1);
  pin_to_i2c(TARGET_SDA);
  pin_to_i2c(TARGET_SCL);
}

static void listen(void) {
  block_off();
  if (own_address == 0) return;
  REG(I2C1 + SAR) = own_address;
  // Target only, STOP only of our own writes, the clock is held while the FIFO is full: nothing is lost.
  REG(I2C1 + CON) = 2 << 1 | 1 << 5 | 1 << 7 | 1 << 9;
  REG(I2C1 + RX_TL) = 0;
  REG(I2C1 + SPKLEN) = 6;
  REG(I2C1 + INTR_MASK) = RX_FULL | RD_REQ | TX_ABRT | STOP_DET;
  REG(I2C1 + ENABLE) = 1;
}

void target_listen(uint8_t address) {
  irq_off();
  own_address = address & 0x7f;
  length = overlong = 0;
  listen();
  REG(NVIC_ISER) = 1 << IRQ_I2C1;
  irq_on();
}

static void hold(int pin) {
  pin_hold_low(pin);
  release_at = now_us() + fault_value;
  if (release_at == 0) release_at = 1;
  if (--fault_count == 0) fault_kind = FAULT_NONE;
}

static void take_bytes(void) {
  while (REG(I2C1 + RXFLR)) {
    uint32_t value = REG(I2C1 + DATA_CMD);
    if (length == 0 && fault_kind == FAULT_STRETCH) hold(TARGET_SCL);
    if (length == 0 && fault_kind == FAULT_HOLD_SDA) hold(TARGET_SDA);
    if (length < MAX_RECEIVED) queue[received % RECEIVE_QUEUE].bytes[length++] = (uint8_t)value;
    else overlong = 1;
    // Off in the middle of a byte: the block refuses this byte and what follows.
    if (fault_kind == FAULT_NACK_BYTE && length >= fault_value) {
      REG(I2C1 + ENABLE) = 0;
      absent_until_stop = now_us() | 1;
      if (--fault_count == 0) fault_kind = FAULT_NONE;
      length = 0;
      return;
    }
  }
}

static void write_ended(void) {
  take_bytes();
  if (length) {
    // The place being filled is not the reader's: one less than there are.
    if (received - taken < RECEIVE_QUEUE - 1 && !overlong) {
      queue[received % RECEIVE_QUEUE].us = now_us();
      queue[received % RECEIVE_QUEUE].count = (uint16_t)length;
      received++;
    } else {
      target_lost++;
    }
  }
  length = overlong = 0;
}

void target_interrupt(void) {
  uint32_t what = REG(I2C1 + INTR_STAT);
  take_bytes();
  if (what & RD_REQ) { // MCTP never reads
    (void)REG(I2C1 + CLR_RD_REQ);
    REG(I2C1 + DATA_CMD) = 0xff;
  }
  if (what & TX_ABRT) (void)REG(I2C1 + CLR_ABRT);
  if (what & STOP_DET) {
    (void)REG(I2C1 + CLR_STOP);
    write_ended();
  }
  // A byte alone is none, unless what it brought has a time of its own.
  if ((what & ~RX_FULL) || target_busy()) work_came = 1;
}

const received_write *target_oldest(void) { return received == taken ? 0 : &queue[taken % RECEIVE_QUEUE]; }
void target_taken(void) { taken++; }

uint32_t target_fault(uint8_t kind, uint32_t count, uint32_t value) {
  irq_off();
  fault_kind = count == 0 ? FAULT_NONE : kind;
  fault_count = count;
  fault_value = value;
  if (kind == FAULT_NACK_BYTE && value == 0) fault_value = 1;
  if (fault_kind == FAULT_NACK_ADDRESS) {
    // The address is refused while the block is off: `count` is in milliseconds here, since refusals are not seen.
    block_off();
    release_at = now_us() + count * 1000;
    if (release_at == 0) release_at = 1;
  } else if (absent_until_stop == 0 && own_address != 0) {
    listen();
  }
  irq_on();
  return 0;
}

int target_busy(void) { return release_at != 0 || absent_until_stop != 0; }

void target_poll(void) {
  uint32_t now = now_us();
  if (release_at && (int32_t)(now - release_at) >= 0) {
    irq_off();
    release_at = 0;
    pin_release(TARGET_SCL);
    pin_release(TARGET_SDA);
    if (fault_kind == FAULT_NACK_ADDRESS) {
      fault_kind = FAULT_NONE;
      listen();
    }
    irq_on();
  }
  // The controller has its NACK within two bytes at 10 kHz.
  if (absent_until_stop && (int32_t)(now - absent_until_stop) > 2000) {
    irq_off();
    absent_until_stop = 0;
    listen();
    irq_on();
  }
}
