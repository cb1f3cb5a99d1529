/** What the processor stores most often goes the short way: the emulator looks for a peripheral at each address first. */

import type { RP2040 } from 'rp2040js';

/** Its type says that there always is one. */
const NO_PERIPHERAL = undefined as unknown as ReturnType<RP2040['findPeripheral']>;
/** Bits 31:28 of addresses in RAM, where no peripheral is. */
const RAM = 2;
const USB_MEMORY_START = 0x50100000;
const USB_MEMORY_BYTES = 0x1000;

export function quickenStores(mcu: RP2040): void {
  const { usbDPRAMView: usbMemory } = mcu;
  const findPeripheral = mcu.findPeripheral.bind(mcu);
  const writeUint8 = mcu.writeUint8.bind(mcu);
  mcu.findPeripheral = (address) => (address >>> 28 === RAM ? NO_PERIPHERAL : findPeripheral(address));
  // A byte of the USB memory is stored with the three beside it, which the USB device is told of.
  mcu.writeUint8 = (address, value) => {
    const at = (address >>> 0) - USB_MEMORY_START;
    if (at < 0 || at >= USB_MEMORY_BYTES) return writeUint8(address, value);
    const word = at & ~3;
    const shift = 8 * (at & 3);
    const before = usbMemory.getUint32(word, true);
    mcu.writeUint32(USB_MEMORY_START + word, ((before & ~(0xff << shift)) | ((value & 0xff) << shift)) >>> 0);
  };
}
