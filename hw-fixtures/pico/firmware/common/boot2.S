// The second stage: the boot ROM copies it to RAM and calls it. It sets the flash controller to plain serial reads
// (03h, 24-bit addresses), which every flash chip understands, and starts the image. Called with a return address, it
// only sets the controller and returns: `serial_number.c` uses that.
  .syntax unified
  .cpu cortex-m0plus
  .thumb
  .section .boot2, "ax"
  .global boot2
  .thumb_func
boot2:
  ldr r3, =0x18000000 // SSI
  movs r1, #0
  str r1, [r3, #0x08] // SSIENR: off
  movs r1, #4
  str r1, [r3, #0x14] // BAUDR
  ldr r1, =0x001f0300
  str r1, [r3, #0x00] // CTRLR0: 32-bit frames, EEPROM read
  movs r1, #0
  str r1, [r3, #0x04] // CTRLR1
  ldr r1, =0x03000218
  ldr r2, =0x180000f4
  str r1, [r2] // SPI_CTRLR0: command 03h, 24 address bits
  movs r1, #1
  str r1, [r3, #0x08] // SSIENR: on
  mov r0, lr
  cmp r0, #0
  bne 1f
  ldr r0, =0x10000100
  ldr r1, =0xe000ed08 // VTOR
  str r0, [r1]
  ldmia r0!, {r1, r2}
  msr msp, r1
  bx r2
1:
  bx lr
  .ltorg
