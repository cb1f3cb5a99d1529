#include "commands.h"
#include "bootloader.h"
#include "bytes.h"
#include "frames.h"
#include "i2c_controller.h"
#include "i2c_target.h"
#include "pins.h"
#include "serial_number.h"
#include "sleep.h"
#include "sniffer.h"
#include "serial_port.h"
#include "version.h"

enum { CAN_CONTROL = 1 << 0, CAN_BE_TARGET = 1 << 1, CAN_SNIFF = 1 << 2, CAN_RECOVER = 1 << 3, CAN_SELF_TEST = 1 << 4,
       CAN_FAULT = 1 << 5, CAN_BOOTLOADER = 1 << 6 };
// The host takes chains below it.
enum { TARGET_ADDRESSES = 1, SELF_TEST_CHAIN = 255 };
static uint32_t self_test_id, self_test_running, self_test_started;
static uint8_t self_test_sent[16], own_address;
static uint32_t credits, events_sent, lines_low_since, lines_told;

static void answer(const frame *f, uint32_t result, const uint8_t *more, uint32_t bytes) {
  uint8_t first = (uint8_t)result;
  frame_send(f->kind | ANSWER, f->id, &first, 1, more, bytes);
}

static uint32_t add_text(uint8_t *to, const char *text) {
  uint32_t bytes = 0;
  do to[bytes] = (uint8_t)text[bytes];
  while (text[bytes++]);
  return bytes;
}

static void hello(const frame *f) {
  uint8_t out[80];
  credits = events_sent = 0;
  sniffer_on(0);
  target_fault(FAULT_NONE, 0, 0);
  out[0] = PROTOCOL_VERSION;
  put32(out + 1, CAN_CONTROL | CAN_BE_TARGET | CAN_SNIFF | CAN_RECOVER | CAN_SELF_TEST | CAN_FAULT | CAN_BOOTLOADER);
  put16(out + 5, MAX_WRITE);
  put16(out + 7, WRITE_QUEUE);
  out[9] = TARGET_ADDRESSES;
  put32(out + 10, now_us());
  uint32_t bytes = 14;
  bytes += add_text(out + bytes, "mctpkit-pico");
  bytes += add_text(out + bytes, VERSION_TEXT);
  bytes += add_text(out + bytes, serial_number);
  answer(f, RESULT_DONE, out, bytes);
}

static void configure(const frame *f) {
  uint8_t out[4];
  uint32_t addresses = f->bytes < 9 ? 0 : f->payload[8];
  if (f->bytes < 9 || f->bytes != 9 + addresses) return answer(f, RESULT_INVALID, 0, 0);
  if (addresses > TARGET_ADDRESSES) return answer(f, RESULT_UNSUPPORTED, 0, 0);
  if (addresses && (f->payload[9] < 0x08 || f->payload[9] > 0x77)) return answer(f, RESULT_INVALID, 0, 0);
  put32(out, controller_configure(get32(f->payload), get32(f->payload + 4)));
  own_address = addresses ? f->payload[9] : 0;
  target_listen(own_address);
  answer(f, RESULT_DONE, out, 4);
}

static void status(const frame *f) {
  uint8_t out[17];
  put32(out, now_us());
  put32(out + 4, target_lost);
  put32(out + 8, sniffer_lost);
  put32(out + 12, frames_bad);
  out[16] = (uint8_t)controller_lines();
  answer(f, RESULT_DONE, out, sizeof out);
}

static void self_test(const frame *f) {
  if (own_address == 0) return answer(f, RESULT_INVALID, 0, 0);
  for (uint32_t i = 0; i < sizeof self_test_sent; i++) self_test_sent[i] = (uint8_t)(now_us() * 7 + i * 29);
  uint32_t result = controller_write(f->id, SELF_TEST_CHAIN, own_address, self_test_sent, sizeof self_test_sent);
  if (result != RESULT_DONE) return answer(f, result, 0, 0);
  self_test_running = 1;
  self_test_id = f->id;
  self_test_started = now_us();
}

static void self_test_ended(uint32_t result) {
  uint8_t out = (uint8_t)result;
  self_test_running = 0;
  frame_send(SELF_TEST | ANSWER, (uint8_t)self_test_id, &out, 1, 0, 0);
}

static void fault(const frame *f) {
  if (f->bytes != 7) return answer(f, RESULT_INVALID, 0, 0);
  uint8_t kind = f->payload[0];
  uint32_t count = get16(f->payload + 1), value = get32(f->payload + 3);
  if (kind > FAULT_LOSE_ARBITRATION) return answer(f, RESULT_UNSUPPORTED, 0, 0);
  if (kind == FAULT_LOSE_ARBITRATION) controller_lose_arbitration(count);
  else target_fault(kind, count, value);
  answer(f, RESULT_DONE, 0, 0);
}

static void write(const frame *f) {
  uint32_t result = f->bytes < 3
                        ? RESULT_INVALID
                        : controller_write(f->id, f->payload[0], f->payload[1], f->payload + 2, f->bytes - 2);
  if (result != RESULT_DONE) controller_finished(f->id, result, 0, 0);
}

