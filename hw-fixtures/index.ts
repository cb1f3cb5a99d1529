/** Things to test against: the virtual bench with its wires, devices, behaviours and faults. */

export type { Answer, BehavingDevice, Behaviour, EidChoice } from './bench/behaviour.js';
export {
  type BehaviourKind,
  behaviourKinds,
  makeBehaviour,
  type Parameter,
  type ParameterValue,
  parseBehaviour,
} from './bench/behaviour-catalogue.js';
export * from './bench/behaviours.js';
export { behind } from './bench/behind.js';
export { Bench, type BenchOptions, openBench } from './bench/bench.js';
export { type BenchLinks, openBenchLinks } from './bench/bench-links.js';
export { DEFAULT_BENCH } from './bench/default-bench.js';
export { deviceOptions } from './bench/described-device.js';
export {
  type BenchDescription,
  type DeviceDescription,
  type FaultDescription,
  parseBench,
  type SerialDescription,
  type SmbusDescription,
  type WireDescription,
} from './bench/description.js';
export { type AppContext, Device, type DeviceApp, type DeviceOptions } from './bench/device.js';
export { type BenchFileState, benchFileState, benchFiles, filesApp, filesExtension } from './bench/device-files.js';
export type { DevicePort, I2cDevicePort, LinkDevicePort, UartDevicePort } from './bench/device-port.js';
export { ECHO_PREFIX, echoApp } from './bench/echo.js';
export { FaultPlan, type FaultRule, I2C_FAULTS, type I2cFault, UART_FAULTS, type UartFault } from './bench/faults.js';
export type { I2cSpeed } from './bench/i2c-timing.js';
export { I2cWire, type I2cWireCounters, type I2cWireOptions } from './bench/i2c-wire.js';
export type { I2cWirePort, I2cWirePortOptions } from './bench/i2c-wire-port.js';
export type { PldmDescription } from './bench/pldm/description.js';
export { type PldmExtension, pldmApp } from './bench/pldm/pldm-app.js';
export type { Pluggable } from './bench/pluggable.js';
export { type Random, seededRandom } from './bench/random.js';
export type { UartEnd } from './bench/uart-end.js';
export { UartWire, type UartWireOptions } from './bench/uart-wire.js';
