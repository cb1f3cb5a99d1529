/** Links and what they are made of. */

export { systemClock } from './clock.js';
export { type I2cAdapterInfo, type ListI2cOptions, listI2cAdapters } from './i2c/linux/adapters.js';
export { type LinuxI2cOptions, LinuxI2cPort } from './i2c/linux/port.js';
export * from './kernel/index.js';
export { type LinkUrl, parseLinkUrl } from './link-url.js';
export { LoopbackLink, type LoopbackOptions, loopbackPair } from './loopback/link.js';
export { createLink, type LinkContext, type LinkKind, linkKinds, registerLinkKind } from './registry.js';
export type { BytePort, BytePortHost } from './serial/byte-port.js';
export {
  SerialDecoder,
  type SerialDecoderCounters,
  type SerialDecoderOptions,
  type SerialFrameSink,
} from './serial/decoder.js';
export { encodeFrame as encodeSerialFrame, maxFrameSize as maxSerialFrameSize } from './serial/framing.js';
export { SerialLink, type SerialLinkOptions } from './serial/link.js';
export { type UartOptions, UartPort } from './serial/port.js';
export { openPty, type Pty } from './serial/pty.js';
export { encodeFrame as encodeSmbusFrame, type PecPolicy, SmbusReceiver } from './smbus/framing.js';
export { type I2cCapabilities, type I2cPort, type I2cPortHost, NackError } from './smbus/i2c-port.js';
export { SmbusLink, type SmbusLinkOptions } from './smbus/link.js';
export { decodeTransfer as decodeUsbTransfer, encodeUnit as encodeUsbUnit } from './usb/framing.js';