static void run(const frame *f) {
  uint8_t lines;
  switch (f->kind) {
  case HELLO: return hello(f);
  case CONFIGURE: return configure(f);
  case WRITE: return write(f);
  case CREDIT:
    if (f->bytes == 2) credits += get16(f->payload);
    return;
  case STATUS: return status(f);
  case RECOVER:
    lines = (uint8_t)controller_recover();
    return answer(f, lines == 3 ? RESULT_DONE : RESULT_STUCK, &lines, 1);
  case SELF_TEST: return self_test(f);
  case BOOTLOADER:
    if (f->bytes != 4 || get32(f->payload) != 0x544f4f42) return answer(f, RESULT_INVALID, 0, 0); // "BOOT"
    answer(f, RESULT_DONE, 0, 0);
    return bootloader_enter();
  case FAULT: return fault(f);
  case SNIFF:
    if (f->bytes != 1 || f->payload[0] > 1) return answer(f, RESULT_INVALID, 0, 0);
    sniffer_on(f->payload[0]);
    return answer(f, RESULT_DONE, 0, 0);
  case ECHO: return answer(f, RESULT_DONE, f->payload, f->bytes);
  default: return answer(f, RESULT_UNSUPPORTED, 0, 0);
  }
}

int commands_poll(void) {
  frame f;
  // The longest answer must fit before its question is taken: so no answer is ever lost.
  if (!frame_fits(MAX_PAYLOAD) || !frame_take(&f)) return 0;
  run(&f);
  return 1;
}

void controller_finished(uint8_t id, uint32_t result, uint32_t acknowledged, uint32_t us) {
  if (self_test_running && id == self_test_id) {
    if (result != RESULT_DONE) self_test_ended(result);
    return;
  }
  uint8_t out[7];
  out[0] = (uint8_t)result;
  put16(out + 1, acknowledged);
  put32(out + 3, us);
  frame_send(WRITE | ANSWER, id, out, sizeof out, 0, 0);
}

// Does this write end the self test? Then it is not the host's.
static int is_self_test(const received_write *w) {
  if (!self_test_running || w->count != sizeof self_test_sent) return 0;
  for (uint32_t i = 0; i < sizeof self_test_sent; i++)
    if (w->bytes[i] != self_test_sent[i]) return 0;
  return 1;
}

static int tell_received(void) {
  const received_write *w = target_oldest();
  if (!w) return 0;
  if (is_self_test(w)) {
    self_test_ended(RESULT_DONE);
    target_taken();
    return 1;
  }
  if (!credits || !frame_fits(MAX_PAYLOAD + 32)) return 0;
  uint8_t head[9];
  put32(head, w->us);
  put32(head + 4, target_lost);
  head[8] = own_address;
  credits--;
  frame_send(RECEIVED, (uint8_t)events_sent++, head, sizeof head, w->bytes, w->count);
  target_taken();
  return 1;
}

static int tell_sniffed(void) {
  const sniffed_transfer *t = sniffer_oldest();
  if (!t || !credits || !frame_fits(MAX_PAYLOAD + 32)) return 0;
  uint8_t head[19 + (MAX_SNIFFED + 7) / 8];
  uint32_t mask_bytes = (t->count + 7u) / 8;
  put32(head, t->start_us);
  put32(head + 4, t->end_us - t->start_us);
  put32(head + 8, t->longest_gap_us);
  put32(head + 12, sniffer_lost);
  head[16] = t->flags;
  put16(head + 17, t->count);
  for (uint32_t i = 0; i < mask_bytes; i++) head[19 + i] = t->refused[i];
  if (t->count & 7) head[18 + mask_bytes] &= (uint8_t)((1 << (t->count & 7)) - 1);
  credits--;
  frame_send(SNIFFED, (uint8_t)events_sent++, head, 19 + mask_bytes, t->bytes, t->count);
  sniffer_taken();
  return 1;
}

// SMBus: a line which stays low for 35 ms is stuck. Told when it is, and when it is free again.
static void watch_lines(void) {
  uint32_t lines = controller_lines(), now = now_us();
  // Lines which move are looked at while they are low by chance.
  uint32_t moved = pin_rose(CONTROLLER_SDA) | pin_rose(CONTROLLER_SCL);
  if (lines == 3 || moved) lines_low_since = 0;
  else if (lines_low_since == 0) lines_low_since = now | 1;
  uint32_t stuck = lines_low_since && (int32_t)(now - lines_low_since) > 35000;
  if (stuck == lines_told || !credits || !frame_fits(16)) return;
  lines_told = stuck;
  uint8_t out[5];
  put32(out, now);
  out[4] = (uint8_t)(stuck ? lines : 3);
  credits--;
  frame_send(LINES, (uint8_t)events_sent++, out, sizeof out, 0, 0);
}

void lines_wake(void) {
  if (!credits) return;
  REG(NVIC_ISER) = 1 << IRQ_PINS;
  pin_wakes_when_low(CONTROLLER_SDA, 1);
  pin_wakes_when_low(CONTROLLER_SCL, 1);
}

// It only wakes: the main loop looks at the lines.
void line_interrupt(void) {
  pin_wakes_when_low(CONTROLLER_SDA, 0);
  pin_wakes_when_low(CONTROLLER_SCL, 0);
  work_came = 1;
}

int events_waiting(void) {
  const received_write *w = target_oldest();
  return (w && (credits || is_self_test(w))) || (credits && sniffer_oldest());
}

int commands_busy(void) { return self_test_running || lines_low_since != 0; }

int events_poll(void) {
  if (self_test_running && now_us() - self_test_started > 200000) self_test_ended(RESULT_TIMEOUT);
  watch_lines();
  return tell_received() | tell_sniffed();
}
