#include "i2c_controller.h"
#include "clocks.h"
#include "pins.h"
#include "sleep.h"

enum { CON = 0x00, TAR = 0x04, DATA_CMD = 0x10, FS_HCNT = 0x1c, FS_LCNT = 0x20, INTR_MASK = 0x30, TX_TL = 0x3c, RAW = 0x34, CLR_INTR = 0x40,
       CLR_ABRT = 0x54, CLR_STOP = 0x60, ENABLE = 0x6c, STATUS_REG = 0x70, SDA_HOLD = 0x7c, ABRT_SOURCE = 0x80,
       SPKLEN = 0xa0, ENABLE_STATUS = 0x9c };
enum { RAW_ABRT = 1 << 6, RAW_STOP = 1 << 9, RAW_TX_EMPTY = 1 << 4, CMD_STOP = 1 << 9, ABORT_DATA_NACK = 1 << 3, ABORT_LOST = 1 << 12,
       ABORT_ADDRESS = 1 << 0 };

enum { NO_CHAIN = 256 };

static struct {
  uint8_t id, chain, address;
  uint16_t count;
  uint8_t bytes[MAX_WRITE];
} queue[WRITE_QUEUE];
static uint32_t queued, finished, given, running, started, timeout = 100000, lose;
// The chain in which a write failed, or none.
static uint32_t failed_chain = NO_CHAIN;

static void block_off(void) {
  REG(I2C0 + ENABLE) = 0;
  for (uint32_t from = now_us(); REG(I2C0 + ENABLE_STATUS) & 1 && now_us() - from < 1000;) {
  }
}

void controller_start(void) {
  unreset(RESET_I2C0);
  pin_to_i2c(CONTROLLER_SDA);
  pin_to_i2c(CONTROLLER_SCL);
  controller_configure(100000, 100000);
}

uint32_t controller_configure(uint32_t speed_hz, uint32_t timeout_us) {
  if (speed_hz < 10000) speed_hz = 10000;
  if (speed_hz > 1000000) speed_hz = 1000000;
  block_off();
  uint32_t period = (SYSTEM_HZ + speed_hz / 2) / speed_hz, low = period * 3 / 5, high = period - low;
  REG(I2C0 + CON) = 1 << 0 | 2 << 1 | 1 << 5 | 1 << 6 | 1 << 8; // controller only, holds the clock when out of bytes
  REG(I2C0 + FS_HCNT) = high;
  REG(I2C0 + FS_LCNT) = low;
  REG(I2C0 + SPKLEN) = low < 16 ? 1 : low / 16 < 12 ? low / 16 : 12;
  // Data changes 300 ns after the clock fell, or 120 ns in fast mode plus.
  REG(I2C0 + SDA_HOLD) = speed_hz < 1000000 ? SYSTEM_HZ / 1000000 * 3 / 10 + 1 : SYSTEM_HZ / 1000000 * 3 / 25 + 1;
  REG(I2C0 + INTR_MASK) = 0;
  REG(I2C0 + TX_TL) = 4;
  REG(NVIC_ISER) = 1 << IRQ_I2C0;
  REG(I2C0 + ENABLE) = 1;
  timeout = timeout_us;
  return SYSTEM_HZ / period;
}

uint32_t controller_lines(void) { return pin_is_high(CONTROLLER_SCL) | pin_is_high(CONTROLLER_SDA) << 1; }

uint32_t controller_write(uint8_t id, uint8_t chain, uint8_t address, const uint8_t *bytes, uint32_t count) {
  if (queued - finished >= WRITE_QUEUE) return RESULT_BUSY;
  if (count == 0 || count > MAX_WRITE || address > 0x7f) return RESULT_INVALID;
  if (chain == failed_chain) return RESULT_NOT_TRIED;
  failed_chain = NO_CHAIN;
  uint32_t slot = queued % WRITE_QUEUE;
  queue[slot].id = id;
  queue[slot].chain = chain;
  queue[slot].address = address;
  queue[slot].count = (uint16_t)count;
  for (uint32_t i = 0; i < count; i++) queue[slot].bytes[i] = bytes[i];
  queued++;
  controller_poll();
  return RESULT_DONE;
}

