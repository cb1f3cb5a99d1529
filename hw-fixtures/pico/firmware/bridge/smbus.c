#include "smbus.h"
#include "counters.h"
#include "i2c_controller.h"
#include "i2c_target.h"
#include "owner.h"
#include "registers.h"
#include "units.h"

enum { COMMAND = 0x0f, FRAME_HEAD = 3, MIN_PACKET = 5 };
enum { SPEED_HZ = 100000, WRITE_TIMEOUT_US = 100000 };
// DSP0237 table 8: a bridge tries a packet again twelve times. What blocks the bus for long counts as four.
enum { MOST_TRIES = 12, LONG_TRY = 4, RETRY_PAUSE_US = 2000 };
enum { SLOTS = 8 };

typedef struct {
  uint8_t address, asked, tries;
  uint16_t count;
  uint8_t bytes[FRAME_HEAD + MAX_PACKET + 1]; // as written behind the address byte
} frame;

static frame queue[SLOTS];
static uint32_t queued, finished, under_way, pausing, retry_at, writes;

// CRC-8 with the polynomial 0x07.
static uint8_t pec_add(uint8_t pec, uint8_t byte) {
  pec ^= byte;
  for (int bit = 0; bit < 8; bit++) pec = (uint8_t)(pec << 1 ^ (pec & 0x80 ? 0x07 : 0));
  return pec;
}

static uint8_t pec_of(uint8_t address, const uint8_t *bytes, uint32_t count) {
  uint8_t pec = pec_add(0, (uint8_t)(address << 1));
  while (count--) pec = pec_add(pec, *bytes++);
  return pec;
}

void smbus_start(void) {
  controller_start();
  controller_configure(SPEED_HZ, WRITE_TIMEOUT_US);
  target_start();
  target_listen(OWN_ADDRESS);
}

int smbus_room(void) { return queued - finished < SLOTS; }
int smbus_busy(void) { return queued != finished; }

void smbus_send(uint8_t address, const uint8_t *packet, uint32_t count, int asked) {
  frame *f = &queue[queued % SLOTS];
  f->address = address;
  f->asked = (uint8_t)asked;
  f->tries = 0;
  f->bytes[0] = COMMAND;
  f->bytes[1] = (uint8_t)(count + 1);
  f->bytes[2] = OWN_ADDRESS << 1 | 1;
  for (uint32_t i = 0; i < count; i++) f->bytes[FRAME_HEAD + i] = packet[i];
  f->bytes[FRAME_HEAD + count] = pec_of(address, f->bytes, FRAME_HEAD + count);
  f->count = (uint16_t)(FRAME_HEAD + count + 1);
  queued++;
  smbus_poll();
}

void smbus_poll(void) {
  controller_poll();
  if (under_way || queued == finished) return;
  if (pausing && (int32_t)(now_us() - retry_at) < 0) return;
  pausing = 0;
  under_way = 1;
  const frame *f = &queue[finished % SLOTS];
  // A chain of its own: no write waits for the one before.
  controller_write(0, (uint8_t)(writes++ % 255), f->address, f->bytes, f->count);
}

static void ended(uint32_t counter) {
  counters[counter]++;
  finished++;
}

void controller_finished(uint8_t id, uint32_t result, uint32_t acknowledged, uint32_t us) {
  (void)id;
  (void)acknowledged;
  (void)us;
  frame *f = &queue[finished % SLOTS];
  under_way = 0;
  if (result == RESULT_DONE) return ended(I2C_SENT);
  if (result == RESULT_ADDRESS_NACK) {
    uint8_t address = f->address, asked = f->asked;
    ended(I2C_REFUSED);
    if (asked) owner_refused(address);
    return;
  }
  f->tries = (uint8_t)(f->tries + (result == RESULT_STUCK || result == RESULT_TIMEOUT ? LONG_TRY : 1));
  if (result == RESULT_STUCK) controller_recover();
  if (f->tries > MOST_TRIES) return ended(I2C_GIVEN_UP);
  counters[I2C_RETRIES]++;
  pausing = 1;
  retry_at = now_us() + RETRY_PAUSE_US;
}

// Command, length, PEC, and the mark by which a source address is MCTP's and not IPMI's.
static int is_good(const received_write *w) {
  uint32_t least = FRAME_HEAD + MIN_PACKET + 1;
  if (w->count < least || w->count > FRAME_HEAD + MAX_PACKET + 1 || w->bytes[0] != COMMAND ||
      w->bytes[1] + 3u != w->count || !(w->bytes[2] & 1)) {
    counters[I2C_BAD_FRAME]++;
    return 0;
  }
  if (pec_of(OWN_ADDRESS, w->bytes, w->count - 1u) == w->bytes[w->count - 1]) return 1;
  counters[I2C_BAD_PEC]++;
  return 0;
}

const uint8_t *smbus_oldest(uint32_t *count, uint8_t *source) {
  counters[I2C_LOST] = target_lost;
  for (const received_write *w; (w = target_oldest()) != 0; target_taken()) {
    if (!is_good(w)) continue;
    *count = w->count - FRAME_HEAD - 1u;
    *source = w->bytes[2] >> 1;
    return w->bytes + FRAME_HEAD;
  }
  return 0;
}

void smbus_taken(void) {
  counters[I2C_TAKEN]++;
  target_taken();
}
