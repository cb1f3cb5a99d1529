#include "serial_port.h"
#include "usb.h"
#include "usb_function.h"

ring to_host, from_host;

enum { SET_LINE_CODING = 0x20, GET_LINE_CODING = 0x21, SET_CONTROL_LINE_STATE = 0x22, SEND_BREAK = 0x23 };

static uint8_t line_coding[7] = {0x00, 0xc2, 0x01, 0x00, 0, 0, 8};

static void take_more(void) {
  if (ring_free(&from_host) >= PACKET_BYTES) usb_receive();
}

static void send_more(void) {
  uint32_t bytes = ring_used(&to_host);
  volatile uint8_t *to = usb_send_buffer();
  if (!to || bytes == 0) return;
  // Never a full packet: the host then needs no empty one to know that it is the last.
  if (bytes > PACKET_BYTES - 1) bytes = PACKET_BYTES - 1;
  for (uint32_t i = 0; i < bytes; i++) to[i] = ring_take(&to_host);
  usb_send(bytes);
}

void function_configured(int on) {
  if (on) return take_more();
  from_host.taken = from_host.written;
  to_host.taken = to_host.written;
}

int function_request(uint8_t type, uint8_t request, uint32_t value, uint32_t index, uint32_t wanted) {
  (void)value;
  (void)index;
  if ((type >> 5 & 3) != 1) return 0;
  if (request == SET_LINE_CODING) usb_control_receive(sizeof line_coding);
  else if (request == GET_LINE_CODING) usb_control_send(line_coding, sizeof line_coding, wanted);
  else if (request == SET_CONTROL_LINE_STATE || request == SEND_BREAK) usb_control_done();
  else return 0;
  return 1;
}

void function_request_data(const volatile uint8_t *bytes, uint32_t count) {
  for (uint32_t i = 0; i < sizeof line_coding && i < count; i++) line_coding[i] = bytes[i];
  usb_control_done();
}

void function_received(const volatile uint8_t *bytes, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) ring_put(&from_host, bytes[i]);
  take_more();
}

void function_sent(void) { send_more(); }

int function_all_sent(void) { return !ring_used(&to_host); }

void serial_pump(void) {
  usb_lock();
  send_more();
  take_more();
  usb_unlock();
}
