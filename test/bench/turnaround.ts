/**
 * What we add between the last byte of a request and the first byte of its answer, in real time: inside this process,
 * from the port that hands over the request to the port that is handed the answer, over the virtual wires. Through the
 * kernel's pseudo terminal and another process: turnaround-pty.ts.
 */

import type { BytePort } from '../../bindings/serial/byte-port.js';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import type { I2cPort } from '../../bindings/smbus/i2c-port.js';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../bindings/system-clock.js';
import { I2cWire } from '../../hw-fixtures/bench/wires/i2c-wire.js';
import { UartWire } from '../../hw-fixtures/bench/wires/uart-wire.js';
import type { Link } from '../../stack/index.js';
import { percentileRows } from './percentiles.js';
import type { BenchRow } from './row.js';
import { benchPty } from './turnaround-pty.js';
import { OWN_EID, PEER_EID, stackOn, TYPE } from './turnaround-stack.js';

const REQUESTS = 2000;
const WARM_UP = 200;

/** Notes how long it takes from the last bytes that came in to the first that go out. */
class Stopwatch {
  readonly times: number[] = [];
  #since = Number.NaN;

  received(): void {
    this.#since = performance.now();
  }

  sending(): void {
    if (Number.isNaN(this.#since)) return;
    this.times.push(performance.now() - this.#since);
    this.#since = Number.NaN;
  }
}

function watchedBytePort(port: BytePort, watch: Stopwatch): BytePort {
  return {
    name: port.name,
    open: (host) =>
      port.open({
        data: (chunk, start, end) => {
          watch.received();
          host.data(chunk, start, end);
        },
        written: () => host.written(),
        closed: (reason) => host.closed(reason),
      }),
    write: (buffer, start, end) => {
      watch.sending();
      return port.write(buffer, start, end);
    },
    close: () => port.close(),
  };
}

function watchedI2cPort(port: I2cPort, watch: Stopwatch): I2cPort {
  return {
    name: port.name,
    get capabilities() {
      return port.capabilities;
    },
    get functionality() {
      return port.functionality;
    },
    maxWrite: port.maxWrite,
    open: (host, ownAddress) =>
      port.open(
        {
          received: (buffer, start, end, address) => {
            watch.received();
            host.received(buffer, start, end, address);
          },
          written: (error) => host.written(error),
          state: (up, reason) => host.state(up, reason),
          fault: (what) => host.fault(what),
        },
        ownAddress,
      ),
    write: (address, buffer, start, end) => {
      watch.sending();
      port.write(address, buffer, start, end);
    },
    close: () => port.close(),
  };
}

/** Requests from one stack to another in this process; what the answering side took for each. */
async function overWire(asking: Link, answering: Link, watch: Stopwatch): Promise<readonly number[]> {
  const answerer = await stackOn(answering, asking.ownAddress);
  const asker = await stackOn(asking, answering.ownAddress, PEER_EID, OWN_EID);
  const socket = asker.socket();
  const body = new Uint8Array(20);
  for (let count = 0; count < REQUESTS + WARM_UP; count++) await socket.request({ eid: OWN_EID }, body, { type: TYPE });
  await asker.close();
  await answerer.close();
  return watch.times.slice(WARM_UP);
}

async function overUart(): Promise<BenchRow[]> {
  const wire = new UartWire({ clock: systemClock, baudRate: 3_000_000 });
  const watch = new Stopwatch();
  const asking = new SerialLink({ clock: systemClock, port: wire.a });
  const answering = new SerialLink({ clock: systemClock, port: watchedBytePort(wire.b, watch) });
  const times = await overWire(asking, answering, watch);
  wire.close();
  return percentileRows('serial link and stack, request of 20 bytes', times);
}

async function overI2c(): Promise<BenchRow[]> {
  const wire = new I2cWire({ clock: systemClock, speedKhz: 1000 });
  const watch = new Stopwatch();
  const link = (name: string, ownAddress: number, port: I2cPort) =>
    new SmbusLink({ clock: systemClock, name, port, ownAddress });
  const asking = link('a', 0x10, wire.port({ name: 'a' }));
  const answering = link('b', 0x1d, watchedI2cPort(wire.port({ name: 'b' }), watch));
  return percentileRows('SMBus link and stack, request of 20 bytes', await overWire(asking, answering, watch));
}

export async function benchTurnaround(): Promise<BenchRow[]> {
  return [...(await overUart()), ...(await overI2c()), ...(await benchPty())];
}
