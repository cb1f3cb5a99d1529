#include "frames.h"
#include "bytes.h"
#include "serial_port.h"

enum { MAGIC = 0xa5 };

uint32_t frames_bad;

// CRC-16/X-25, the one of the MCTP serial binding: reflected 0x1021, initially 0xffff, inverted at the end.
static const uint16_t CRC_NIBBLES[16] = {
    0x0000, 0x1081, 0x2102, 0x3183, 0x4204, 0x5285, 0x6306, 0x7387,
    0x8408, 0x9489, 0xa50a, 0xb58b, 0xc60c, 0xd68d, 0xe70e, 0xf78f,
};

static uint32_t crc_add(uint32_t crc, uint8_t byte) {
  crc = crc >> 4 ^ CRC_NIBBLES[(crc ^ byte) & 15];
  return crc >> 4 ^ CRC_NIBBLES[(crc ^ byte >> 4) & 15];
}

static uint32_t crc_of(uint32_t crc, const uint8_t *bytes, uint32_t count) {
  while (count--) crc = crc_add(crc, *bytes++);
  return crc;
}

static uint8_t assembly[MAX_PAYLOAD + FRAME_OVERHEAD];
static uint32_t have, consumed;

// Drop the first byte and what is before the next magic.
static void resynchronise(void) {
  uint32_t from = 1;
  while (from < have && assembly[from] != MAGIC) from++;
  for (uint32_t i = from; i < have; i++) assembly[i - from] = assembly[i];
  have -= from;
}

int frame_take(frame *to) {
  if (consumed) {
    for (uint32_t i = consumed; i < have; i++) assembly[i - consumed] = assembly[i];
    have -= consumed;
    consumed = 0;
  }
  for (;;) {
    if (have > 0 && assembly[0] != MAGIC) {
      resynchronise();
      continue;
    }
    uint32_t need = 5;
    if (have >= 3) {
      uint32_t length = get16(assembly + 1);
      if (length < 2 || length > MAX_PAYLOAD + 2) {
        frames_bad++;
        resynchronise();
        continue;
      }
      need = length + 5;
      if (have >= need) {
        uint32_t crc = crc_of(0xffff, assembly + 1, length + 2) ^ 0xffff;
        if (crc != get16(assembly + 3 + length)) {
          frames_bad++;
          resynchronise();
          continue;
        }
        to->kind = assembly[3];
        to->id = assembly[4];
        to->payload = assembly + 5;
        to->bytes = length - 2;
        consumed = need;
        return 1;
      }
    }
    if (!ring_used(&from_host)) return 0;
    while (have < need && ring_used(&from_host)) {
      uint8_t byte = ring_take(&from_host);
      if (have > 0 || byte == MAGIC) assembly[have++] = byte;
    }
    serial_pump();
  }
}

int frame_fits(uint32_t bytes) { return ring_free(&to_host) >= bytes + FRAME_OVERHEAD; }

static uint32_t send_part(uint32_t crc, const uint8_t *bytes, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) ring_put(&to_host, bytes[i]);
  return crc_of(crc, bytes, count);
}

void frame_send(uint8_t kind, uint8_t id, const uint8_t *head, uint32_t head_bytes, const uint8_t *body,
                uint32_t body_bytes) {
  uint8_t start[4], end[2];
  put16(start, head_bytes + body_bytes + 2);
  start[2] = kind;
  start[3] = id;
  ring_put(&to_host, MAGIC);
  uint32_t crc = send_part(0xffff, start, 4);
  crc = send_part(crc, head, head_bytes);
  crc = send_part(crc, body, body_bytes) ^ 0xffff;
  put16(end, crc);
  ring_put(&to_host, end[0]);
  ring_put(&to_host, end[1]);
  serial_pump();
}