static void begin(void) {
  uint32_t slot = finished % WRITE_QUEUE;
  block_off();
  REG(I2C0 + TAR) = queue[slot].address;
  REG(I2C0 + ENABLE) = 1;
  (void)REG(I2C0 + CLR_INTR);
  given = 0;
  running = 1;
  started = now_us();
}

static void end(uint32_t result, uint32_t acknowledged) {
  uint8_t id = queue[finished % WRITE_QUEUE].id, chain = queue[finished % WRITE_QUEUE].chain;
  running = 0;
  finished++;
  pin_release(CONTROLLER_SDA);
  controller_finished(id, result, acknowledged, now_us() - started);
  if (result == RESULT_DONE) return;
  failed_chain = chain;
  while (queued != finished && queue[finished % WRITE_QUEUE].chain == chain) {
    controller_finished(queue[finished % WRITE_QUEUE].id, RESULT_NOT_TRIED, 0, 0);
    finished++;
  }
}

// What the block says why it gave up. TX_FLUSH_CNT (bits 31:23) are the bytes which it threw away.
static void aborted(void) {
  uint32_t source = REG(I2C0 + ABRT_SOURCE), flushed = source >> 23;
  (void)REG(I2C0 + CLR_ABRT);
  uint32_t sent = given > flushed ? given - flushed : 0;
  if (source & ABORT_LOST) end(RESULT_ARBITRATION, 0);
  // The byte which was refused has been sent.
  else if (source & ABORT_DATA_NACK) end(RESULT_DATA_NACK, sent > 0 ? sent - 1 : 0);
  else if (source & ABORT_ADDRESS) end(RESULT_ADDRESS_NACK, 0);
  else end(RESULT_TIMEOUT, 0);
}

void controller_poll(void) {
  if (!running) {
    if (queued == finished) return;
    begin();
  }
  uint32_t slot = finished % WRITE_QUEUE, count = queue[slot].count;
  uint32_t raw = REG(I2C0 + RAW);
  if (raw & RAW_ABRT) return aborted();
  while (given < count && REG(I2C0 + STATUS_REG) & 1 << 1) {
    REG(I2C0 + DATA_CMD) = queue[slot].bytes[given] | (given == count - 1 ? CMD_STOP : 0);
    given++;
  }
  if (lose && given > 0 && now_us() - started > 200) {
    lose--;
    pin_hold_low(CONTROLLER_SDA);
  }
  if (given == count && REG(I2C0 + RAW) & RAW_STOP) {
    (void)REG(I2C0 + CLR_STOP);
    if (REG(I2C0 + RAW) & RAW_ABRT) return aborted();
    return end(RESULT_DONE, count);
  }
  if (now_us() - started <= timeout) return;
  uint32_t lines = controller_lines();
  block_off();
  REG(I2C0 + ENABLE) = 1;
  end(lines == 3 ? RESULT_TIMEOUT : RESULT_STUCK, 0);
}

int controller_busy(void) { return queued != finished; }

int controller_waits(void) {
  if (!controller_busy()) return 1;
  if (!running) return 0;
  uint32_t wanted = RAW_ABRT | RAW_STOP | (given < queue[finished % WRITE_QUEUE].count ? RAW_TX_EMPTY : 0);
  if (REG(I2C0 + RAW) & wanted) return 0;
  REG(I2C0 + INTR_MASK) = wanted;
  return 1;
}

// It only wakes: the main loop does the work.
void controller_interrupt(void) {
  REG(I2C0 + INTR_MASK) = 0;
  work_came = 1;
}

void controller_lose_arbitration(uint32_t count) { lose = count; }

static void half_clock(void) {
  for (uint32_t from = now_us(); now_us() - from < 6;) {
  }
}

uint32_t controller_recover(void) {
  if (running) end(RESULT_TIMEOUT, 0);
  block_off();
  for (int i = 0; i < 9 && !pin_is_high(CONTROLLER_SDA); i++) {
    pin_hold_low(CONTROLLER_SCL);
    half_clock();
    pin_release(CONTROLLER_SCL);
    half_clock();
  }
  pin_hold_low(CONTROLLER_SCL);
  half_clock();
  pin_hold_low(CONTROLLER_SDA);
  half_clock();
  pin_release(CONTROLLER_SCL);
  half_clock();
  pin_release(CONTROLLER_SDA);
  half_clock();
  REG(I2C0 + ENABLE) = 1;
  return controller_lines();
}
