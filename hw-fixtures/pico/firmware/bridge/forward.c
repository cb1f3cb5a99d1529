#include "forward.h"
#include "control.h"
#include "counters.h"
#include "owner.h"
#include "routing.h"
#include "smbus.h"
#include "units.h"

enum { HEADER = 4, VERSION_MASK = 0x0f, VERSION = 1, TO = 1, FROM = 2, FLAGS = 3, SOM = 0x80, EOM = 0x40, TAG_OWNER = 0x08,
       TAG = 0x07, BROADCAST = 0xff };

static void send_back(port way, uint8_t address, const uint8_t *packet, uint32_t count) {
  if (way == ABOVE) {
    if (units_room()) units_send(packet, count);
    else counters[USB_NO_ROOM]++;
  } else {
    if (smbus_room()) smbus_send(address, packet, count, 0);
    else counters[I2C_NO_ROOM]++;
  }
}

// One packet, of the control type, without an integrity check.
static int is_control(const uint8_t *packet, uint32_t count) {
  return (packet[FLAGS] & (SOM | EOM)) == (SOM | EOM) && count >= HEADER + CONTROL_HEAD && packet[HEADER] == 0 &&
         count <= HEADER + MAX_CONTROL;
}

static void for_us(port way, uint8_t address, const uint8_t *packet, uint32_t count) {
  const uint8_t *message = packet + HEADER;
  uint8_t flags = packet[FLAGS], is_request = message[1] & FLAG_REQUEST;
  if (!is_control(packet, count) || !is_request != !(flags & TAG_OWNER)) {
    counters[NOT_FOR_US]++;
    return;
  }
  if (!is_request) {
    if (way == BELOW) owner_response(address, flags & TAG, message, count - HEADER);
    else counters[NOT_FOR_US]++;
    return;
  }
  uint8_t answer[HEADER + MAX_CONTROL], pool_before = pool_first;
  uint32_t size_before = pool_size;
  uint32_t bytes = control_answer(way, packet[FROM], message, count - HEADER, answer + HEADER);
  if (pool_before != pool_first || size_before != pool_size) owner_restart();
  if (message[1] & FLAG_DATAGRAM) return;
  answer[0] = VERSION;
  answer[TO] = packet[FROM];
  answer[FROM] = own_eid;
  answer[FLAGS] = (uint8_t)(SOM | EOM | (flags & TAG));
  send_back(way, address, answer, HEADER + bytes);
}

// The sender has an EID, or none yet; the reserved ones and the broadcast EID are no sender's.
static int is_packet(const uint8_t *packet, uint32_t count) {
  if (count > HEADER && (packet[0] & VERSION_MASK) == VERSION && (packet[FROM] == 0 || is_eid(packet[FROM]))) return 1;
  counters[NOT_FOR_US]++;
  return 0;
}

// To EID 0 is to whoever is at the other end; and we pass nothing on whose sender has no EID, nor broadcasts.
static int is_ours(const uint8_t *packet) {
  return packet[TO] == 0 || packet[TO] == BROADCAST || packet[TO] == own_eid;
}

// With room both ways, so that what we answer or pass on is never lost: until then the host waits.
int forward_from_above(void) {
  uint32_t count;
  if (!units_room() || !smbus_room()) return 0;
  const uint8_t *packet = units_oldest(&count);
  if (!packet) return 0;
  if (is_packet(packet, count)) {
    const device *d = device_with_eid(packet[TO]);
    if (is_ours(packet)) for_us(ABOVE, 0, packet, count);
    else if (d && packet[FROM]) smbus_send(d->address, packet, count, 0);
    else counters[NO_ROUTE]++;
  }
  units_taken();
  return 1;
}

// The bus does not wait: what finds no room is dropped and counted.
int forward_from_below(void) {
  uint32_t count;
  uint8_t source;
  const uint8_t *packet = smbus_oldest(&count, &source);
  if (!packet) return 0;
  if (is_packet(packet, count)) {
    if (is_ours(packet)) for_us(BELOW, source, packet, count);
    else if (own_eid && packet[FROM] && is_eid(packet[TO]) && !in_pool(packet[TO])) send_back(ABOVE, 0, packet, count);
    else counters[NO_ROUTE]++;
  }
  smbus_taken();
  return 1;
}
