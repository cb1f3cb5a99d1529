#include "control.h"
#include "routing.h"
#include "routing_answers.h"
#include "uuid.h"

enum { OPERATION = 3, BRIDGE = 1 << 4, POOL_WANTED = 1, POOL_GIVEN = 2, GET_INFORMATION = 2, FORCE = 1 };

// Each takes the body of a request and fills `out` behind the completion code; bytes of it, or a completion code.
typedef struct {
  uint8_t completion;
  uint8_t bytes;
} outcome;

static outcome fail(uint8_t completion) { return (outcome){completion, 0}; }
static outcome done(uint32_t bytes) { return (outcome){SUCCESS, (uint8_t)bytes}; }

// Only the bus owner above gives us an EID; on our own bus that is ourselves.
static outcome set_endpoint_id(port from, uint8_t sender, const uint8_t *body, uint8_t *out) {
  uint8_t operation = body[0] & OPERATION, eid = body[1];
  if (from == BELOW) return fail(UNSUPPORTED);
  if (operation > FORCE || !is_eid(eid)) return fail(INVALID_DATA);
  if (pool_size && in_pool(eid)) routing_use_pool(0, 0);
  own_eid = eid;
  owner_eid = sender;
  out[0] = pool_size ? POOL_GIVEN : POOL_WANTED;
  out[1] = eid;
  out[2] = POOL;
  return done(3);
}

static outcome get_endpoint_id(uint8_t *out) {
  out[0] = own_eid;
  out[1] = BRIDGE;
  out[2] = 0;
  return done(3);
}

static outcome get_uuid(uint8_t *out) {
  uuid_write(out);
  return done(UUID_BYTES);
}

static outcome get_versions(const uint8_t *body, uint8_t *out) {
  static const uint8_t versions[] = {4, 0xf1, 0xf0, 0xff, 0, 0xf1, 0xf1, 0xff, 0, 0xf1, 0xf2, 0xff, 0, 0xf1, 0xf3, 0xf1, 0};
  if (body[0] != 0xff && body[0] != 0x00) return fail(COMMAND_SPECIFIC);
  for (uint32_t i = 0; i < sizeof versions; i++) out[i] = versions[i];
  return done(sizeof versions);
}

// None besides control, which is not listed.
static outcome get_types(uint8_t *out) {
  out[0] = 0;
  return done(1);
}

static outcome allocate(port from, const uint8_t *body, uint8_t *out) {
  uint8_t operation = body[0] & OPERATION, count = body[1], first = body[2];
  if (from == BELOW) return fail(UNSUPPORTED);
  if (operation == GET_INFORMATION) {
    out[0] = 0;
    out[1] = pool_size ? pool_size : POOL;
    out[2] = pool_first;
    return done(3);
  }
  if (operation > FORCE || count > POOL) return fail(INVALID_DATA);
  if (count && (!is_eid(first) || !is_eid(first + count - 1u))) return fail(INVALID_DATA);
  if (count && own_eid >= first && own_eid < first + count) return fail(INVALID_DATA);
  if (count == 0) first = 0;
  if (operation == FORCE || first != pool_first || count != pool_size) routing_use_pool(first, count);
  out[0] = 0;
  out[1] = count;
  out[2] = first;
  return done(3);
}

// On USB an entry has no address: type, range size, first EID.
static outcome routing_update(port from, const uint8_t *body, uint32_t bytes) {
  if (from == BELOW) return fail(UNSUPPORTED);
  if (bytes != 1 + body[0] * 3u) return fail(INVALID_LENGTH);
  for (uint32_t i = 0; i < body[0]; i++) {
    uint8_t size = body[2 + 3 * i], first = body[3 + 3 * i];
    if (size == 0 || !is_eid(first) || !is_eid(first + size - 1u)) return fail(INVALID_DATA);
  }
  for (uint32_t i = 0; i < body[0]; i++) routing_above(body[3 + 3 * i], body[2 + 3 * i]);
  return done(0);
}

static outcome of_routing(int bytes) { return bytes < 0 ? fail(INVALID_DATA) : done((uint32_t)bytes); }

// Bytes of a request's body; -1: it is its own business. An unknown command: -2.
static int body_bytes(uint8_t command) {
  switch (command) {
  case GET_ENDPOINT_ID: case GET_UUID: case GET_TYPES: return 0;
  case GET_VERSIONS: case RESOLVE_ENDPOINT_ID: case GET_ROUTING_TABLE: return 1;
  case SET_ENDPOINT_ID: case QUERY_HOP: return 2;
  case ALLOCATE_ENDPOINT_IDS: return 3;
  case ROUTING_INFORMATION_UPDATE: return -1;
  default: return -2;
  }
}

static outcome run(port from, uint8_t sender, uint8_t command, const uint8_t *body, uint32_t bytes, uint8_t *out) {
  int wanted = body_bytes(command);
  if (wanted == -2) return fail(UNSUPPORTED);
  if (wanted == -1 ? bytes == 0 : bytes != (uint32_t)wanted) return fail(INVALID_LENGTH);
  switch (command) {
  case SET_ENDPOINT_ID: return set_endpoint_id(from, sender, body, out);
  case GET_ENDPOINT_ID: return get_endpoint_id(out);
  case GET_UUID: return get_uuid(out);
  case GET_VERSIONS: return get_versions(body, out);
  case GET_TYPES: return get_types(out);
  case ALLOCATE_ENDPOINT_IDS: return allocate(from, body, out);
  case ROUTING_INFORMATION_UPDATE: return routing_update(from, body, bytes);
  case RESOLVE_ENDPOINT_ID: return of_routing(resolve_eid(from, body[0], out));
  case GET_ROUTING_TABLE: return of_routing(routing_table(from, body[0], out));
  default: return of_routing(query_hop(from, body[0], body[1], out));
  }
}

uint32_t control_answer(port from, uint8_t sender, const uint8_t *request, uint32_t count, uint8_t *answer) {
  uint32_t head = CONTROL_HEAD + 1;
  outcome o = run(from, sender, request[2], request + CONTROL_HEAD, count - CONTROL_HEAD, answer + head);
  answer[0] = 0;
  answer[1] = request[1] & INSTANCE;
  answer[2] = request[2];
  answer[3] = o.completion;
  return head + o.bytes;
}
