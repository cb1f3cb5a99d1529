/** Ports of devices whose behaviours change frames: each stands between the device's real link and its place on the wire. */

import type { BytePort, BytePortHost } from '../../../bindings/serial/byte-port.js';
import { FLAG } from '../../../bindings/serial/fcs.js';
import { type I2cPort, type I2cPortHost, NackError } from '../../../bindings/smbus/i2c-port.js';
import type { TransferPort, TransferPortHost } from '../../../bindings/usb/transfer-port.js';
import type { Clock, Timer } from '../../../stack/clock.js';
import type { MctpError } from '../../../stack/errors.js';
import { copyOf } from '../../../stack/util/slab.js';
import type { Behaviours } from './behaviour.js';

/** Of a serial line: what comes without a longer pause is one piece to behaviours. */
const PAUSE_MS = 3;

/** SMBus frames have the address byte, which ports leave out. */
export function framedI2cPort(inner: I2cPort, behaviours: Behaviours, clock: Clock): I2cPort {
  let host: I2cPortHost | undefined;
  return overriding(inner, {
    open: (given: I2cPortHost, ownAddress: number): Promise<void> => {
      host = given;
      return inner.open(
        {
          received: (buffer, start, end, address) => {
            const frame = Uint8Array.of(address << 1, ...buffer.subarray(start, end));
            for (const one of behaviours.frameIn(frame, 'smbus')) given.received(one, 1, one.length, one[0]! >> 1);
          },
          written: (error?: MctpError) =>
            given.written(error instanceof NackError && behaviours.givesUp(error.phase) ? undefined : error),
          state: (up, reason) => given.state(up, reason),
          fault: (what) => given.fault(what),
        },
        ownAddress,
      );
    },
    write: (address: number, buffer: Uint8Array, start: number, end: number): void => {
      const frame = behaviours.frameOut(Uint8Array.of(address << 1, ...buffer.subarray(start, end)), 'smbus');
      if (frame !== undefined) inner.write(frame[0]! >> 1, frame, 1, frame.length);
      else clock.schedule(0, () => host?.written());
    },
  });
}

/** Serial frames go out one by one, and come in as pieces of the line: whatever lies between two pauses. */
export function framedBytePort(inner: BytePort, behaviours: Behaviours, clock: Clock): BytePort {
  return overriding(inner, {
    open: (given: BytePortHost): Promise<void> => {
      let piece: number[] = [];
      let timer: Timer | undefined;
      const come = (): void => {
        const bytes = Uint8Array.from(piece);
        piece = [];
        for (const one of behaviours.frameIn(bytes, 'serial')) given.data(one, 0, one.length);
      };
      return inner.open({
        data: (chunk, start, end) => {
          for (let at = start; at < end; at++) piece.push(chunk[at]!);
          timer?.cancel();
          timer = clock.schedule(PAUSE_MS, come);
        },
        written: () => given.written(),
        closed: (reason) => {
          timer?.cancel();
          given.closed(reason);
        },
      });
    },
    write: (buffer: Uint8Array, start: number, end: number): boolean => {
      const out = serialFrames(copyOf(buffer, start, end)).flatMap((frame) => {
        const goes = behaviours.frameOut(frame, 'serial');
        return goes === undefined ? [] : [...goes];
      });
      return out.length === 0 || inner.write(Uint8Array.from(out), 0, out.length);
    },
  });
}

/** A USB frame is a transfer. */
export function framedTransferPort(inner: TransferPort, behaviours: Behaviours, clock: Clock): TransferPort {
  let host: TransferPortHost | undefined;
  return overriding(inner, {
    open: (given: TransferPortHost): Promise<void> => {
      host = given;
      return inner.open({
        received: (buffer, start, end) => {
          for (const one of behaviours.frameIn(copyOf(buffer, start, end), 'usb')) given.received(one, 0, one.length);
        },
        written: (error) => given.written(error),
        fault: (what) => given.fault(what),
        state: (up, reason) => given.state(up, reason),
        closed: (reason) => given.closed(reason),
      });
    },
    write: (buffer: Uint8Array, start: number, end: number): void => {
      const transfer = behaviours.frameOut(copyOf(buffer, start, end), 'usb');
      if (transfer !== undefined) inner.write(transfer, 0, transfer.length);
      else clock.schedule(0, () => host?.written());
    },
  });
}

/** Good frames, flags included, one behind the other. Escapes lie between the flags, and so may an FCS that is a flag. */
function serialFrames(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    let at = start + 3;
    for (let left = bytes[start + 2] ?? 0; left > 0; left--) at += bytes[at] === ESCAPE ? 2 : 1;
    const end = bytes[start] === FLAG ? at + 3 : bytes.length;
    frames.push(bytes.subarray(start, end));
    start = end;
  }
  return frames;
}

const ESCAPE = 0x7d;

/** The port itself, but for some of its methods: hosts and handles are those of the one port there is. */
function overriding<P extends object>(inner: P, methods: Partial<P>): P {
  return new Proxy(inner, {
    get: (target, name) => {
      if (Object.hasOwn(methods, name)) return methods[name as keyof P];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
