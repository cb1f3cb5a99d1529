// What we answer about where endpoints are (DSP0236 §12.9, §12.12, §12.17): bytes behind the completion code, or -1 for
// invalid data. The answer depends on the bus from which the question came.
#pragma once
#include "control.h"

int resolve_eid(port from, uint8_t eid, uint8_t *out);
int routing_table(port from, uint8_t handle, uint8_t *out);
int query_hop(port from, uint8_t eid, uint8_t type, uint8_t *out);
