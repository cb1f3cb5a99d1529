// The RP2040's USB device controller (datasheet §4.1): enumeration, the requests of a serial port, bulk data.
#include "usb.h"
#include "registers.h"
#include "usb_descriptors.h"

ring to_host, from_host;

enum { GET_STATUS = 0, CLEAR_FEATURE = 1, SET_FEATURE = 3, SET_ADDRESS = 5, GET_DESCRIPTOR = 6, GET_CONFIGURATION = 8,
       SET_CONFIGURATION = 9, GET_INTERFACE = 10, SET_INTERFACE = 11 };
enum { SET_LINE_CODING = 0x20, GET_LINE_CODING = 0x21, SET_CONTROL_LINE_STATE = 0x22, SEND_BREAK = 0x23 };

// Bits of a buffer control word.
enum { AVAILABLE = 1 << 10, STALL = 1 << 11, DATA1 = 1 << 13, FULL = 1 << 15 };

enum { EP0_BUFFER = 0x100, NOTIFY_BUFFER = 0x140, OUT_BUFFER = 0x180, IN_BUFFER = 0x200 };

static uint8_t new_address, configuration, pid_control, pid_in, pid_out, in_busy, out_armed, expect_coding;
static uint8_t line_coding[7] = {0x00, 0xc2, 0x01, 0x00, 0, 0, 8};
static uint8_t scratch[64];
static const uint8_t *control_data;
static uint32_t control_left;

#define BUFFER_CONTROL(endpoint, out) REG(USB_DPRAM + 0x80 + (endpoint) * 8 + ((out) ? 4 : 0))

static void arm(uint32_t endpoint, int out, uint32_t bytes, uint32_t pid) {
  uint32_t word = bytes | (pid ? DATA1 : 0) | (out ? 0 : FULL);
  BUFFER_CONTROL(endpoint, out) = word;
  // The controller runs at 48 MHz: it must have seen the rest before it sees AVAILABLE.
  __asm volatile("nop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop");
  BUFFER_CONTROL(endpoint, out) = word | AVAILABLE;
}

static void control_next(void) {
  uint32_t bytes = control_left > PACKET_BYTES ? PACKET_BYTES : control_left;
  volatile uint8_t *to = (volatile uint8_t *)(USB_DPRAM + EP0_BUFFER);
  for (uint32_t i = 0; i < bytes; i++) to[i] = control_data[i];
  control_data += bytes;
  control_left -= bytes;
  arm(0, 0, bytes, pid_control);
  pid_control ^= 1;
}

static void control_send(const uint8_t *data, uint32_t bytes, uint32_t wanted) {
  control_data = data;
  control_left = bytes < wanted ? bytes : wanted;
  control_next();
}

static void control_done(void) {
  control_left = 0;
  arm(0, 0, 0, 1);
}

static void control_refuse(void) {
  REG_SET(USB_REGS + 0x68) = 3;
  BUFFER_CONTROL(0, 0) = STALL;
  BUFFER_CONTROL(0, 1) = STALL;
}

static void take_more(void) {
  if (!configuration || out_armed || ring_free(&from_host) < PACKET_BYTES) return;
  out_armed = 1;
  arm(ENDPOINT_DATA, 1, PACKET_BYTES, pid_out);
  pid_out ^= 1;
}

static void send_more(void) {
  if (!configuration || in_busy) return;
  uint32_t bytes = ring_used(&to_host);
  if (bytes == 0) return;
  // Never a full packet: the host then needs no empty one to know that it is the last.
  if (bytes > PACKET_BYTES - 1) bytes = PACKET_BYTES - 1;
  volatile uint8_t *to = (volatile uint8_t *)(USB_DPRAM + IN_BUFFER);
  for (uint32_t i = 0; i < bytes; i++) to[i] = ring_take(&to_host);
  in_busy = 1;
  arm(ENDPOINT_DATA, 0, bytes, pid_in);
  pid_in ^= 1;
}

static void get_descriptor(uint32_t value, uint32_t wanted) {
  uint32_t kind = value >> 8, bytes;
  if (kind == 1) control_send(device_descriptor, DEVICE_DESCRIPTOR_BYTES, wanted);
  else if (kind == 2) control_send(configuration_descriptor, CONFIGURATION_BYTES, wanted);
  else if (kind == 3 && (bytes = string_descriptor((uint8_t)value, scratch)) != 0) control_send(scratch, bytes, wanted);
  else control_refuse();
}

