/** The bridge image on USB and on its bus, byte by byte: descriptors, transfers, requests, and all bad input counted. */

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame, MAX_FRAME } from '../../../bindings/smbus/smbus-framing.js';
import { encodeUnit } from '../../../bindings/usb/usb-framing.js';
import {
  BOOT_WORDS,
  BRIDGE_COUNTERS,
  BRIDGE_PRODUCT,
  BRIDGE_REQUEST,
  type BridgeCounters,
  bridgeCounters,
} from '../../../hw-fixtures/pico/bridge-requests.js';
import { IMAGES } from '../../../hw-fixtures/pico/build-firmware.js';
import { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import type { Enumerated } from '../../../hw-fixtures/pico/emulator/usb-host.js';
import { BRIDGE_FIRMWARE_VERSION } from '../../../hw-fixtures/pico/firmware-version.js';
import { startedPico } from './support.js';

/** `npm run test:pico` sets it to 100000. */
const PACKETS = Math.min(Number(process.env.MCTPKIT_PICO_PACKETS ?? 40), 20_000);
const HOST = 8;
const BRIDGE = 9;
const DEVICE = 10;
const OWN_ADDRESS = 0x10;

/** A control request of the host, as a packet. */
const request = (eid: number, command: number, ...body: number[]): number[] => [
  1,
  eid,
  HOST,
  0xc8,
  0,
  0x80,
  command,
  ...body,
];
const setEid = (eid: number): number[] => request(0, 0x01, 0, eid);
const getEid = request(0, 0x02);
const allocate = (count: number, first: number): number[] => request(BRIDGE, 0x08, 0, count, first);
/** A packet of a vendor message. */
const plain = (to: number, from: number, length: number, seed = 0): number[] => [
  ...[1, to, from, 0xc9, 0x7e],
  ...Array.from({ length: length - 5 }, (_, index) => (seed * 31 + index * 7) & 0xff),
];

function unit(packet: readonly number[]): number[] {
  const target = new Uint8Array(4 + packet.length);
  encodeUnit(Uint8Array.from(packet), 0, packet.length, target, 0);
  return [...target];
}

function frame(packet: readonly number[], source = 0x1d): Uint8Array {
  const target = new Uint8Array(MAX_FRAME);
  return target.subarray(0, encodeFrame(Uint8Array.from(packet), 0, packet.length, source, OWN_ADDRESS, target, 0));
}

describe('the bridge', () => {
  let pico: EmulatedPico;
  /** Packets of the device, cut into transfers where one is shorter than 64. */
  let transfers: number[][];
  let coming: number[];

  beforeEach(async () => {
    pico = await startedPico(undefined, 'bridge');
    transfers = [];
    coming = [];
    pico.usb.onData = (packet) => {
      coming.push(...packet);
      if (packet.length === 64) return;
      transfers.push(coming);
      coming = [];
    };
  });
  afterEach(() => pico.stop());

  const pass = (ms: number): Promise<void> => pico.pass(ms * 1000);
  const write = (...transfer: number[]): void => pico.usb.write(Uint8Array.from(transfer));
  const empty = (): void => pico.usb.write(new Uint8Array(0));
  /** Each transfer is one unit: its packet, or only what a control message says behind the header. */
  const packets = (): number[][] => transfers.map((transfer) => transfer.slice(4));
  const answers = (): number[][] => packets().map((packet) => packet.slice(6));

  async function counters(): Promise<BridgeCounters> {
    return bridgeCounters(await pico.usb.control([0xc0, BRIDGE_REQUEST.readCounters, 0, 0, 0, 0, 0xff, 0]));
  }

  /** It has EIDs, and has found a device which answers as one does. */
  async function withDevice(received: (packet: number[]) => void = () => {}): Promise<void> {
    pico.bus.addTarget(0x1d, {
      received: (write) => {
        const packet = [...write.subarray(3, -1)];
        const [, , from, flags, type, head, command] = packet;
        if (packet.length < 7 || type !== 0 || (head! & 0x80) === 0) return received(packet);
        const body = command === 0x01 ? [0, 0, DEVICE, 0] : [0, 0, 0, 0];
        const answer = [1, from!, 0, 0xc0 | (flags! & 7), 0, head! & 0x1f, command!, ...body];
        void pico.bus.write(OWN_ADDRESS, frame(answer));
      },
    });
    write(...unit(setEid(BRIDGE)));
    write(...unit(allocate(4, DEVICE)));
    await pass(200);
    transfers.length = 0;
  }

  describe('on USB', () => {
    it('is a device with one interface, by which hosts know MCTP', async () => {
      const fresh = new EmulatedPico(readFileSync(IMAGES.bridge));
      const enumerated: Promise<Enumerated> = fresh.usb.enumerated();
      fresh.start();
      const { device, configuration, strings } = await enumerated;
      fresh.stop();
      const [major, minor] = BRIDGE_FIRMWARE_VERSION.split('.').map(Number);
      expect([...device]).toEqual([18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 1, 0, minor, major, 1, 2, 3, 1]);
      expect([...configuration]).toEqual([
        ...[9, 2, 32, 0, 1, 1, 0, 0x80, 50],
        ...[9, 4, 0, 0, 2, 0x14, 0x00, 0x01, 0],
        ...[7, 5, 0x02, 2, 64, 0, 0],
        ...[7, 5, 0x82, 2, 64, 0, 0],
      ]);
      expect(strings.slice(0, 2)).toEqual(['mctpkit', BRIDGE_PRODUCT]);
      expect(strings[2]).toMatch(/^[0-9A-F]{16}$/);
    });

    it('takes several units of a transfer, and sends each as one', async () => {
      write(...unit(setEid(BRIDGE)), ...unit(getEid), ...unit(request(BRIDGE, 0x05)));
      await pass(5);
      expect(transfers.map((transfer) => transfer.slice(0, 4))).toEqual([
        [0x1a, 0xb4, 0, 15],
        [0x1a, 0xb4, 0, 15],
        [0x1a, 0xb4, 0, 13],
      ]);
      expect(answers()).toEqual([
        [1, 0, 1, BRIDGE, 15],
        [2, 0, BRIDGE, 0x10, 0],
        [5, 0, 0],
      ]);
    });

    it('takes transfers of full packets with and without an empty one behind, and ends its own by one', async () => {
      const sent: number[][] = [];
      await withDevice((packet) => sent.push(packet));
      const made: number[][] = [];
      for (const length of [59, 60, 61, 124, 188, 251]) {
        for (const ends of [false, true]) {
          const packet = plain(DEVICE, HOST, length, made.length);
          made.push(packet);
          write(...unit(packet));
          if (ends && (length + 4) % 64 === 0) empty();
          await pass(40);
          await pico.bus.write(OWN_ADDRESS, frame(plain(HOST, DEVICE, length, made.length)));
        }
      }
      await pass(5);
      expect(sent).toEqual(made);
      expect(packets()).toEqual(made.map((packet, index) => plain(HOST, DEVICE, packet.length, index + 1)));
      expect(coming).toEqual([]);
    });

    it.each([
      ['another ID', [0xb4, 0x1a, 0, 11, ...getEid], { usbBadId: 1 }],
      ['a length below 8', [0x1a, 0xb4, 0, 7, 1, 9, 8], { usbBadLength: 1 }],
      ['a length of DSP0283 1.1', [0x1a, 0xb4, 1, 44, ...getEid], { usbBadLength: 1 }],
      ['a unit that the end of the transfer cuts', [...unit(getEid).slice(0, 9)], { usbCut: 1 }],
      ['a header that is cut', [0x1a, 0xb4, 0], { usbCut: 1 }],
      ['a packet without payload', [...unit([1, 9, 8, 0xc8])], { notForUs: 1 }],
      ['another header version', [...unit([2, ...getEid.slice(1)])], { notForUs: 1 }],
      ['a reserved sender', [...unit([1, 0, 3, ...getEid.slice(3)])], { notForUs: 1 }],
      ['a message type which it has not', [...unit(plain(0, HOST, 20))], { notForUs: 1 }],
      ['an EID which nobody has', [...unit(plain(77, HOST, 20))], { noRoute: 1 }],
      ['padding', [0, 0, 0, 0, 0, 0], {}],
      ['one zero', [0], {}],
      ['nothing', [], {}],
    ] as const)('counts %s, drops the rest of the transfer, and takes the next', async (_what, bad, counted) => {
      const before = await counters();
      write(...unit(getEid), ...bad);
      write(...unit(getEid));
      await pass(5);
      expect(answers()).toHaveLength(2);
      const after = await counters();
      const faults = BRIDGE_COUNTERS.filter((name) => !['usbTaken', 'usbSent'].includes(name));
      const changed = faults.filter((name) => after[name] !== before[name]);
      expect(Object.fromEntries(changed.map((name) => [name, after[name] - before[name]]))).toEqual(counted);
    });

    it('finds the next transfer behind garbage of full packets, which has no end', async () => {
      write(...Array.from({ length: 192 }, (_, index) => (index * 89) & 0xff));
      write(...unit(getEid));
      await pass(5);
      expect(answers()).toHaveLength(1);
      expect(await counters()).toMatchObject({ usbBadId: 1 });
    });

    it('forgets what it was when a host configures it again', async () => {
      await withDevice();
      await pico.usb.control([0x00, 9, 1, 0, 0, 0, 0, 0]);
      write(...unit(getEid));
      await pass(5);
      expect(answers()).toEqual([[2, 0, 0, 0x10, 0]]);
    });

    it.each([
      ['restarts into the boot loader when the host says the words', BOOT_WORDS.index, 'boot loader'],
      ['does not when it says others', BOOT_WORDS.index + 1, 'goes on'],
    ] as const)('%s', async (_what, index, expected) => {
      const restarted = new Promise<string>((resolve) => {
        pico.onBootLoader = () => resolve('boot loader');
      });
      const words = [BOOT_WORDS.value, index, 0].flatMap((word) => [word & 0xff, word >> 8]);
      void pico.usb.control([0x40, BRIDGE_REQUEST.enterBootLoader, ...words]);
      expect(await Promise.race([restarted, pass(100).then(() => 'goes on')])).toBe(expected);
    });
  });

  describe('on its bus', () => {
    it('writes packets as SMBus has them', async () => {
      await withDevice();
      pico.bus.keep = true;
      const packet = plain(DEVICE, HOST, 20);
      write(...unit(packet));
      await pass(20);
      const [written] = pico.bus.transfers;
      const target = new Uint8Array(MAX_FRAME);
      const end = encodeFrame(Uint8Array.from(packet), 0, packet.length, OWN_ADDRESS, 0x1d, target, 0);
      expect(written).toEqual({ address: 0x1d, bytes: target.subarray(0, end) });
    });

    it.each([
      ['a wrong PEC', (bytes: number[]) => [...bytes.slice(0, -1), bytes.at(-1)! ^ 1], 'i2cBadPec'],
      ['another command', (bytes: number[]) => [0x0e, ...bytes.slice(1)], 'i2cBadFrame'],
      ['a byte count which is not that of the write', (bytes: number[]) => [0x0f, 9, ...bytes.slice(2)], 'i2cBadFrame'],
      [
        'the source address of IPMI',
        (bytes: number[]) => [...bytes.slice(0, 2), 0x3a, ...bytes.slice(3)],
        'i2cBadFrame',
      ],
      ['a write that is too short', (bytes: number[]) => bytes.slice(0, 5), 'i2cBadFrame'],
      ['one byte', () => [0x0f], 'i2cBadFrame'],
      ['a write longer than SMBus has them', () => new Array<number>(1100).fill(0x0f), 'i2cLost'],
    ] as const)('counts %s, and takes the next', async (_what, spoil, counter) => {
      await withDevice();
      await pico.bus.write(OWN_ADDRESS, Uint8Array.from(spoil([...frame(plain(HOST, DEVICE, 20))])));
      await pico.bus.write(OWN_ADDRESS, frame(plain(HOST, DEVICE, 21)));
      await pass(5);
      expect(packets()).toEqual([plain(HOST, DEVICE, 21)]);
      expect((await counters())[counter]).toBe(1);
    });

    it('tries again what is refused for a moment, in order, and gives up in bounded time', async () => {
      const sent: number[][] = [];
      await withDevice((packet) => sent.push(packet));
      let refusals = 5;
      const taken: number[][] = [];
      pico.bus.addTarget(0x1d, {
        received: (bytes) => taken.push([...bytes.subarray(3, -1)]),
        acknowledge: (index) => index !== 4 || refusals-- <= 0,
      });
      const [first, second] = [plain(DEVICE, HOST, 20), plain(DEVICE, HOST, 21)];
      write(...unit(first), ...unit(second));
      await pass(100);
      expect(taken.filter((packet) => packet.length > 5)).toEqual([first, second]);
      expect(await counters()).toMatchObject({ i2cRetries: 5, i2cGivenUp: 0 });
      refusals = Number.POSITIVE_INFINITY;
      write(...unit(first));
      await pass(100);
      expect(await counters()).toMatchObject({ i2cRetries: 5 + 12, i2cGivenUp: 1 });
    });

    it('gets over a bus that is stuck', async () => {
      const sent: number[][] = [];
      await withDevice((packet) => sent.push(packet));
      pico.bus.hold('scl');
      write(...unit(plain(DEVICE, HOST, 20)));
      await pass(1000);
      expect(await counters()).toMatchObject({ i2cGivenUp: 1 });
      pico.bus.release('scl');
      write(...unit(plain(DEVICE, HOST, 21)));
      await pass(100);
      expect(sent).toEqual([plain(DEVICE, HOST, 21)]);
    });

    it('loses none of many both ways at once', { timeout: 120_000 + PACKETS * 40 }, async () => {
      const sent: number[][] = [];
      await withDevice((packet) => sent.push(packet));
      const above = Array.from({ length: PACKETS }, (_, index) => plain(DEVICE, HOST, 68, index));
      const below = Array.from({ length: PACKETS }, (_, index) => plain(HOST, DEVICE, 68, index));
      for (const packet of above) write(...unit(packet));
      for (const packet of below) await pico.bus.write(OWN_ADDRESS, frame(packet));
      while (sent.length < PACKETS) await pass(100);
      expect(packets()).toEqual(below);
      expect(sent).toEqual(above);
    });
  });
});

it('has its counters in the order of counters.h', () => {
  const header = readFileSync(new URL('../../../hw-fixtures/pico/firmware/bridge/counters.h', import.meta.url), 'utf8');
  const names = header.match(/enum \{([\s\S]*?)COUNTERS,/)![1]!.matchAll(/^ {2}([A-Z0-9_]+),/gm);
  const camel = (name: string): string =>
    name.toLowerCase().replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
  expect([...names].map(([, name]) => camel(name!))).toEqual([...BRIDGE_COUNTERS]);
});
