// The adapter protocol's frames (docs/adapter-protocol.md): magic, length, kind, id, payload, CRC-16.
#pragma once
#include <stdint.h>

enum { MAX_PAYLOAD = 1100, FRAME_OVERHEAD = 7, PROTOCOL_VERSION = 1 };

enum { HELLO = 0x01, CONFIGURE = 0x02, WRITE = 0x03, CREDIT = 0x04, STATUS = 0x05, RECOVER = 0x06, SELF_TEST = 0x07,
       BOOTLOADER = 0x08, FAULT = 0x09, SNIFF = 0x0a, ECHO = 0x0b,
       RECEIVED = 0x41, SNIFFED = 0x42, LINES = 0x43,
       ANSWER = 0x80 };

// Is there a whole frame from the host? Then `frame` is filled, until the next call.
typedef struct {
  uint8_t kind, id;
  uint32_t bytes;
  const uint8_t *payload;
} frame;
int frame_take(frame *to);
// Frames dropped for a wrong length or CRC.
extern uint32_t frames_bad;

// Can a frame with this payload be sent now?
int frame_fits(uint32_t bytes);
// Send one. Parts: head, then body; either may be empty. It must fit.
void frame_send(uint8_t kind, uint8_t id, const uint8_t *head, uint32_t head_bytes, const uint8_t *body,
                uint32_t body_bytes);
