/** The door by which tests of devices send frames of any form, and hear those that come. */

import { describe, expect, it } from 'vitest';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import { UsbLink } from '../../bindings/usb/usb-link.js';
import { I2cWire, UartWire } from '../../hw-fixtures/index.js';
import { memoryUsbPair } from '../../hw-fixtures/testing/memory-usb.js';
import { RecordingHost } from '../../hw-fixtures/testing/recording-host.js';
import type { Clock } from '../../stack/clock.js';
import type { FrameDoor, Link } from '../../stack/link.js';
import { inVirtualTime } from '../support/auto-clock.js';
import { hex } from '../support/vectors.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

type DoorLink = Link & { readonly frames: FrameDoor };

const LINKS: Readonly<Record<string, (clock: Clock) => readonly [DoorLink, DoorLink]>> = {
  smbus: (clock) => {
    const wire = new I2cWire({ clock });
    const link = (ownAddress: number, name: string) =>
      new SmbusLink({ clock, ownAddress, name, port: wire.port({ name }) });
    return [link(0x20, 'a'), link(0x1d, 'b')];
  },
  serial: (clock) => {
    const wire = new UartWire({ clock });
    return [new SerialLink({ clock, port: wire.a }), new SerialLink({ clock, port: wire.b })];
  },
  usb: (clock) => {
    const [a, b] = memoryUsbPair(clock);
    return [new UsbLink({ clock, port: a }), new UsbLink({ clock, port: b })];
  },
};

interface Ends {
  readonly a: DoorLink;
  readonly b: DoorLink;
  readonly hostA: RecordingHost;
  readonly hostB: RecordingHost;
  /** Bytes that b hears, as hex. */
  readonly heard: string[];
  readonly pause: (ms: number) => Promise<void>;
}

function between(kind: string, work: (ends: Ends) => Promise<void>): Promise<void> {
  return inVirtualTime(async (clock) => {
    const [a, b] = LINKS[kind]!(clock);
    const hostA = new RecordingHost().attach(a);
    const hostB = new RecordingHost().attach(b);
    await a.open();
    await b.open();
    const heard: string[] = [];
    b.frames.hear((frame) => heard.push(hex(frame)));
    const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.schedule(ms, resolve));
    await work({ a, b, hostA, hostB, heard, pause });
    await a.close();
    await b.close();
    expect([...hostA.violations, ...hostB.violations]).toEqual([]);
  });
}

const GOOD: Readonly<Record<string, string>> = {
  smbus: '3a0f0841010a08c8008002f9',
  serial: '7e0107010008c800810232197e',
  usb: '1ab4000b010908c8008002',
};
const WRONG: Readonly<Record<string, string>> = {
  smbus: '3a0f0841010a08c800800200',
  serial: '7e0107010008c800810232187e',
  usb: 'b41a000b010908c8008002',
};
const FAULTS: Readonly<Record<string, RegExp>> = { smbus: /bad PEC/, serial: /bad FCS/, usb: /not the DMTF ID/ };

describe.each(Object.keys(LINKS))('frames on %s', (kind) => {
  it('a good frame is taken, a wrong one is dropped, and both are heard as they were sent', () =>
    between(kind, async ({ a, hostB, heard, pause }) => {
      await a.frames.send(bytes(GOOD[kind]!));
      await pause(50);
      expect(hostB.packets).toHaveLength(1);
      await a.frames.send(bytes(WRONG[kind]!));
      await pause(50);
      expect(hostB.packets).toHaveLength(1);
      expect(hostB.faults.some((fault) => FAULTS[kind]!.test(fault))).toBe(true);
      expect(heard.join('')).toBe(GOOD[kind]! + WRONG[kind]!);
      expect(a.counters.txPackets).toBe(0);
    }));

  it('packets and frames go in the order in which they were sent', () =>
    between(kind, async ({ a, hostA, hostB, pause }) => {
      hostA.send(bytes('010a08c9008001'), kind === 'smbus' ? '1d' : '');
      await a.frames.send(bytes(GOOD[kind]!));
      await pause(50);
      expect(hostB.packets.map((packet) => packet.bytes[3])).toEqual([0xc9, 0xc8]);
    }));

  it('nobody who has stopped hears', () =>
    between(kind, async ({ a, b, pause }) => {
      const later: string[] = [];
      b.frames.hear((frame) => later.push(hex(frame)))();
      await a.frames.send(bytes(GOOD[kind]!));
      await pause(50);
      expect(later).toEqual([]);
    }));

  it('refuses what is not a frame of the medium, and everything while it is closed', () =>
    between(kind, async ({ a }) => {
      await expect(a.frames.send(new Uint8Array(0))).rejects.toMatchObject({
        code: kind === 'smbus' ? 'EINVAL' : 'EMSGSIZE',
      });
      await expect(a.frames.send(new Uint8Array(2000).fill(0x3a))).rejects.toMatchObject({ code: 'EMSGSIZE' });
      await a.close();
      await expect(a.frames.send(bytes(GOOD[kind]!))).rejects.toMatchObject({ code: 'ENETDOWN' });
    }));
});

describe('frames on smbus', () => {
  it('say so when nobody acknowledges', () =>
    between('smbus', async ({ a }) => {
      await expect(a.frames.send(bytes('440f0100'))).rejects.toMatchObject({ code: 'ENACK' });
    }));

  it('are given up when the link closes', () =>
    between('smbus', async ({ a }) => {
      const sent = a.frames.send(bytes(GOOD.smbus!));
      await Promise.all([expect(sent).rejects.toMatchObject({ code: 'ECANCELED' }), a.close()]);
    }));
});
