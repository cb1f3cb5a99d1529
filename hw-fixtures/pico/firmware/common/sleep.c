#include "sleep.h"

volatile uint32_t work_came;
