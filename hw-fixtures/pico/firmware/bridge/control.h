// The control protocol (DSP0236): what we answer.
#pragma once
#include <stdint.h>

typedef enum { ABOVE, BELOW } port;

enum { MAX_CONTROL = 64, CONTROL_HEAD = 3, FLAG_REQUEST = 0x80, FLAG_DATAGRAM = 0x40, INSTANCE = 0x1f };
enum { SET_ENDPOINT_ID = 0x01, GET_ENDPOINT_ID = 0x02, GET_UUID = 0x03, GET_VERSIONS = 0x04, GET_TYPES = 0x05,
       RESOLVE_ENDPOINT_ID = 0x07, ALLOCATE_ENDPOINT_IDS = 0x08, ROUTING_INFORMATION_UPDATE = 0x09,
       GET_ROUTING_TABLE = 0x0a, QUERY_HOP = 0x0f };
enum { SUCCESS = 0x00, INVALID_DATA = 0x02, INVALID_LENGTH = 0x03, UNSUPPORTED = 0x05, COMMAND_SPECIFIC = 0x80 };

// A request as it came, from its type byte on, by a sender with that EID. `answer` holds MAX_CONTROL bytes; returns how
// many there are.
uint32_t control_answer(port from, uint8_t sender, const uint8_t *request, uint32_t count, uint8_t *answer);
