// The adapter on USB: a serial port (CDC-ACM), as two byte rings.
#pragma once
#include "bytes.h"

extern ring to_host, from_host;

// Something was put into `to_host`, or taken from `from_host`.
void serial_pump(void);
