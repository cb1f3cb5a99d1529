/** Links and what they are made of. */

export type { CableEvent } from './cable/cable-end.js';
export { CableLink, type CableLinkOptions, type CableNetwork } from './cable/cable-link.js';
export { type CableSettings, type CableSurroundings, makeCable } from './cable/cable-settings.js';
export { type CapturedLink, CaptureStream, type CapturingProgram } from './capture/capture-file.js';
export { type Recorded, type RecorderOptions, record } from './capture/recorder.js';
export { type OpenTransportOptions, openTransport } from './families/open-transport.js';
export { AdapterConnection, type AdapterEvents, type AdapterIdentity } from './i2c/adapter/adapter-connection.js';
export { AdapterPort, type AdapterPortOptions } from './i2c/adapter/adapter-port.js';
export { type FoundAdapter, findAdapters } from './i2c/adapter/find-adapters.js';
export { type I2cAdapterInfo, type ListI2cOptions, listI2cAdapters } from './i2c/linux/i2c-adapters.js';
export { type LinuxI2cOptions, LinuxI2cPort } from './i2c/linux/linux-i2c-port.js';
export { type BusUse, MuxBus, type MuxBusCounters, type MuxBusOptions } from './i2c/mux/mux-bus.js';
export type { MuxChannel } from './i2c/mux/mux-channel.js';
export { MUX_KINDS, type MuxKindName } from './i2c/mux/mux-kind.js';
export * from './kernel/index.js';
export type { LinkContext } from './link-context.js';
export { createLink, type LinkKind, linkKinds, registerLinkKind } from './link-registry.js';
export { type LinkUrl, parseLinkUrl } from './link-url.js';
export { LoopbackLink, type LoopbackOptions, loopbackPair } from './loopback/loopback-link.js';
export type { BytePort, BytePortHost } from './serial/byte-port.js';
export {
  SerialDecoder,
  type SerialDecoderCounters,
  type SerialDecoderOptions,
  type SerialFrameSink,
} from './serial/decoder.js';
export { openPty, type Pty } from './serial/pty.js';
export { encodeFrame as encodeSerialFrame, maxFrameSize as maxSerialFrameSize } from './serial/serial-framing.js';
export { SerialLink, type SerialLinkOptions } from './serial/serial-link.js';
export { type UartOptions, UartPort } from './serial/tty-port.js';
export { type I2cCapabilities, type I2cPort, type I2cPortHost, NackError } from './smbus/i2c-port.js';
export { encodeFrame as encodeSmbusFrame, type PecPolicy, SmbusReceiver } from './smbus/smbus-framing.js';
export { SmbusLink, type SmbusLinkOptions } from './smbus/smbus-link.js';
export { systemClock } from './system-clock.js';
export { decodeTransfer as decodeUsbTransfer, encodeUnit as encodeUsbUnit } from './usb/usb-framing.js';