static void setup_request(void) {
  volatile uint8_t *packet = (volatile uint8_t *)USB_DPRAM;
  uint8_t type = packet[0], request = packet[1];
  uint32_t value = packet[2] | packet[3] << 8, wanted = packet[6] | packet[7] << 8;
  pid_control = 1;
  expect_coding = 0;
  switch (type >> 5 & 3) {
  case 0: // standard
    if (request == GET_DESCRIPTOR) return get_descriptor(value, wanted);
    if (request == SET_ADDRESS) {
      new_address = (uint8_t)value;
      return control_done();
    }
    if (request == SET_CONFIGURATION) {
      configuration = (uint8_t)value;
      pid_in = pid_out = in_busy = out_armed = 0;
      control_done();
      return take_more();
    }
    if (request == GET_CONFIGURATION) return control_send(&configuration, 1, wanted);
    if (request == GET_STATUS || request == GET_INTERFACE) {
      scratch[0] = scratch[1] = 0;
      return control_send(scratch, request == GET_STATUS ? 2 : 1, wanted);
    }
    if (request == CLEAR_FEATURE && type == 2 && (packet[4] & 15) == ENDPOINT_DATA) {
      if (packet[4] & 0x80) pid_in = 0;
      else pid_out = 0;
      return control_done();
    }
    if (request == CLEAR_FEATURE || request == SET_FEATURE || request == SET_INTERFACE) return control_done();
    break;
  case 1: // of the serial port
    if (request == SET_LINE_CODING) {
      expect_coding = 1;
      return arm(0, 1, sizeof line_coding, 1);
    }
    if (request == GET_LINE_CODING) return control_send(line_coding, sizeof line_coding, wanted);
    if (request == SET_CONTROL_LINE_STATE || request == SEND_BREAK) return control_done();
    break;
  }
  control_refuse();
}

static void bus_reset(void) {
  REG(USB_REGS + 0x50) = 1 << 19;
  REG(USB_REGS) = 0;
  new_address = configuration = 0;
  from_host.taken = from_host.written;
  to_host.taken = to_host.written;
}

static void control_in_done(void) {
  if (new_address) {
    REG(USB_REGS) = new_address;
    new_address = 0;
  } else if (control_left) {
    control_next();
  } else if (*(volatile uint8_t *)USB_DPRAM & 0x80) {
    arm(0, 1, 0, 1); // the status stage of a request for data
  }
}

static void control_out_done(void) {
  if (!expect_coding) return;
  expect_coding = 0;
  for (uint32_t i = 0; i < sizeof line_coding; i++) line_coding[i] = ((volatile uint8_t *)(USB_DPRAM + EP0_BUFFER))[i];
  control_done();
}

static void data_came(void) {
  uint32_t bytes = BUFFER_CONTROL(ENDPOINT_DATA, 1) & 0x3ff;
  volatile uint8_t *from = (volatile uint8_t *)(USB_DPRAM + OUT_BUFFER);
  for (uint32_t i = 0; i < bytes; i++) ring_put(&from_host, from[i]);
  out_armed = 0;
  take_more();
}

void usb_interrupt(void) {
  uint32_t what = REG(USB_REGS + 0x98);
  if (what & 1 << 12) bus_reset();
  if (what & 1 << 16) {
    REG(USB_REGS + 0x50) = 1 << 17;
    setup_request();
  }
  if (!(what & 1 << 4)) return;
  uint32_t buffers = REG(USB_REGS + 0x58);
  REG(USB_REGS + 0x58) = buffers & 0x33;
  if (buffers & 1 << 0) control_in_done();
  if (buffers & 1 << 1) control_out_done();
  if (buffers & 1 << 4) {
    in_busy = 0;
    send_more();
  }
  if (buffers & 1 << 5) data_came();
}

// Only our own interrupt waits: to copy a packet takes longer than a bit on the bus.
void usb_pump(void) {
  REG(NVIC_ICER) = 1 << IRQ_USB;
  __asm volatile("dsb\nisb" ::: "memory");
  send_more();
  take_more();
  __asm volatile("" ::: "memory");
  REG(NVIC_ISER) = 1 << IRQ_USB;
}

int usb_connected(void) { return configuration != 0; }

void usb_start(void) {
  REG_SET(RESETS) = RESET_USB;
  unreset(RESET_USB);
  for (uint32_t i = 0; i < 4096; i += 4) REG(USB_DPRAM + i) = 0;
  REG(USB_REGS + 0x74) = 1 << 0 | 1 << 3;  // the PHY, by software's word
  REG(USB_REGS + 0x78) = 1 << 3 | 1 << 2;  // VBUS is there
  REG(USB_REGS + 0x40) = 1;
  REG(USB_REGS + 0x4c) = 1 << 29;          // an interrupt per buffer of endpoint 0
  REG(USB_DPRAM + 0x08) = 1u << 31 | 1 << 29 | 3 << 26 | NOTIFY_BUFFER;
  REG(USB_DPRAM + 0x10) = 1u << 31 | 1 << 29 | 2 << 26 | IN_BUFFER;
  REG(USB_DPRAM + 0x14) = 1u << 31 | 1 << 29 | 2 << 26 | OUT_BUFFER;
  REG(USB_REGS + 0x90) = 1 << 4 | 1 << 12 | 1 << 16;
  REG(NVIC_ISER) = 1 << IRQ_USB;
  REG_SET(USB_REGS + 0x4c) = 1 << 16; // pull-up: here we are
}

void usb_stop(void) { REG_CLEAR(USB_REGS + 0x4c) = 1 << 16; }
