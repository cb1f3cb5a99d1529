/**
 * What is left of the wire's bit rate for message bytes: two stacks on a bit-rate-accurate virtual wire, in virtual time,
 * so the figures are exact and those of an idle machine. The limit is a wire that carries full baseline packets back to
 * back: 64 bytes of message in 74 of serial line, or in 73 of SMBus with its START, STOP and pause.
 */

import { SerialLink } from '../../bindings/serial/serial-link.js';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import type { I2cSpeed } from '../../hw-fixtures/bench/wires/i2c-timing.js';
import { I2cWire } from '../../hw-fixtures/bench/wires/i2c-wire.js';
import { UartWire } from '../../hw-fixtures/bench/wires/uart-wire.js';
import { type Link, Mctp, VirtualClock } from '../../stack/index.js';
import { atLeast, type BenchRow } from './row.js';

const TYPE = 0x7e;
const UNIT = 64;
const SERIAL_FRAME = 74;
const SMBUS_FRAME = 73;
const SHARE = 0.95;
/** Bytes with the type byte: many packets, and one packet. */
const SIZES = [65_536, 4096, UNIT] as const;
/** Sent per figure. */
const TOTAL = 4 * 65_536;

interface Pair {
  readonly clock: VirtualClock;
  readonly a: Link;
  readonly b: Link;
}

function serialPair(baudRate: number): Pair {
  const clock = new VirtualClock();
  const wire = new UartWire({ clock, baudRate });
  return { clock, a: new SerialLink({ clock, port: wire.a }), b: new SerialLink({ clock, port: wire.b }) };
}

function smbusPair(speedKhz: I2cSpeed): Pair {
  const clock = new VirtualClock();
  const wire = new I2cWire({ clock, speedKhz });
  const link = (name: string, ownAddress: number) =>
    new SmbusLink({ clock, port: wire.port({ name }), ownAddress, speedKhz });
  return { clock, a: link('a', 0x10), b: link('b', 0x1d) };
}

async function stackOn(link: Link, clock: VirtualClock, eid: number, peer: number, peerAddress: string): Promise<Mctp> {
  const mctp = new Mctp({ clock });
  mctp.addLink(link);
  mctp.addAddress(eid, link.name);
  mctp.addRoute({ start: peer, link: link.name });
  if (link.addressSize > 0) mctp.addNeighbour(peer, link.name, peerAddress);
  await mctp.open();
  return mctp;
}

/** Message bytes per second of messages of that size sent one behind the other, as datagrams. */
async function goodput({ clock, a, b }: Pair, size: number, both: boolean): Promise<number> {
  const ends = [await stackOn(a, clock, 8, 9, b.ownAddress), await stackOn(b, clock, 9, 8, a.ownAddress)];
  // Nothing that has to be escaped on a serial line: that costs what the data asks for.
  const payload = Uint8Array.from({ length: size - 1 }, (_, index) => index % 0x7d);
  const count = Math.ceil(TOTAL / size);
  let received = 0;
  const senders = both ? ends : ends.slice(0, 1);
  for (const mctp of ends) {
    const socket = mctp.socket();
    socket.bind({ type: TYPE });
    socket.onMessage((message) => {
      received += message.payload.length + 1;
    });
  }
  const start = clock.now();
  const sent = senders.map(async (mctp, index) => {
    const socket = mctp.socket();
    for (let each = 0; each < count; each++) {
      await socket.send({ eid: index === 0 ? 9 : 8 }, payload, { type: TYPE, reply: false });
    }
  });
  const expected = senders.length * count * size;
  while (received < expected) {
    if (!clock.step()) throw new Error(`the wire is silent after ${received} of ${expected} bytes`);
    // Senders go on in microtasks, at this very time.
    for (let turn = 0; turn < 8; turn++) await undefined;
  }
  const seconds = (clock.now() - start) / 1000;
  await Promise.all(sent);
  for (const mctp of ends) await close(mctp, clock);
  return received / seconds;
}

/** Closing a serial link waits until the line took everything. */
async function close(mctp: Mctp, clock: VirtualClock): Promise<void> {
  let closed = false;
  const closing = mctp.close().then(() => {
    closed = true;
  });
  for (let turn = 0; !closed; turn++) {
    await undefined;
    if (turn % 16 === 15) clock.step();
  }
  await closing;
}

export async function benchWireGoodput(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const row = async (wire: string, pair: () => Pair, size: number, limit: number, both = false): Promise<void> => {
    const rate = await goodput(pair(), size, both);
    const share = (100 * rate) / limit;
    const note = `${share.toFixed(1)} % of the wire's ${(limit / 1000).toFixed(2)} kB/s`;
    const name = `${wire}, ${size === UNIT ? 'messages of one packet' : `messages of ${size} bytes`}${both ? ', both ways' : ''}`;
    rows.push({ ...atLeast(name, rate / 1000, 'kB/s', (SHARE * limit) / 1000), note });
  };
  for (const baud of [115_200, 1_000_000, 3_000_000]) {
    const limit = ((baud / 10) * UNIT) / SERIAL_FRAME;
    for (const size of SIZES) await row(`serial ${baud} baud`, () => serialPair(baud), size, limit);
    await row(`serial ${baud} baud`, () => serialPair(baud), 4096, 2 * limit, true);
  }
  for (const speed of [100, 400, 1000] as const) {
    const limit = (1000 * speed * UNIT) / (9 * SMBUS_FRAME);
    for (const size of SIZES) await row(`SMBus ${speed} kHz`, () => smbusPair(speed), size, limit);
    await row(`SMBus ${speed} kHz`, () => smbusPair(speed), 4096, limit, true);
  }
  return rows;
}
