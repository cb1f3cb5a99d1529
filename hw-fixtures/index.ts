/** Things to test against: the virtual bench with its wires, devices, behaviours and faults. */

export { Bench, type BenchOptions, openBench } from './bench/bench.js';
export { type BenchLinks, openBenchLinks } from './bench/bench-links.js';
export type {
  BenchDescription,
  DeviceDescription,
  FaultDescription,
  MuxDescription,
  SerialDescription,
  SmbusDescription,
  UsbDescription,
  WireDescription,
} from './bench/description/bench-description.js';
export { DEFAULT_BENCH } from './bench/description/default-bench.js';
export { deviceOptions } from './bench/description/device-options.js';
export { parseBench } from './bench/description/parse-bench.js';
export type { Answer, BehavingDevice, Behaviour, EidChoice, FrameKind } from './bench/device/behaviour.js';
export {
  type BehaviourKind,
  behaviourKinds,
  makeBehaviour,
  type Parameter,
  type ParameterValue,
  parseBehaviour,
} from './bench/device/behaviour-catalogue.js';
export * from './bench/device/behaviours.js';
export { type AppContext, Device, type DeviceApp, type DeviceOptions } from './bench/device/device.js';
export type {
  DevicePort,
  I2cDevicePort,
  LinkDevicePort,
  UartDevicePort,
  UsbDevicePort,
} from './bench/device/device-port.js';
export { ECHO_PREFIX, echoApp } from './bench/device/echo-app.js';
export {
  answerBytes,
  controlRequest,
  isRequest,
  pldmRequest,
  type RequestKind,
  rewriteAnswer,
  rewritePacketIn,
  rewritePacketOut,
  rewriteRequest,
} from './bench/device/rewrites.js';
export { behind } from './bench/device/sub-bench.js';
export { type SpokenVendor, vendorApp } from './bench/device/vendor-app.js';
export {
  type BenchFileState,
  benchFileState,
  benchFiles,
  filesApp,
  filesExtension,
} from './bench/pldm/device-files.js';
export { type PldmExtension, pldmApp } from './bench/pldm/pldm-app.js';
export type { PldmDescription } from './bench/pldm/pldm-description.js';
export {
  FaultPlan,
  type FaultRule,
  I2C_FAULTS,
  type I2cFault,
  UART_FAULTS,
  type UartFault,
} from './bench/wires/faults.js';
export { I2cMux, type I2cMuxOptions } from './bench/wires/i2c-mux.js';
export type { I2cSpeed } from './bench/wires/i2c-timing.js';
export { I2cWire, type I2cWireCounters, type I2cWireOptions } from './bench/wires/i2c-wire.js';
export type { I2cWirePort, I2cWirePortOptions } from './bench/wires/i2c-wire-port.js';
export type { Pluggable } from './bench/wires/pluggable.js';
export { type Random, seededRandom } from './bench/wires/random.js';
export type { UartEnd } from './bench/wires/uart-end.js';
export { UartWire, type UartWireOptions } from './bench/wires/uart-wire.js';
export { UsbCable, type UsbCableOptions, type UsbEnd } from './bench/wires/usb-cable.js';
