#include "units.h"
#include "counters.h"
#include "usb.h"
#include "usb_function.h"

enum { HEADER_BYTES = 4, MIN_UNIT = 8, ID_HIGH = 0x1a, ID_LOW = 0xb4 };
enum { QUEUE = 24 };
// What one USB packet can complete: so many places must be free before it is asked for.
enum { MOST_UNITS = PACKET_BYTES / MIN_UNIT + 1 };

typedef struct {
  uint8_t count;
  uint8_t bytes[MAX_PACKET + HEADER_BYTES];
} unit;

static unit taken_units[QUEUE], units_to_send[QUEUE];
static volatile uint32_t in_written, in_taken, out_written, out_taken;
// Of the unit that comes: bytes so far, its header, and is the rest of the transfer dropped?
static uint32_t have, skipping;
static uint8_t header[HEADER_BYTES];
// Of the unit that goes: bytes which the host has.
static uint32_t sent;
static volatile uint32_t restarted;

static void take_more(void) {
  if (in_written - in_taken + MOST_UNITS <= QUEUE) usb_receive();
}

static void skip(int counter) {
  if (counter >= 0) counters[counter]++;
  have = 0;
  skipping = 1;
}

static void take_byte(uint8_t byte) {
  unit *u = &taken_units[in_written % QUEUE];
  if (have < HEADER_BYTES) {
    header[have++] = byte;
    if (have == 2 && header[0] == 0 && header[1] == 0) return skip(-1); // padding
    if (have == 2 && (header[0] != ID_HIGH || header[1] != ID_LOW)) return skip(USB_BAD_ID);
    if (have == HEADER_BYTES && (header[2] != 0 || header[3] < MIN_UNIT)) return skip(USB_BAD_LENGTH);
    return;
  }
  u->bytes[have++ - HEADER_BYTES] = byte;
  if (have < header[3]) return;
  u->count = header[3] - HEADER_BYTES;
  in_written++;
  have = 0;
}

// Linux ends no transfer of 64, 128 or 192 bytes by an empty packet: after one of these that was dropped, the next is
// known by its beginning.
static int begins_unit(const volatile uint8_t *bytes, uint32_t count) {
  return count > HEADER_BYTES && bytes[0] == ID_HIGH && bytes[1] == ID_LOW && bytes[2] == 0 && bytes[3] >= MIN_UNIT;
}

static void transfer_ended(void) {
  if (have > 1 || (have == 1 && header[0] != 0)) counters[USB_CUT]++;
  have = skipping = 0;
}

void function_received(const volatile uint8_t *bytes, uint32_t count) {
  if (skipping && begins_unit(bytes, count)) skipping = 0;
  for (uint32_t i = 0; i < count && !skipping; i++) take_byte(bytes[i]);
  if (count < PACKET_BYTES) transfer_ended();
  take_more();
}

// A unit ends with a packet that is not full: an empty one behind 64, 128 or 192 bytes.
void function_sent(void) {
  volatile uint8_t *to = usb_send_buffer();
  if (!to || out_written == out_taken) return;
  const unit *u = &units_to_send[out_taken % QUEUE];
  uint32_t bytes = u->count - sent;
  if (bytes > PACKET_BYTES) bytes = PACKET_BYTES;
  for (uint32_t i = 0; i < bytes; i++) to[i] = u->bytes[sent + i];
  sent += bytes;
  if (bytes < PACKET_BYTES) {
    sent = 0;
    out_taken++;
    counters[USB_SENT]++;
  }
  usb_send(bytes);
}

void function_configured(int on) {
  have = skipping = 0;
  restarted = 1;
  if (on) take_more();
}

void function_request_data(const volatile uint8_t *bytes, uint32_t count) {
  (void)bytes;
  (void)count;
}

int function_all_sent(void) { return out_written == out_taken; }

const uint8_t *units_oldest(uint32_t *count) {
  if (in_written == in_taken) return 0;
  const unit *u = &taken_units[in_taken % QUEUE];
  *count = u->count;
  return u->bytes;
}

void units_taken(void) {
  counters[USB_TAKEN]++;
  in_taken++;
  usb_lock();
  take_more();
  usb_unlock();
}

int units_waiting(void) { return restarted || in_written != in_taken; }

int units_room(void) { return out_written - out_taken < QUEUE; }

void units_send(const uint8_t *packet, uint32_t count) {
  unit *u = &units_to_send[out_written % QUEUE];
  u->count = (uint8_t)(count + HEADER_BYTES);
  u->bytes[0] = ID_HIGH;
  u->bytes[1] = ID_LOW;
  u->bytes[2] = 0;
  u->bytes[3] = u->count;
  for (uint32_t i = 0; i < count; i++) u->bytes[HEADER_BYTES + i] = packet[i];
  out_written++;
  usb_lock();
  function_sent();
  usb_unlock();
}

// Not in the interrupt of the reset: the packet which is being passed on lies in its place until then.
int units_restarted(void) {
  if (!restarted) return 0;
  usb_lock();
  restarted = 0;
  in_taken = in_written;
  out_taken = out_written;
  sent = 0;
  take_more();
  usb_unlock();
  return 1;
}
