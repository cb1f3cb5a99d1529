/** Ports of devices whose frames announce another length than they have. Everything else about the frames is right. */

import type { BytePort } from '../../../bindings/serial/byte-port.js';
import type { I2cPort } from '../../../bindings/smbus/i2c-port.js';
import { pec, pecOfAddress } from '../../../bindings/smbus/pec.js';
import { copyOf } from '../../../stack/util/slab.js';

/** What the byte count says instead of the truth. */
export type ByteCount = (count: number) => number;

/** SMBus: command, byte count, source, packet, PEC. The PEC is that of the lie, so that only the length is wrong. */
export function lyingI2cPort(inner: I2cPort, says: ByteCount): I2cPort {
  return overriding(inner, {
    write: (address: number, buffer: Uint8Array, start: number, end: number): void => {
      const frame = copyOf(buffer, start, end);
      if (frame.length > 2) {
        frame[1] = says(frame[1]!);
        frame[frame.length - 1] = pec(frame, 0, frame.length - 1, pecOfAddress(address));
      }
      inner.write(address, frame, 0, frame.length);
    },
  });
}

const FLAG = 0x7e;
const ESCAPE = 0x7d;

/** Serial: frames of `7e 01 count packet FCS FCS 7e`, several in a write. */
export function lyingBytePort(inner: BytePort, says: ByteCount): BytePort {
  return overriding(inner, {
    write: (buffer: Uint8Array, start: number, end: number): boolean => {
      const frames = copyOf(buffer, start, end);
      for (let at = 0; at + 2 < frames.length && frames[at] === FLAG; ) {
        let left = frames[at + 2]!;
        frames[at + 2] = says(left);
        at += 3;
        for (; left > 0 && at < frames.length; left--) at += frames[at] === ESCAPE ? 2 : 1;
        at += 3;
      }
      return inner.write(frames, 0, frames.length);
    },
  });
}

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
