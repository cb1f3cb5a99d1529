/** The host's side of the adapter protocol against a scripted adapter: silence, garbage, old firmware, restarts. */

import { beforeEach, describe, expect, it } from 'vitest';
import { AdapterPort } from '../../../../bindings/i2c/adapter/adapter-port.js';
import { encodeFrame, FrameDecoder } from '../../../../bindings/i2c/adapter/frames.js';
import { ANSWER, helloAnswer, REQUEST, RESULT, statusAnswer } from '../../../../bindings/i2c/adapter/messages.js';
import { type MemoryPort, memoryPortPair } from '../../../../hw-fixtures/testing/memory-port.js';
import { TestClock } from '../../../../hw-fixtures/testing/test-clock.js';
import { encode } from '../../../../stack/codec/index.js';
import type { MctpError } from '../../../../stack/errors.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Answers as an adapter does, unless told otherwise. */
class ScriptedAdapter {
  version = 1;
  largestWrite = 1040;
  silent = false;
  lost = 0;
  /** Its clock began then, ms. */
  bootedAt = 0;
  readonly requests: { kind: number; id: number; payload: Uint8Array }[] = [];
  /** Results of the next writes; done when there is none. */
  results: number[] = [];
  holdWrites = false;
  readonly held: number[] = [];
  readonly #port: MemoryPort;
  readonly #clock: TestClock;
  readonly #decoder = new FrameDecoder((kind, id, buffer, start, end) =>
    this.#request(kind, id, buffer.slice(start, end)),
  );

  constructor(port: MemoryPort, clock: TestClock) {
    this.#port = port;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    await this.#port.open({
      data: (chunk, start, end) => this.#decoder.push(chunk, start, end),
      written: () => {},
      closed: () => {},
    });
  }

  send(kind: number, id: number, payload: Uint8Array): void {
    const frame = encodeFrame(kind, id, payload);
    this.#port.write(frame, 0, frame.length);
  }

  answerWrite(id: number): void {
    this.send(REQUEST.write | ANSWER, id, bytes(this.results.shift() ?? RESULT.done, 0, 0, 0, 0, 0, 0));
  }

  #request(kind: number, id: number, payload: Uint8Array): void {
    this.requests.push({ kind, id, payload });
    if (this.silent || kind === REQUEST.credit) return;
    const time = ((this.#clock.now() - this.bootedAt) * 1000) >>> 0;
    if (kind === REQUEST.hello) {
      const hello = {
        result: 0,
        version: this.version,
        capabilities: 3,
        largestWrite: this.largestWrite,
        writesHeld: 8,
        targetAddresses: 1,
        time,
        name: 'scripted',
        firmware: '1.0',
        serialNumber: '1',
        more: bytes(),
      };
      this.send(kind | ANSWER, id, encode(helloAnswer, hello));
    } else if (kind === REQUEST.write) {
      if (this.holdWrites) this.held.push(id);
      else this.answerWrite(id);
    } else if (kind === REQUEST.status) {
      const status = { result: 0, time, receivedLost: this.lost, sniffedLost: 0, badFrames: 0, lines: 3 };
      this.send(kind | ANSWER, id, encode(statusAnswer, status));
    } else this.send(kind | ANSWER, id, bytes(RESULT.done, 0, 0, 0, 0));
  }
}

