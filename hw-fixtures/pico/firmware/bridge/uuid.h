#pragma once
#include <stdint.h>

enum { UUID_BYTES = 16 };

// Ours: made of the flash chip's number, so it never changes.
void uuid_write(uint8_t *to);
