// Runs inside the board: both sides of a USB cable in one program, with malformed transfers, unplugging and many packets.

import { execFileSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import type { TransferPort, TransferPortHost } from '../../../bindings/usb/transfer-port.js';
import type { UsbLink } from '../../../bindings/usb/usb-link.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { TRANSMIT } from '../../../stack/link.js';
import { type ReportsOf, runScenarios, until } from './scenarios.js';
import { cable, deviceLink, gadgetPort, hostLink, hostPort, opened } from './usb-ends.js';

const MALFORMED = [
  'b41a000b010908c8008002', // another ID
  '1ab40007010908c8', // too short a length
  '1ab4000b010908c800', // cut
  '1ab4000b010908c80080020102', // bytes behind
  `1ab4012c${'00'.repeat(296)}`, // a length of 1.1
  '1ab4000b010908c8008002'.repeat(3), // joined
  '00'.repeat(512), // padding
  '1a',
];
const quiet = (received: () => void = () => {}): TransferPortHost & { done: () => void } => {
  const host = {
    received,
    fault: () => {},
    state: () => {},
    closed: () => {},
    done: () => {},
    written: () => host.done(),
  };
  return host;
};

/** Transfers as they are, from a port without a link. */
async function writeAll(port: TransferPort, host: { done: () => void }, transfers: readonly string[]): Promise<void> {
  for (const hex of transfers) {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    await new Promise<void>((resolve) => {
      host.done = resolve;
      port.write(bytes, 0, bytes.length);
    });
  }
}

function seen(link: UsbLink, host: RecordingHost) {
  const { rxPackets, rxTransfers, rxBadId, rxBadLength, rxTrailingBytes } = link.counters;
  return { rxPackets, rxTransfers, rxBadId, rxBadLength, rxTrailingBytes, faults: host.faults.length };
}

async function malformedToHost() {
  const port = gadgetPort();
  const raw = quiet();
  await port.open(raw);
  const link = hostLink();
  const host = new RecordingHost().attach(link);
  await opened(() => link.open());
  await writeAll(port, raw, MALFORMED);
  await until('all transfers', () => link.counters.rxTransfers === MALFORMED.length);
  const report = seen(link, host);
  await link.close();
  await port.close();
  return report;
}

async function malformedToDevice() {
  const link = deviceLink();
  const host = new RecordingHost().attach(link);
  await link.open();
  const port = hostPort();
  const raw = quiet();
  await opened(() => port.open(raw));
  await writeAll(port, raw, MALFORMED);
  await until('all transfers', () => link.counters.rxTransfers === MALFORMED.length);
  const report = seen(link, host);
  await port.close();
  await link.close();
  return report;
}

async function pair() {
  const device = deviceLink({ batch: true });
  const deviceHost = new RecordingHost().attach(device);
  await device.open();
  const host = hostLink({ batch: true });
  const hostHost = new RecordingHost().attach(host);
  await opened(() => host.open());
  return { device, deviceHost, host, hostHost };
}

async function unplugged() {
  const { device, deviceHost, host, hostHost } = await pair();
  for (let round = 0; round < 3; round++) {
    hostHost.send(new Uint8Array(20).fill(1), '');
    await device.close();
    await until('the host is down', () => hostHost.states.at(-1)?.up === false);
    await device.open();
    await until('the host is up', () => hostHost.states.at(-1)?.up === true);
    const before = deviceHost.packets.length;
    hostHost.send(new Uint8Array(30).fill(1), '');
    await until('a packet', () => deviceHost.packets.length > before);
    deviceHost.send(new Uint8Array(40).fill(1), '');
    await until('a packet back', () => hostHost.packets.length > round);
  }
  const report = {
    host: hostHost.states.map(({ up }) => up),
    reason: hostHost.states[1]?.reason?.message,
  };
  await host.close();
  await device.close();
  return report;
}

/** The cable itself, under load both ways: what was under way is lost and counted, what comes later arrives. */
async function pulled() {
  const { device, deviceHost, host, hostHost } = await pair();
  const both = (up: boolean): boolean => [hostHost, deviceHost].every(({ states }) => states.at(-1)?.up === up);
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 5; index++) {
      hostHost.send(new Uint8Array(60).fill(1), '');
      deviceHost.send(new Uint8Array(60).fill(1), '');
    }
    await cable('pull');
    await until('both are down', () => both(false));
    const { slot } = hostHost.send(new Uint8Array(20).fill(1), '');
    await until('it is refused', () => hostHost.done.has(slot));
    await cable('plug');
    await until('both are up', () => both(true));
    const before = [deviceHost.packets.length, hostHost.packets.length] as const;
    hostHost.send(new Uint8Array(30).fill(2), '');
    deviceHost.send(new Uint8Array(40).fill(2), '');
    await until('packets', () => deviceHost.packets.length > before[0] && hostHost.packets.length > before[1]);
  }
  const report = {
    host: hostHost.states.map(({ up }) => up),
    device: deviceHost.states.map(({ up }) => up),
    reasons: [hostHost.states[1]?.reason?.message, deviceHost.states[1]?.reason?.message],
    last: [deviceHost.packets.at(-1)?.bytes.length, hostHost.packets.at(-1)?.bytes.length],
    violations: [...hostHost.violations, ...deviceHost.violations],
  };
  await host.close();
  await device.close();
  return report;
}

