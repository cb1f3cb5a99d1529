/**
 * For tests of your own binding or device: hardware as fixtures, the link compliance suite, the validator with a test for
 * each check (these three need vitest); virtual time, ports in memory.
 */

export { type DeviceFixtures, device } from './hardware/device-fixture.js';
export { HilBus, type WantedDevice } from './hardware/hil-bus.js';
export {
  type ConformanceOptions,
  type PowerCycleOptions,
  TestedDevice,
  type TestedDeviceOptions,
} from './hardware/tested-device.js';
export { describeLinkCompliance, type LinkPair, samplePacket } from './link-compliance.js';
export { MemoryPort, type MemoryPortOptions, memoryPortPair } from './memory-port.js';
export { MemoryUsbPort, memoryUsbPair } from './memory-usb.js';
export { arbitrationLost, MemoryI2cPort, MemoryWire, type WireWrite } from './memory-wire.js';
export { type ReceivedPacket, RecordingHost } from './recording-host.js';
export { TestClock } from './test-clock.js';
export type { DeviceOnLink, DeviceOnStack, DeviceOnTransport, ReachedDevice } from './validation/reached-device.js';
export { type ValidateOptions, validate } from './validation/validate.js';
export { flush, isSettled, type SettleOptions } from './virtual-time.js';
