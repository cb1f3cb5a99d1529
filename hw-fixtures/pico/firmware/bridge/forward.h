// Packets on their way: to us, or through us, unopened and never changed. The result says: was there one?
#pragma once

int forward_from_above(void);
int forward_from_below(void);
