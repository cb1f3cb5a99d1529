// Runs inside the board: both sides of a USB cable in one program, with malformed transfers, unplugging and many packets.

import { execFileSync } from 'node:child_process';
import { systemClock as clock } from '../../../bindings/system-clock.js';
import { UsbGadgetPort } from '../../../bindings/usb/gadget/gadget-port.js';
import { UsbHostPort } from '../../../bindings/usb/host/host-port.js';
import type { TransferPort, TransferPortHost } from '../../../bindings/usb/transfer-port.js';
import { UsbLink } from '../../../bindings/usb/usb-link.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { TRANSMIT } from '../../../stack/link.js';
import { type ReportsOf, runScenarios, until } from './scenarios.js';

const IDENTITY = { vendorId: 0x1209, productId: 1, serial: '42', manufacturer: 'mctpkit', product: 'test' };
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
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** udev tells libusb of a device a moment after it is there. */
async function opened(open: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (attempt === 40) throw error;
      await sleep(50);
    }
  }
}

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
  const port = new UsbGadgetPort({ identity: IDENTITY, clock });
  const raw = quiet();
  await port.open(raw);
  const link = new UsbLink({ port: new UsbHostPort('42', { serial: '42' }), clock });
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
  const link = new UsbLink({ port: new UsbGadgetPort({ identity: IDENTITY, clock }), clock });
  const host = new RecordingHost().attach(link);
  await link.open();
  const port = new UsbHostPort('42', { serial: '42' });
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
  const device = new UsbLink({ port: new UsbGadgetPort({ identity: IDENTITY, clock }), clock, batch: true });
  const deviceHost = new RecordingHost().attach(device);
  await device.open();
  const host = new UsbLink({ port: new UsbHostPort('42', { serial: '42' }), clock, batch: true });
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

async function manyPackets() {
  const { device, deviceHost, host, hostHost } = await pair();
  const count = 10_000;
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
  'unplugged and plugged in': unplugged,
  'many packets': manyPackets,
};
export type UsbReports = ReportsOf<typeof SCENARIOS>;
execFileSync('usb-events', { stdio: 'ignore' });
await runScenarios(SCENARIOS);
