#include "routing_answers.h"
#include "routing.h"
#include "smbus.h"

enum { BINDING_SMBUS = 0x01, BINDING_USB = 0x03, MEDIUM_I2C_100 = 0x02, MEDIUM_USB_2 = 0x11 };
enum { TYPE_ENDPOINT = 0 << 6, TYPE_BRIDGE = 2 << 6, STATIC = 1 << 5, PORT_ABOVE = 0, PORT_BELOW = 1 };
enum { ENTRY_HEAD = 6, ENTRY_BELOW = ENTRY_HEAD + 1, LAST_HANDLE = 0xff };
// A control message of 64 bytes holds six bytes of header and these.
enum { ENTRY_ROOM = 58 };
// Payload of up to 240 bytes goes both ways: (240 - 64) / 16.
enum { HOP_UNITS = 11 };

int resolve_eid(port from, uint8_t eid, uint8_t *out) {
  const device *d = device_with_eid(eid);
  if (from == ABOVE) { // an address of USB has no bytes
    if (!d && eid != own_eid && !is_above(eid)) return -1;
    out[0] = is_above(eid) ? eid : own_eid;
    return own_eid ? 1 : -1;
  }
  if (d) {
    out[0] = eid;
    out[1] = (uint8_t)(d->address << 1);
    return 2;
  }
  if (own_eid == 0 || (eid != own_eid && !is_above(eid))) return -1;
  out[0] = own_eid;
  out[1] = OWN_ADDRESS << 1;
  return 2;
}

static uint32_t device_entry(const device *d, uint8_t *to) {
  const uint8_t entry[ENTRY_BELOW] = {
      1, eid_of(d), (uint8_t)((d->bridge ? TYPE_BRIDGE : TYPE_ENDPOINT) | PORT_BELOW), BINDING_SMBUS, MEDIUM_I2C_100, 1,
      (uint8_t)(d->address << 1),
  };
  for (uint32_t i = 0; i < ENTRY_BELOW; i++) to[i] = entry[i];
  return ENTRY_BELOW;
}

static uint32_t above_entry(uint8_t first, uint8_t size, uint8_t *to) {
  const uint8_t entry[ENTRY_HEAD] = {size, first, TYPE_ENDPOINT | STATIC | PORT_ABOVE, BINDING_USB, MEDIUM_USB_2, 0};
  for (uint32_t i = 0; i < ENTRY_HEAD; i++) to[i] = entry[i];
  return ENTRY_HEAD;
}

// One entry after the other, of which the page of the handle is written.
typedef struct {
  uint8_t *out;
  uint32_t handle, page, room, count, bytes;
} pages;

static void add(pages *p, const uint8_t *entry, uint32_t bytes) {
  if (bytes > p->room) {
    p->page++;
    p->room = ENTRY_ROOM;
  }
  p->room -= bytes;
  if (p->page != p->handle) return;
  for (uint32_t i = 0; i < bytes; i++) p->out[p->bytes++] = entry[i];
  p->count++;
}

int routing_table(port from, uint8_t handle, uint8_t *out) {
  pages p = {.out = out, .handle = handle, .room = ENTRY_ROOM, .bytes = 2};
  uint8_t entry[ENTRY_BELOW];
  for (uint32_t i = 0; i < pool_size; i++)
    if (devices[i].present) add(&p, entry, device_entry(&devices[i], entry));
  // What is above, those above know better.
  for (uint32_t eid = FIRST_EID; from == BELOW && eid <= LAST_EID; eid++) {
    uint32_t first = eid;
    while (eid <= LAST_EID && is_above((uint8_t)eid)) eid++;
    if (eid > first) add(&p, entry, above_entry((uint8_t)first, (uint8_t)(eid - first), entry));
  }
  if (handle > p.page) return -1;
  out[0] = handle < p.page ? (uint8_t)(handle + 1) : LAST_HANDLE;
  out[1] = (uint8_t)p.count;
  return (int)p.bytes;
}

int query_hop(port from, uint8_t eid, uint8_t type, uint8_t *out) {
  const device *d = device_with_eid(eid);
  if (!is_eid(eid) || (!d && eid != own_eid && !is_above(eid))) return -1;
  int through = from == ABOVE ? d != 0 : is_above(eid);
  out[0] = through ? eid : 0;
  out[1] = type;
  out[2] = out[4] = 0;
  out[3] = out[5] = HOP_UNITS;
  return 6;
}
