// What the host asks (docs/adapter-protocol.md), and what the adapter tells by itself. The polls return: was there work?
#pragma once

int commands_poll(void);
int events_poll(void);
// Is there something to tell, and may it be told?
int events_waiting(void);
// Does something wait for a time?
int commands_busy(void);
// Before sleeping: a line which falls wakes us, as it may stay low.
void lines_wake(void);
void line_interrupt(void);
