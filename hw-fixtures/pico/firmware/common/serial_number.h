#pragma once

// 16 hexadecimal digits: the unique number of the flash chip.
extern char serial_number[17];

void serial_number_read(void);
