import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FCS_START, fcs } from '../../../bindings/serial/fcs.js';
import { latencyTimerHint } from '../../../bindings/serial/latency-timer.js';
import { SerialLink } from '../../../bindings/serial/serial-link.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { memoryPortPair } from '../../../hw-fixtures/testing/memory-port.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { VirtualClock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { TRANSMIT } from '../../../stack/link.js';
import { hex } from '../../support/vectors.js';
import { Collector, concat, frame } from './collector.js';

const good = Uint8Array.of(1, 9, 8, 0xc8, 0, 0x80, 2);

/** Promises settle, virtual time stands. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function linkPair(options: Partial<ConstructorParameters<typeof SerialLink>[0]> = {}) {
  const clock = new VirtualClock();
  const [portA, portB] = memoryPortPair({ clock });
  const a = new SerialLink({ port: portA, clock, ...options });
  const b = new SerialLink({ port: portB, clock });
  const hostA = new RecordingHost().attach(a);
  const hostB = new RecordingHost().attach(b);
  await a.open();
  await b.open();
  return { clock, portA, portB, a, b, hostA, hostB };
}

describe('one-byte-frame', () => {
  it('frames of every count from 0 to 255 are safe, and only packets of 5 and more come out', () => {
    for (let count = 0; count <= 255; count++) {
      const packet = new Uint8Array(count).fill(0x41);
      const head = Uint8Array.of(0x7e, 1, count);
      const sum = fcs(concat(head.subarray(1), packet), 0, 2 + count);
      const collector = new Collector().push(concat(head, packet, Uint8Array.of(sum >> 8, sum & 0xff, 0x7e)));
      expect(collector.packets).toEqual(count < 5 ? [] : [hex(packet)]);
      collector.idle().push(frame(good));
      expect(collector.packets.at(-1)).toBe(hex(good));
    }
  });

  it('a single byte alone, whichever it is, leaves the receiver in order', () => {
    for (let byte = 0; byte < 256; byte++) {
      const collector = new Collector().push(Uint8Array.of(byte)).push(frame(good));
      expect(collector.packets).toEqual([hex(good)]);
    }
  });
});

describe('serial-escape-corner', () => {
  it('takes counts of 0x7d and 0x7e as they are', () => {
    for (const count of [0x7d, 0x7e]) {
      const packet = samplePacket(count, count);
      expect(frame(packet)[2]).toBe(count);
      for (const size of [1, 2, 1000]) {
        const collector = new Collector();
        const wire = frame(packet);
        for (let at = 0; at < wire.length; at += size) collector.push(wire.subarray(at, at + size));
        expect(collector.packets).toEqual([hex(packet)]);
      }
    }
  });

  it('takes FCS bytes of 0x7d and 0x7e as they are, in every combination', () => {
    const wanted = new Set(['7d7d', '7d7e', '7e7d', '7e7e', '7d', '7e']);
    const seen = new Set<string>();
    const packet = new Uint8Array(8).fill(1);
    for (let value = 0; value < 0x10000; value++) {
      packet[6] = value >> 8;
      packet[7] = value & 0xff;
      const sum = fcs(concat(Uint8Array.of(1, 8), packet), 0, 10);
      const special = [sum >> 8, sum & 0xff].filter((byte) => byte === 0x7d || byte === 0x7e);
      if (special.length === 0) continue;
      seen.add(special.map((byte) => byte.toString(16)).join(''));
      const wire = frame(packet);
      expect(new Collector().push(concat(wire, wire)).packets).toHaveLength(2);
    }
    expect(seen).toEqual(wanted);
  });

  it('a 0x01 of noise behind a frame does not cost the frame that follows', () => {
    const collector = new Collector().push(concat(frame(good), Uint8Array.of(1), frame(good)));
    expect(collector.packets).toHaveLength(2);
    expect(collector.decoder.counters.rxNoiseBytes).toBe(1);
  });
});

describe('serial-fcs-start-value', () => {
  const from = (start: number) => {
    const wire = frame(good);
    const sum = fcs(wire, 1, wire.length - 3, start);
    wire[wire.length - 3] = sum >> 8;
    wire[wire.length - 2] = sum & 0xff;
    return wire;
  };

  it('our FCS starts from 0xffff', () => expect(from(FCS_START)).toEqual(frame(good)));

  it('says so when every frame fails the same way', () => {
    const collector = new Collector().push(from(0)).push(from(0));
    expect(collector.decoder.diagnosis).toBeUndefined();
    collector.push(from(0));
    expect(collector.decoder.diagnosis).toMatch(/starts from 0.*Linux before 6.1.*fcs=any/);
    expect(collector.faults.filter((fault) => fault.includes('fcs=any'))).toHaveLength(1);
    expect(collector.packets).toEqual([]);
    expect(collector.decoder.counters).toMatchObject({ rxFcsErrors: 3, rxFcsVariants: 3 });
    collector.push(frame(good));
    expect(collector.decoder.diagnosis).toBeUndefined();
  });

  it('does not blame the peer for noise', () => {
    const wire = frame(good);
    wire[5]! ^= 0x40;
    const collector = new Collector().push(concat(wire, wire, wire, wire));
    expect(collector.decoder.counters).toMatchObject({ rxFcsErrors: 4, rxFcsVariants: 0 });
    expect(collector.decoder.diagnosis).toBeUndefined();
  });

  it('tells the known mistakes apart', () => {
    const sum = fcs(frame(good), 1, 10);
    const mistakes: [number, string][] = [
      [sum ^ 0xffff, 'complemented'],
      [((sum & 0xff) << 8) | (sum >> 8), 'low byte first'],
      [fcs(good, 0, 7), 'without revision and count'],
    ];
    for (const [value, name] of mistakes) {
      const wire = frame(good);
      wire[10] = value >> 8;
      wire[11] = value & 0xff;
      expect(new Collector().push(wire).faults).toEqual([`bad FCS: ${name}`]);
    }
  });

  it('receives from such a peer with fcs=any, but not what is simply wrong', () => {
    const wrong = frame(good);
    wrong[10]! ^= 0x55;
    const collector = new Collector({ fcs: 'any' }).push(concat(from(0), wrong));
    expect(collector.packets).toEqual([hex(good)]);
  });

  it('shows among the hints of the link', async () => {
    const { a, b, portB, clock } = await linkPair();
    for (let count = 0; count < 3; count++) portB.inject(from(0));
    expect(b.hints()).toEqual([expect.stringContaining('starts from 0')]);
    await a.close();
    await b.close();
    expect(clock.pending).toBe(0);
  });
});

describe('tx-lost-on-error-path', () => {
  it('every packet taken is sent, or counted as lost when the line goes', async () => {
    const { clock, portA, a, b, hostA, hostB } = await linkPair({ reopen: false });
    let sent = 0;
    let busy = 0;
    for (let index = 0; index < 30; index++) {
      const { result } = hostA.send(samplePacket(68, index), '');
      if (result === TRANSMIT.sent) sent++;
      else busy++;
    }
    clock.advance(3);
    portA.unplug();
    clock.advance(1000);
    expect(busy).toBeGreaterThan(0);
    expect(a.counters.txPackets).toBe(sent);
    expect(a.counters.txLost).toBeGreaterThan(0);
    expect(hostB.packets.length).toBeGreaterThanOrEqual(sent - a.counters.txLost);
    const { slot } = hostA.send(samplePacket(68, 1), '');
    clock.advance(0);
    expect(hostA.done.get(slot)?.code).toBe('ENETDOWN');
    expect(hostA.violations).toEqual([]);
    await a.close();
    await b.close();
    expect(clock.pending).toBe(0);
  });

  it('closing lets what was sent go out whole', async () => {
    const { clock, portA, a, b, hostA, hostB } = await linkPair();
    for (let index = 0; index < 5; index++) hostA.send(samplePacket(68, index), '');
    const closing = a.close();
    clock.advance(20);
    await closing;
    expect(portA.isOpen).toBe(false);
    expect(hostB.packets).toHaveLength(5);
    expect(a.counters.txLost).toBe(0);
    await b.close();
    expect(clock.pending).toBe(0);
  });

  it('but does not wait forever for a line that takes nothing', async () => {
    const { clock, portA, a, b, hostA } = await linkPair();
    portA.stalled = true;
    hostA.send(samplePacket(68, 1), '');
    const closing = a.close();
    clock.advance(501);
    await closing;
    expect(a.counters.txLost).toBe(1);
    await b.close();
    clock.advance(10);
    expect(clock.pending).toBe(0);
  });
});

describe('unplugged-adapter', () => {
  it('goes down with a reason, fails fast, and comes back by itself', async () => {
    const { clock, portA, a, b, hostA, hostB } = await linkPair();
    const gone = new MctpError('ENODEV', 'no such device');
    portA.refuse = gone;
    portA.unplug();
    expect(hostA.states.at(-1)).toMatchObject({ up: false, reason: { code: 'ENODEV' } });
    const { slot } = hostA.send(good, '');
    clock.advance(0);
    expect(hostA.done.get(slot)?.message).toMatch(/is down: memory:a is gone/);
    for (let count = 0; count < 20; count++) {
      clock.advance(1000);
      await settle();
    }
    expect(hostA.states).toHaveLength(2);
    portA.refuse = undefined;
    clock.advance(5000);
    await settle();
    expect(hostA.states.at(-1)?.up).toBe(true);
    hostA.send(good, '');
    clock.advance(5);
    expect(hostB.packets.map(({ bytes }) => hex(bytes))).toEqual([hex(good)]);
    expect(a.counters.downs).toBe(1);
    await a.close();
    await b.close();
    expect(clock.pending).toBe(0);
  });

  it('waits longer and longer between attempts', async () => {
    const { clock, portA, a, b } = await linkPair({ reopen: { firstMs: 100, longestMs: 400 } });
    const attempts: number[] = [];
    Object.defineProperty(portA, 'refuse', {
      get: () => {
        attempts.push(clock.now());
        return new MctpError('ENODEV', 'still gone');
      },
    });
    portA.unplug();
    for (let count = 0; count < 160; count++) {
      clock.advance(10);
      await settle();
    }
    expect(attempts).toEqual([100, 300, 700, 1100, 1500]);
    await a.close();
    await b.close();
    expect(clock.pending).toBe(0);
  });

  it('closed and opened in the middle of coming back, comes up once', async () => {
    const { clock, portA, a, b, hostA } = await linkPair();
    let proceed = (): void => {};
    const open = portA.open.bind(portA);
    portA.open = async (host) => {
      await new Promise<void>((resolve) => {
        proceed = resolve;
      });
      await open(host);
    };
    portA.unplug();
    clock.advance(250); // the first attempt is under way now
    const closing = a.close();
    const opening = a.open();
    proceed();
    await closing;
    await settle();
    proceed();
    await opening;
    expect(hostA.states.map(({ up }) => up)).toEqual([true, false, true]);
    expect(portA.isOpen).toBe(true);
    await a.close();
    await b.close();
    expect(portA.isOpen).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('is not confused by half a frame from before', async () => {
    const { clock, portA, portB, a, b, hostA, hostB } = await linkPair();
    portB.inject(frame(good).subarray(0, 5));
    portB.unplug();
    clock.advance(250);
    await settle();
    portB.inject(frame(good));
    expect(hostB.packets).toHaveLength(1);
    expect(hostB.faults).toEqual([]);
    expect(hostA.faults).toEqual([]);
    expect(portA.opens).toBe(1);
    expect(portB.opens).toBe(2);
    await a.close();
    await b.close();
  });
});

describe('a line that falls silent inside a frame', () => {
  const wire = frame(good);

  it('is noticed after the gap, and the next frame is received', async () => {
    const { clock, portB, a, b, hostB } = await linkPair();
    portB.inject(wire.subarray(0, 11)); // the next byte would be taken for the FCS
    clock.advance(102);
    expect(hostB.faults).toEqual(['idle gap in a frame']);
    portB.inject(wire);
    expect(hostB.packets).toHaveLength(1);
    expect(b.counters.rxIdleResets).toBe(1);
    await a.close();
    await b.close();
    expect(clock.pending).toBe(0);
  });

  it('is not confused with a slow line', async () => {
    const { clock, portB, a, b, hostB } = await linkPair();
    for (const byte of wire) {
      portB.inject(Uint8Array.of(byte));
      clock.advance(100);
    }
    expect(hostB.packets).toHaveLength(1);
    expect(hostB.faults).toEqual([]);
    await a.close();
    await b.close();
    expect(clock.pending).toBe(0);
  });

  it('is not confused with a process that was busy: bytes that waited are seen first', async () => {
    const { clock, portB, a, b, hostB } = await linkPair();
    portB.inject(wire.subarray(0, 9));
    clock.advance(100); // the timer is due, and the bytes are waiting behind it
    portB.inject(wire.subarray(9));
    clock.advance(10);
    expect(hostB.packets).toHaveLength(1);
    await a.close();
    await b.close();
  });
});

describe('usb-serial-latency-timer', () => {
  it('is found and reported with the remedy', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mctpkit-'));
    try {
      const tty = join(root, 'ttyUSB7');
      writeFileSync(tty, '');
      const folder = join(root, 'sys/bus/usb-serial/devices/ttyUSB7');
      mkdirSync(folder, { recursive: true });
      expect(await latencyTimerHint(tty, join(root, 'sys'))).toBeUndefined();
      const file = join(folder, 'latency_timer');
      writeFileSync(file, '16\n');
      const hint = await latencyTimerHint(tty, join(root, 'sys'));
      expect(hint).toBe(
        `ttyUSB7: latency timer is 16 ms: at most about 62 exchanges per second; as root: echo 1 > ${file}`,
      );
      writeFileSync(file, '1\n');
      expect(await latencyTimerHint(tty, join(root, 'sys'))).toBeUndefined();
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
