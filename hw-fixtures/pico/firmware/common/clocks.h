#pragma once

#define SYSTEM_HZ 125000000u

void clocks_start(void);
