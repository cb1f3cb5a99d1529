import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listI2cAdapters } from '../../../bindings/i2c/linux/i2c-adapters.js';
import type { RawI2cBus } from '../../../bindings/i2c/linux/i2c-bus.js';
import { writeError } from '../../../bindings/i2c/linux/i2c-errors.js';
import { LinuxI2cPort } from '../../../bindings/i2c/linux/linux-i2c-port.js';
import { I2C_PACKAGES, openerOf } from '../../../bindings/i2c/linux/open-i2c.js';
import type { MqueueFiles } from '../../../bindings/i2c/linux/slave-mqueue.js';
import { NackError } from '../../../bindings/smbus/i2c-port.js';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { VirtualClock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { coloursFor } from '../../../tools/format/colours.js';
import { adapterLines } from '../../../tools/verbs/i2c.js';
import { bytes, hex } from '../../support/vectors.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mctpkit-'));
  mkdirSync(join(root, 'dev'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A bus whose writes end when and as the test says. */
class FakeBus implements RawI2cBus {
  readonly by = 'test';
  functions = ['i2c', 'smbusQuick'];
  readonly writes: string[] = [];
  readonly probed: number[] = [];
  closed = 0;
  #done: ((error?: unknown, written?: number) => void) | undefined;

  i2cWrite(address: number, length: number, buffer: Buffer, done: (error?: unknown, written?: number) => void): void {
    expect(this.#done).toBeUndefined();
    this.writes.push(`${address.toString(16)}: ${hex(buffer, 0, length)}`);
    this.#done = (error) => done(error, length);
  }

  finish(code?: string): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(code === undefined ? undefined : Object.assign(new Error(code), { code }));
  }

  async probe(address: number): Promise<boolean> {
    this.probed.push(address);
    return address === 0x1d;
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

/** The sysfs file of a backend, with a queue behind it. A file that was opened before `renewed` grew is dead. */
class FakeQueue implements MqueueFiles {
  present = true;
  /** How often the backend was made anew. */
  renewed = 0;
  readonly messages: (Uint8Array | string)[] = [];
  #changed: (() => void) | undefined;

  open(): number {
    if (!this.present) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
    return this.renewed;
  }

  read(file: number, buffer: Uint8Array): number {
    const fail = (code: string): never => {
      throw Object.assign(new Error(code), { code });
    };
    if (!this.present || file !== this.renewed) fail('ENODEV');
    const message = this.messages.shift() ?? fail('EAGAIN');
    if (typeof message === 'string') return message === '0' ? 0 : fail(message);
    buffer.set(message);
    return message.length;
  }

  close(): void {}

  watch(_path: string, changed: () => void): () => void {
    this.#changed = changed;
    return () => {
      this.#changed = undefined;
    };
  }

  /** A message arrives, with its event. */
  put(...messages: (Uint8Array | string)[]): void {
    this.messages.push(...messages);
    this.#changed?.();
  }
}

async function bench(queue = new FakeQueue()) {
  writeFileSync(join(root, 'dev/i2c-4'), '');
  const clock = new VirtualClock();
  const bus = new FakeBus();
  const port = new LinuxI2cPort({
    bus: 4,
    clock,
    devRoot: join(root, 'dev'),
    sysRoot: join(root, 'sys'),
    openBus: async () => bus,
    files: queue,
  });
  const link = new SmbusLink({ port, clock, ownAddress: 0x10 });
  const host = new RecordingHost().attach(link);
  await link.open();
  const done = async (): Promise<void> => {
    await link.close();
    host.closed = true;
    expect(clock.pending).toBe(0);
    expect(host.violations).toEqual([]);
  };
  return { clock, bus, queue, port, link, host, done };
}

/** To 0x10 from 0x1d, as the backend hands it out: the address byte first. */
const MESSAGE = bytes('200f083b010a08c8008002');
function message(): Uint8Array {
  let crc = 0;
  for (const byte of MESSAGE) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 7) & 0xff : crc << 1;
  }
  return Uint8Array.from([...MESSAGE, crc]);
}

describe('the I2C port of Linux', () => {
  it('writes frames without the address byte, one at a time', async () => {
    const { bus, host, done } = await bench();
    host.send(bytes('010a08c8008002'), '1d');
    host.send(bytes('010a08c8008003'), '20');
    expect(bus.writes).toEqual(['1d: 0f0821010a08c80080024b']);
    bus.finish();
    expect(bus.writes).toHaveLength(2);
    bus.finish();
    expect([...host.done.values()]).toEqual([undefined, undefined]);
    await done();
  });

  it('receives what the backend queued, with or without the address byte', async () => {
    const { queue, host, done } = await bench();
    queue.put(message(), message().subarray(1), '0');
    expect(host.packets.map(({ bytes: packet, from }) => [hex(packet), from])).toEqual([
      ['010a08c8008002', '1d'],
      ['010a08c8008002', '1d'],
    ]);
    await done();
  });

  it('forgets what was queued before it was opened', async () => {
    const queue = new FakeQueue();
    queue.messages.push(message(), message());
    const { host, done } = await bench(queue);
    queue.put();
    expect(host.packets).toEqual([]);
    await done();
  });

  it('finds messages without an event, by the slow timer', async () => {
    const { clock, queue, host, done } = await bench();
    queue.messages.push(message());
    clock.advance(500);
    expect(host.packets).toHaveLength(1);
    await done();
  });

  it('reads a flood in turns', async () => {
    const { clock, queue, host, done } = await bench();
    queue.put(...Array.from({ length: 200 }, message));
    expect(host.packets.length).toBeLessThan(200);
    clock.advance(0);
    expect(host.packets).toHaveLength(200);
    await done();
  });

  it('counts a message too long to be read, and goes on', async () => {
    const { queue, host, link, done } = await bench();
    queue.put('EOVERFLOW', message());
    expect(host.faults).toEqual(['message too long to be received']);
    expect(link.counters).toMatchObject({ rxLost: 1, rxPackets: 1 });
    await done();
  });

  it('goes down when the backend is removed and comes back with it', async () => {
    const { clock, queue, host, done } = await bench();
    queue.present = false;
    clock.advance(500);
    expect(host.states.at(-1)).toMatchObject({ up: false, reason: { code: 'ENODEV' } });
    clock.advance(2000);
    queue.present = true;
    clock.advance(500);
    expect(host.states.at(-1)?.up).toBe(true);
    queue.put(message());
    expect(host.packets).toHaveLength(1);
    await done();
  });

  it('is up once when an adapter was pulled and put back before its backend was looked at', async () => {
    const { clock, bus, queue, host, done } = await bench();
    clock.advance(250);
    // A flood is read in turns: from now on the timer of the backend runs after that of the bus.
    queue.put(...Array.from({ length: 100 }, message));
    clock.advance(0);
    const received = host.packets.length;
    host.send(bytes('010a08c8008002'), '1d');
    bus.finish('ENODEV');
    expect(host.states.at(-1)).toMatchObject({ up: false, reason: { code: 'ENODEV' } });
    queue.renewed++;
    const back = (): boolean => {
      clock.advance(50);
      return host.states.length > 2;
    };
    await vi.waitUntil(back, { interval: 1, timeout: 30_000 });
    clock.advance(1000);
    expect(host.states.map(({ up }) => up)).toEqual([true, false, true]);
    queue.put(message());
    expect(host.packets).toHaveLength(received + 1);
    await done();
  });

  it('without a backend can only send, and says how to make one', async () => {
    const queue = new FakeQueue();
    queue.present = false;
    const { host, link, done } = await bench(queue);
    expect(link.canReceive).toBe(false);
    expect(host.states[0]?.reason?.code).toBe('ENOTSUP');
    expect(link.hints()[1]).toBe(
      'to receive, the bus needs a target backend: as root: echo slave-mqueue 0x1010 > /sys/bus/i2c/devices/i2c-4/new_device',
    );
    await done();
  });

  it('closing waits for the write under way', async () => {
    const { bus, host, link, done } = await bench();
    const { slot } = host.send(bytes('010a08c8008002'), '1d');
    let closed = false;
    const closing = link.close().then(() => {
      closed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    expect(host.done.get(slot)?.code).toBe('ECANCELED');
    bus.finish();
    await closing;
    expect(bus.closed).toBe(1);
    await done();
  });

  it('says why a bus cannot be opened', async () => {
    const clock = new VirtualClock();
    const make = (functions: string[]) => {
      const bus = Object.assign(new FakeBus(), { functions });
      const port = new LinuxI2cPort({ bus: 4, clock, devRoot: join(root, 'dev'), openBus: async () => bus });
      return new SmbusLink({ port, clock, ownAddress: 0x10 });
    };
    const missing = make(['i2c']);
    missing.attach(new RecordingHost());
    await expect(missing.open()).rejects.toMatchObject({
      code: 'ENODEV',
      message: expect.stringContaining('modprobe'),
    });
    writeFileSync(join(root, 'dev/i2c-4'), '');
    const smbusOnly = make(['smbusQuick']);
    smbusOnly.attach(new RecordingHost());
    await expect(smbusOnly.open()).rejects.toMatchObject({ code: 'ENOTSUP' });
  });

  it('scans', async () => {
    const { bus, port, done } = await bench();
    expect(await port.scan([0x1c, 0x1d])).toEqual([0x1d]);
    expect(bus.probed).toEqual([0x1c, 0x1d]);
    await done();
  });
});

describe('unplugged-adapter', () => {
  it('a bus that disappears takes the link down and brings it back', async () => {
    const { clock, bus, host, done } = await bench();
    const { slot } = host.send(bytes('010a08c8008002'), '1d');
    bus.finish('ENODEV');
    expect(host.done.get(slot)?.code).toBe('ENETDOWN');
    expect(host.states.at(-1)).toMatchObject({ up: false, reason: { code: 'ENODEV' } });
    clock.advance(1000);
    while (host.states.length < 3) await host.next();
    expect(host.states.at(-1)?.up).toBe(true);
    host.send(bytes('010a08c8008002'), '1d');
    bus.finish();
    expect(bus.writes).toHaveLength(2);
    await done();
  });
});

describe('nack-looks-like-timeout', () => {
  it('the errno of a write says what happened on the bus', () => {
    const rows: [string, string][] = [
      ['ENXIO', 'ENACK'],
      ['EREMOTEIO', 'ENACK'],
      ['EIO', 'ENACK'],
      ['EAGAIN', 'EARBITRATION'],
      ['EBUSY', 'EBUSSTUCK'],
      ['ETIMEDOUT', 'ETIMEDOUT'],
      ['EOPNOTSUPP', 'ENOTSUP'],
      ['ENODEV', 'ENODEV'],
      ['ESHUTDOWN', 'ENODEV'],
      ['EFBIG', 'EIO'],
    ];
    for (const [errno, code] of rows) {
      expect(writeError(Object.assign(new Error(errno), { code: errno }), 1, 0x1d).code).toBe(code);
    }
    expect(writeError({ code: 'ENXIO' }, 1, 0x1d)).toMatchObject({ phase: 'address' });
    expect(writeError({ code: 'EREMOTEIO' }, 1, 0x1d)).toMatchObject({ phase: 'data' });
    expect(writeError({ code: 'ENXIO' }, 1, 0x1d)).toBeInstanceOf(NackError);
  });
});

describe('the list of I2C adapters', () => {
  it('says what each can do', async () => {
    const devices = join(root, 'sys/bus/i2c/devices');
    for (const [bus, name] of [
      ['i2c-10', 'SMBus only'],
      ['i2c-2', 'bcm2835'],
    ]) {
      mkdirSync(join(devices, bus!), { recursive: true });
      writeFileSync(join(devices, bus!, 'name'), `${name}\n`);
    }
    for (const device of ['2-1010', '2-1020', '2-001d']) mkdirSync(join(devices, device));
    writeFileSync(join(devices, '2-1010/slave-mqueue'), '');
    writeFileSync(join(root, 'dev/i2c-2'), '');
    const adapters = await listI2cAdapters({
      sysRoot: join(root, 'sys'),
      devRoot: join(root, 'dev'),
      openBus: async () => new FakeBus(),
    });
    expect(adapters).toEqual([
      {
        by: 'test',
        bus: 2,
        name: 'bcm2835',
        device: join(root, 'dev/i2c-2'),
        functions: ['i2c', 'smbusQuick'],
        problem: undefined,
        targetAddresses: [0x10],
        controller: true,
        target: true,
      },
      expect.objectContaining({ bus: 10, functions: undefined, controller: false, target: false }),
    ]);
    expect(adapters[1]?.problem).toBeInstanceOf(MctpError);
    expect(adapters[1]?.problem?.code).toBe('ENODEV');
  });

  it('knows channels of muxes, also behind a second one: they can only send', async () => {
    // As sysfs has it: an adapter lies in the folder of the one which it is behind.
    const real = join(root, 'sys/devices/i2c-2/i2c-7/i2c-8');
    mkdirSync(real, { recursive: true });
    mkdirSync(join(root, 'sys/bus/i2c/devices'), { recursive: true });
    for (const bus of ['i2c-7', 'i2c-7/i2c-8']) {
      const folder = join(root, 'sys/devices/i2c-2', bus);
      writeFileSync(join(folder, 'name'), 'i2c-2-mux (chan_id 1)\n');
      mkdirSync(join(folder, 'mux_device'));
      symlinkSync(folder, join(root, 'sys/bus/i2c/devices', bus.slice(-5)));
      writeFileSync(join(root, 'dev', bus.slice(-5)), '');
    }
    const options = { sysRoot: join(root, 'sys'), devRoot: join(root, 'dev'), openBus: async () => new FakeBus() };
    const adapters = await listI2cAdapters(options);
    expect(adapters.map(({ bus, behind, target }) => [bus, behind, target])).toEqual([
      [7, 2, false],
      [8, 2, false],
    ]);
    const lines = adapterLines(adapters, coloursFor(false, {}));
    expect(lines.join('\n')).toContain('sends only: a channel of a mux on i2c:2');
    expect(lines.join('\n')).toContain('--link kernel:mctpi2c8');
    const clock = new VirtualClock();
    const port = new LinuxI2cPort({ bus: 8, clock, ...options });
    const host = { received: () => {}, written: () => {}, state: () => {}, fault: () => {} };
    await port.open(host, 0x10);
    expect(port.capabilities.target).toBe(false);
    expect(port.hints().join('\n')).toMatch(/i2c-8 is a channel of a mux.*i2c-2.*\n.*kernel:mctpi2c8.*i2c:2:70\.0/);
    await port.close();
  });

  it('is empty where there is no I2C', async () => {
    expect(await listI2cAdapters({ sysRoot: join(root, 'nothing') })).toEqual([]);
  });
});

describe.each(I2C_PACKAGES)('the package %s', (name) => {
  it('loads, and says when there is no such bus', async () => {
    await expect(openerOf(name)(99999, true)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
