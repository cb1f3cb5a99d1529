// The RP2040's USB device controller (datasheet §4.1): enumeration, standard requests, bulk packets.
#include "usb.h"
#include "registers.h"
#include "serial_number.h"
#include "sleep.h"
#include "usb_function.h"

enum { GET_STATUS = 0, CLEAR_FEATURE = 1, SET_FEATURE = 3, SET_ADDRESS = 5, GET_DESCRIPTOR = 6, GET_CONFIGURATION = 8,
       SET_CONFIGURATION = 9, GET_INTERFACE = 10, SET_INTERFACE = 11 };

// Bits of a buffer control word.
enum { AVAILABLE = 1 << 10, STALL = 1 << 11, DATA1 = 1 << 13, FULL = 1 << 15 };

enum { EP0_BUFFER = 0x100, NOTIFY_BUFFER = 0x140, OUT_BUFFER = 0x180, IN_BUFFER = 0x200 };

static uint8_t new_address, configuration, pid_control, pid_in, pid_out, in_busy, out_armed, expect_data;
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

void usb_control_send(const uint8_t *data, uint32_t bytes, uint32_t wanted) {
  control_data = data;
  control_left = bytes < wanted ? bytes : wanted;
  control_next();
}

void usb_control_receive(uint32_t bytes) {
  expect_data = 1;
  arm(0, 1, bytes, 1);
}

void usb_control_done(void) {
  control_left = 0;
  arm(0, 0, 0, 1);
}

static void control_refuse(void) {
  REG_SET(USB_REGS + 0x68) = 3;
  BUFFER_CONTROL(0, 0) = STALL;
  BUFFER_CONTROL(0, 1) = STALL;
}

void usb_receive(void) {
  if (!configuration || out_armed) return;
  out_armed = 1;
  arm(ENDPOINT_DATA, 1, PACKET_BYTES, pid_out);
  pid_out ^= 1;
}

volatile uint8_t *usb_send_buffer(void) {
  return configuration && !in_busy ? (volatile uint8_t *)(USB_DPRAM + IN_BUFFER) : 0;
}

void usb_send(uint32_t bytes) {
  in_busy = 1;
  arm(ENDPOINT_DATA, 0, bytes, pid_in);
  pid_in ^= 1;
}

// In UTF-16, from the ASCII of a text.
static uint32_t string_descriptor(uint32_t number) {
  const char *texts[] = {manufacturer_text, product_text, serial_number};
  uint32_t bytes = 2;
  if (number > 3) return 0;
  if (number == 0) {
    scratch[2] = 9; // English (United States)
    scratch[3] = 4;
    bytes = 4;
  } else {
    for (const char *c = texts[number - 1]; *c && bytes < sizeof scratch; c++) {
      scratch[bytes++] = (uint8_t)*c;
      scratch[bytes++] = 0;
    }
  }
  scratch[0] = (uint8_t)bytes;
  scratch[1] = 3;
  return bytes;
}

static void get_descriptor(uint32_t value, uint32_t wanted) {
  uint32_t kind = value >> 8, bytes;
  if (kind == 1) usb_control_send(device_descriptor, device_descriptor[0], wanted);
  else if (kind == 2)
    usb_control_send(configuration_descriptor, configuration_descriptor[2] | (uint32_t)configuration_descriptor[3] << 8,
                     wanted);
  else if (kind == 3 && (bytes = string_descriptor(value & 0xff)) != 0) usb_control_send(scratch, bytes, wanted);
  else control_refuse();
}

static void configure(uint8_t value) {
  configuration = value;
  pid_in = pid_out = in_busy = out_armed = 0;
  usb_control_done();
  function_configured(value != 0);
}

static void setup_request(void) {
  volatile uint8_t *packet = (volatile uint8_t *)USB_DPRAM;
  uint8_t type = packet[0], request = packet[1];
  uint32_t value = packet[2] | packet[3] << 8, index = packet[4] | packet[5] << 8, wanted = packet[6] | packet[7] << 8;
  pid_control = 1;
  expect_data = 0;
  if (type >> 5 & 3) {
    if (!function_request(type, request, value, index, wanted)) control_refuse();
    return;
  }
  if (request == GET_DESCRIPTOR) return get_descriptor(value, wanted);
  if (request == SET_ADDRESS) {
    new_address = (uint8_t)value;
    return usb_control_done();
  }
  if (request == SET_CONFIGURATION) return configure((uint8_t)value);
  if (request == GET_CONFIGURATION) return usb_control_send(&configuration, 1, wanted);
  if (request == GET_STATUS || request == GET_INTERFACE) {
    scratch[0] = scratch[1] = 0;
    return usb_control_send(scratch, request == GET_STATUS ? 2 : 1, wanted);
  }
  if (request == CLEAR_FEATURE && type == 2 && (index & 15) == ENDPOINT_DATA) {
    if (index & 0x80) pid_in = 0;
    else pid_out = 0;
    return usb_control_done();
  }
  if (request == CLEAR_FEATURE || request == SET_FEATURE || request == SET_INTERFACE) return usb_control_done();
  control_refuse();
}

static void bus_reset(void) {
  REG(USB_REGS + 0x50) = 1 << 19;
  REG(USB_REGS) = 0;
  new_address = configuration = 0;
  function_configured(0);
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
  if (!expect_data) return;
  expect_data = 0;
  function_request_data((volatile uint8_t *)(USB_DPRAM + EP0_BUFFER), BUFFER_CONTROL(0, 1) & 0x3ff);
}

void usb_interrupt(void) {
  uint32_t what = REG(USB_REGS + 0x98);
  work_came = 1;
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
    function_sent();
  }
  if (buffers & 1 << 5) {
    out_armed = 0;
    function_received((volatile uint8_t *)(USB_DPRAM + OUT_BUFFER), BUFFER_CONTROL(ENDPOINT_DATA, 1) & 0x3ff);
  }
}

void usb_lock(void) {
  REG(NVIC_ICER) = 1 << IRQ_USB;
  __asm volatile("dsb\nisb" ::: "memory");
}

void usb_unlock(void) {
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
