#pragma once

void main_loop(void) __attribute__((noreturn));