/** Another program takes the gadget from its controller: the link takes it back, and can be closed afterwards. */
async function takenDown() {
  const { device, deviceHost, host, hostHost } = await pair();
  await writeFile('/sys/kernel/config/usb_gadget/mctpkit-dummy_udc_0/UDC', '\n');
  await until('both went', () => [hostHost, deviceHost].every(({ states }) => states.some(({ up }) => !up)));
  await until('both are up', () => [hostHost, deviceHost].every(({ states }) => states.at(-1)?.up === true));
  hostHost.send(new Uint8Array(30).fill(2), '');
  await until('a packet', () => deviceHost.packets.length > 0);
  await host.close();
  await device.close();
  return { packets: deviceHost.packets.length, left: await readdir('/sys/kernel/config/usb_gadget') };
}

async function manyPackets() {
  const { device, deviceHost, host, hostHost } = await pair();
  const count = Number(process.env.PACKETS ?? 10_000);
  const flood = async (from: RecordingHost): Promise<void> => {
    for (let index = 0; index < count; index++) {
      const packet = new Uint8Array(68).fill(index & 0xff);
      new DataView(packet.buffer).setUint32(4, index);
      for (;;) {
        const { readies } = from;
        if (from.send(packet, '').result !== TRANSMIT.busy) break;
        while (from.readies === readies) await from.next();
      }
    }
  };
  await Promise.all([flood(hostHost), flood(deviceHost)]);
  await until('all packets', () => hostHost.packets.length === count && deviceHost.packets.length === count);
  const inOrder = (got: RecordingHost): boolean =>
    got.packets.every(({ bytes }, index) => new DataView(bytes.buffer).getUint32(4) === index);
  const report = {
    toDevice: deviceHost.packets.length,
    toHost: hostHost.packets.length,
    inOrder: inOrder(hostHost) && inOrder(deviceHost),
    faults: hostHost.faults.length + deviceHost.faults.length,
    lost: host.counters.txLost + device.counters.txLost,
  };
  await host.close();
  await device.close();
  return report;
}

const SCENARIOS = {
  'malformed transfers to the host': malformedToHost,
  'malformed transfers to the device': malformedToDevice,
  'taken away and set up again': unplugged,
  'pulled and plugged in': pulled,
  'taken down by another program': takenDown,
  'many packets': manyPackets,
};
export type UsbReports = ReportsOf<typeof SCENARIOS>;
execFileSync('usb-events', { stdio: 'ignore' });
await runScenarios(SCENARIOS);
