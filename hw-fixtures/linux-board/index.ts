// The virtual Linux board: a real Linux kernel with MCTP and I2C wires, as an ordinary process. See README.md.

export { type BoardAvailability, boardAvailable } from './available.js';
export {
  type BoardEnding,
  BoardError,
  type BoardOptions,
  type BoardResult,
  type BoardRun,
  bootBoard,
  runBoard,
} from './boot.js';
export type { ModuleList, ModuleParameter } from './job.js';
export { BoardSerialPort } from './serial-port.js';
