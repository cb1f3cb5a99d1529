/**
 * How near a firmware update comes to what its wire can carry: a 1 MiB image over bit-rate-accurate wires, in virtual time,
 * by transfer size. The limit: one request in flight, 12 bytes of request and 5 + C of answer (message type included), in
 * baseline packets back to back with their framing, and nothing else on the wire.
 */

import { SerialLink } from '../../bindings/serial/serial-link.js';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import type { I2cSpeed } from '../../hw-fixtures/bench/wires/i2c-timing.js';
import { I2cWire } from '../../hw-fixtures/bench/wires/i2c-wire.js';
import { UartWire } from '../../hw-fixtures/bench/wires/uart-wire.js';
import { PldmClient, PldmResponder } from '../../pldm/base/index.js';
import {
  buildPackage,
  bytesSource,
  FirmwareDevice,
  MemoryFirmware,
  planUpdates,
  readInventory,
  readPackage,
  UpdateAgent,
  type UpdateEvent,
} from '../../pldm/firmware/index.js';
import { Terminus } from '../../pldm/terminus/index.js';
import { VirtualClock } from '../../stack/clock.js';
import type { Link } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { atLeast, type BenchRow } from './row.js';

const UNIT = 64;
const IMAGE_BYTES = 1024 * 1024;
const SHARE = 0.95;
/** MCTP header in each packet. */
const HEADER = 4;
/** Serial: flag, revision, count, FCS 2, flag. SMBus: command, count, source address, PEC; the address byte is apart. */
const SERIAL_FRAMING = 6;
const SMBUS_FRAMING = 4;

interface Wire {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly agent: Link;
  readonly device: Link;
  /** From the first to the last bit of a packet with this payload, and the least pause behind it; ms. */
  packetMs(payload: number): number;
}

export function serialWire(baudRate: number): Wire {
  const clock = new VirtualClock();
  const wire = new UartWire({ clock, baudRate });
  return {
    name: `serial ${baudRate} baud`,
    clock,
    agent: new SerialLink({ clock, port: wire.a, name: 'agent' }),
    device: new SerialLink({ clock, port: wire.b, name: 'device' }),
    packetMs: (payload) => ((payload + HEADER + SERIAL_FRAMING) * 10_000) / baudRate,
  };
}

export function smbusWire(speedKhz: I2cSpeed): Wire {
  const clock = new VirtualClock();
  const wire = new I2cWire({ clock, speedKhz });
  const link = (name: string, ownAddress: number) =>
    new SmbusLink({ clock, port: wire.port({ name }), ownAddress, speedKhz, name });
  const { transfer, free } = wire.timing;
  return {
    name: `SMBus ${speedKhz} kHz`,
    clock,
    agent: link('agent', 0x10),
    device: link('device', 0x1d),
    packetMs: (payload) => transfer(payload + HEADER + SMBUS_FRAMING) + free,
  };
}

/** One exchange after the other, each of whole packets and a rest. */
export function limitMs({ packetMs }: Wire, imageBytes: number, chunk: number): number {
  const message = (bytes: number): number => {
    const rest = bytes % UNIT;
    return Math.floor(bytes / UNIT) * packetMs(UNIT) + (rest > 0 ? packetMs(rest) : 0);
  };
  return Math.ceil(imageBytes / chunk) * (message(12) + message(5 + chunk));
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

/** From the first request for data to TransferComplete; ms of the wire's time. */
export async function downloadMs(wire: Wire, imageBytes: number, chunk: number): Promise<number> {
  const { clock } = wire;
  const bmc = await stackOn(wire.agent, clock, 8, 9, wire.device.ownAddress);
  const far = await stackOn(wire.device, clock, 9, 8, wire.agent.ownAddress);
  const vendor = { descriptorType: 1, descriptorData: Uint8Array.of(0x9c, 1, 0, 0) };
  const hardware = new MemoryFirmware({
    clock,
    descriptors: [vendor],
    setVersion: '1.0',
    components: [{ identifier: 1, version: '1.0' }],
  });
  const farResponder = new PldmResponder({ transport: far, clock });
  const farClient = new PldmClient({ transport: far, clock });
  const firmware = new FirmwareDevice({ handlers: farResponder.handlers, client: farClient, hardware, chunk });
  farResponder.start();
  const responder = new PldmResponder({ transport: bmc, clock }).start();
  const agent = new UpdateAgent({ handlers: responder.handlers });
  // Nothing that has to be escaped on a serial line: that costs what the data asks for.
  const image = Uint8Array.from({ length: imageBytes }, (_, at) => (at * 7 + (at >> 8)) % 0x7d);
  const built = await buildPackage(
    {
      version: '2.0',
      devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }] }],
      components: [{ identifier: 1, version: '2.0' }],
    },
    [bytesSource(image)],
  );
  const parts: Uint8Array[] = [];
  for await (const part of built.chunks()) parts.push(part);
  const pkg = await readPackage(bytesSource(new Uint8Array(Buffer.concat(parts))));
  let began = 0;
  let ended = 0;
  const onEvent = (event: UpdateEvent): void => {
    if (event.type !== 'progress') return;
    if (event.phase === 'downloading' && event.served === 0) began = event.at;
    if (event.phase === 'verifying' && ended === 0) ended = event.at;
  };
  const terminus = new Terminus(new PldmClient({ transport: bmc, clock }), { eid: 9 });
  let finished = false;
  const run = (async () => {
    const { plans } = planUpdates(pkg, await readInventory(terminus));
    const report = await agent.update({ terminus, plan: plans[0]!, maximumTransferSize: chunk, onEvent });
    if (report.outcome !== 'updated') throw new Error(`${wire.name}: ${report.reason}`);
  })().finally(() => {
    finished = true;
  });
  run.catch(() => undefined);
  while (!finished) {
    if (!clock.step()) await new Promise((resolve) => setImmediate(resolve));
    // Both sides go on in microtasks, at this very time.
    for (let turn = 0; turn < 24; turn++) await undefined;
  }
  await run;
  if (Buffer.compare(hardware.components[0]!.active.image!, image) !== 0) throw new Error('the image is not the same');
  firmware.close();
  return ended - began;
}

export const WIRES: readonly (() => Wire)[] = [
  ...[115_200, 1_000_000, 3_000_000].map((baud) => () => serialWire(baud)),
  ...([100, 400, 1000] as const).map((speed) => () => smbusWire(speed)),
];
export const CHUNKS = [64, 256, 1024, 4096] as const;

export async function benchFirmwareUpdate(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const make of WIRES) {
    for (const chunk of CHUNKS) {
      const wire = make();
      const ms = await downloadMs(wire, IMAGE_BYTES, chunk);
      const limit = limitMs(wire, IMAGE_BYTES, chunk);
      const rate = IMAGE_BYTES / ms;
      const note = `${((100 * limit) / ms).toFixed(1)} % of the wire's ${(IMAGE_BYTES / limit).toFixed(2)} kB/s`;
      const name = `${wire.name}, transfer size ${chunk}`;
      rows.push({ ...atLeast(name, rate, 'kB/s', (SHARE * IMAGE_BYTES) / limit), note });
    }
  }
  return rows;
}