describe('a port over the adapter protocol', () => {
  let clock: TestClock;
  let near: MemoryPort;
  let far: MemoryPort;
  let adapter: ScriptedAdapter;
  let port: AdapterPort;
  const written: (MctpError | undefined)[] = [];
  const states: { up: boolean; reason: MctpError | undefined }[] = [];
  const faults: string[] = [];
  const received: Uint8Array[] = [];

  beforeEach(async () => {
    for (const list of [written, states, faults, received]) list.length = 0;
    clock = new TestClock();
    [near, far] = memoryPortPair({ clock });
    adapter = new ScriptedAdapter(far, clock);
    await adapter.open();
    port = new AdapterPort({ name: 'pico', clock, stream: () => near });
  });

  const open = (): Promise<void> =>
    clock.run(
      port.open(
        {
          received: (buffer, start, end) => received.push(buffer.slice(start, end)),
          written: (error) => written.push(error),
          state: (up, reason) => states.push({ up, reason }),
          fault: (what) => faults.push(what),
        },
        0x10,
      ),
    );
  const write = (...data: number[]): void => port.write(0x1d, Uint8Array.from(data), 0, data.length);
  const event = (id: number, ...data: number[]): void =>
    adapter.send(0x41, id, bytes(0, 0, 0, 0, 0, 0, 0, 0, 0x10, ...data));

  it('opens, writes, receives and closes without leaving a timer', async () => {
    await open();
    expect(port.capabilities).toEqual({ controller: true, target: true });
    write(1, 2, 3);
    await clock.pass(10);
    expect(written).toEqual([undefined]);
    event(0, 7, 8);
    await clock.pass(10);
    expect(received).toEqual([bytes(7, 8)]);
    await clock.run(port.close());
    expect(clock.pending).toBe(0);
    expect(near.isOpen).toBe(false);
  });

  it('says which firmware to update', async () => {
    adapter.version = 2;
    await expect(open()).rejects.toMatchObject({
      code: 'EPROTO',
      message: expect.stringMatching(/speaks protocol 2, mctpkit 1: .*mctpkit adapter flash/),
    });
    expect(near.isOpen).toBe(false);
  });

  it('says that nobody answers, and what is not an adapter', async () => {
    adapter.silent = true;
    await expect(open()).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringContaining('does not answer'),
    });
    const opening = expect(open()).rejects.toMatchObject({
      code: 'EPROTO',
      message: expect.stringContaining('is not an'),
    });
    far.write(bytes(...new Array<number>(50).fill(0xa5)), 0, 50);
    await opening;
    expect(clock.pending).toBe(0);
  });

  it('refuses an adapter whose writes are too short for packets', async () => {
    adapter.largestWrite = 61;
    await expect(open()).rejects.toMatchObject({ code: 'ENOTSUP', message: expect.stringContaining('61 bytes') });
  });

  it.each([
    [RESULT.addressNack, 'ENACK'],
    [RESULT.dataNack, 'ENACK'],
    [RESULT.arbitration, 'EARBITRATION'],
    [RESULT.timeout, 'ETIMEDOUT'],
    [RESULT.stuck, 'EBUSSTUCK'],
    [RESULT.notTried, 'EAGAIN'],
    [99, 'EPROTO'],
  ])('result %i is %s', async (result, code) => {
    await open();
    adapter.results = [result];
    write(1);
    await clock.pass(10);
    expect(written).toMatchObject([{ code }]);
    await clock.run(port.close());
  });

  it('begins another chain after a failure', async () => {
    await open();
    adapter.results = [RESULT.done, RESULT.addressNack, RESULT.notTried];
    write(1);
    write(2);
    write(3);
    await clock.pass(10);
    write(4);
    await clock.pass(10);
    const chains = adapter.requests.filter(({ kind }) => kind === REQUEST.write).map(({ payload }) => payload[0]);
    expect(chains).toEqual([0, 0, 0, 1]);
    await clock.run(port.close());
  });

  it('gives credits back as events are taken', async () => {
    await open();
    for (let id = 0; id < 20; id++) event(id, id);
    await clock.pass(50);
    const credits = adapter.requests.filter(({ kind }) => kind === REQUEST.credit).map(({ payload }) => payload[0]!);
    expect(credits[0]).toBe(32);
    expect(credits.slice(1).reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(16);
    await clock.run(port.close());
  });

  it('tells what was lost', async () => {
    await open();
    event(0, 1);
    event(3, 2);
    await clock.pass(10);
    adapter.lost = 5;
    await clock.pass(2500);
    expect(faults).toEqual(['2 events of the adapter were lost', '5 writes to us found no room in the adapter']);
    await clock.run(port.close());
  });

  it('goes down when answers stop, and comes back by itself', async () => {
    await open();
    adapter.silent = true;
    write(1);
    await clock.pass(1300);
    expect(states).toMatchObject([{ up: false, reason: { code: 'ETIMEDOUT' } }]);
    expect(written).toEqual([]);
    adapter.silent = false;
    await clock.pass(5000);
    expect(states).toMatchObject([{ up: false }, { up: true }]);
    write(2);
    await clock.pass(10);
    expect(written).toEqual([undefined]);
    await clock.run(port.close());
    expect(clock.pending).toBe(0);
  });

  it('goes down when it is unplugged, and comes back when it can be opened', async () => {
    await open();
    near.unplug();
    near.refuse = { code: 'ENODEV' } as MctpError;
    await clock.pass(3000);
    expect(states).toMatchObject([{ up: false, reason: { code: 'ENODEV' } }]);
    near.refuse = undefined;
    await clock.pass(3000);
    expect(states.map(({ up }) => up)).toEqual([false, true]);
    await clock.run(port.close());
  });

  it('sees that the adapter has restarted', async () => {
    await open();
    await clock.pass(4500);
    adapter.bootedAt = clock.now();
    await clock.pass(4000);
    expect(states).toMatchObject([{ up: false, reason: { message: 'pico has restarted' } }, { up: true }]);
    await clock.run(port.close());
  });

  it('goes down when an answer belongs to no write', async () => {
    await open();
    adapter.answerWrite(77);
    await clock.pass(10);
    expect(states).toMatchObject([{ up: false, reason: { code: 'EPROTO' } }]);
    await clock.run(port.close());
    expect(clock.pending).toBe(0);
  });

  it('waits for the writes under way when it closes', async () => {
    await open();
    adapter.holdWrites = true;
    write(1);
    await clock.pass(5);
    const closing = port.close();
    await clock.pass(5);
    expect(written).toEqual([]);
    for (const id of adapter.held) adapter.answerWrite(id);
    await clock.run(closing);
    expect(written).toEqual([undefined]);
    expect(clock.pending).toBe(0);
  });
});

describe('frames', () => {
  it('are found again behind garbage and damage, and the damage is counted', () => {
    const got: number[] = [];
    const decoder = new FrameDecoder((kind) => got.push(kind));
    const good = (kind: number): Uint8Array => encodeFrame(kind, 0, bytes(0xa5, 1, 0xa5));
    const damaged = good(9);
    damaged[6]! ^= 1;
    const stream = [bytes(1, 2, 3), good(1), damaged, good(2), bytes(0xa5, 0xff, 0xff), good(3)].flatMap((part) => [
      ...part,
    ]);
    for (const byte of stream) decoder.push(bytes(byte), 0, 1);
    expect(got).toEqual([1, 2, 3]);
    expect(decoder.bad).toBeGreaterThanOrEqual(2);
    expect(decoder.good).toBe(3);
  });
});
