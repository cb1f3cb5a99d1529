/** File client and file host against each other, on good and bad wires. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FaultRates, randomFaults } from '../../../hw-fixtures/bench/wires/random-faults.js';
import { isSettled, pass, settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import {
  FileClient,
  FileHost,
  type FileNode,
  fileEntries,
  fileTree,
  findFile,
  MemoryFile,
} from '../../../pldm/file/index.js';
import { PldmTerminus } from '../../../pldm/terminus/index.js';
import { World } from '../world.js';
import { collect, FileWorld, pattern } from './file-world.js';

/**
 * Faults that spoil about a fifth of the parts, whatever their size: the larger a part the more packets it takes, and
 * one bad packet costs all of it. With twelve retries a part is then lost for good once in 10^9.
 */
function ratesFor(partSize: number): FaultRates {
  const packets = Math.ceil(partSize / 64) + 1;
  return { drop: 0.05 / packets, duplicate: 0.1 / packets, reorder: 0.05 / packets };
}

describe('a host that was restarted', () => {
  /** It knows no negotiation and no open file any more; its files stay. */
  async function restarted() {
    const world = await World.make();
    const transport = await world.device(9);
    const storage = new MemoryFile(new TextEncoder().encode('old notes'));
    const boot = (): PldmTerminus => {
      const device = new PldmTerminus({ transport, clock: world.clock, description: { tid: 3 } });
      new FileHost(device).add({ identifier: 4, name: 'notes.txt', storage, maximumSize: 70_000, zeroLength: true });
      return device.start();
    };
    let device = boot();
    const client = new FileClient(world.at(9));
    const restart = (): void => {
      device.close();
      device = boot();
    };
    const bytes = async () => settle(world.clock, collect(client.get({ identifier: 4 })));
    return { world, client, restart, bytes };
  }

  it('since the last file takes the next one', async () => {
    const { world, client, restart, bytes } = await restarted();
    await settle(world.clock, client.put({ identifier: 4 }, pattern(500)));
    restart();
    await settle(world.clock, client.put({ identifier: 4 }, pattern(40_000, 2)));
    expect(await bytes()).toEqual(pattern(40_000, 2));
  });

  it('in the middle of a file has all of it in the end, by a descriptor which it gave afterwards', async () => {
    const { world, client, restart, bytes } = await restarted();
    let times = 0;
    const onProgress = (done: number): void => {
      if (done >= 20_000 && times++ === 0) restart();
    };
    await settle(world.clock, client.put({ identifier: 4 }, pattern(40_000, 2), { sectionBytes: 10_000, onProgress }));
    expect(await bytes()).toEqual(pattern(40_000, 2));
  });

  it('again and again is not written to for ever', async () => {
    const { world, client, restart } = await restarted();
    const options = { sectionBytes: 10_000, onProgress: restart };
    const error = await settleError(world.clock, client.put({ identifier: 4 }, pattern(40_000), options));
    expect(error).toMatchObject({ completionCode: 0x83 });
    // A file which is opened by the caller is the caller's to open again.
    const opened = await settle(world.clock, client.open({ identifier: 4 }, { write: true }));
    restart();
    expect(await settleError(world.clock, opened.write(pattern(5)))).toMatchObject({ completionCode: 0x83 });
    const next = await settle(world.clock, client.open({ identifier: 4 }, { write: true }));
    await settle(world.clock, next.write(pattern(5)));
  });
});

describe('the list', () => {
  it('is a tree, with names for what files are', async () => {
    const files = await FileWorld.make();
    const tree = await files.run(files.client.list());
    const entries = fileEntries(tree);
    expect(entries.map(({ path, classification }) => [path, classification])).toEqual([
      ['/logs', 'directory'],
      ['/logs/boot.log', 'bootLog'],
      ['/crash.bin', 'crashDump'],
      ['/notes.txt', 'otherFile'],
      ['/console', 'serialTxFifo'],
      ['/odd', 'Odd things'],
      ['/later', 'otherFile'],
    ]);
    expect(entries[1]).toMatchObject({ identifier: 2, maximumSize: 3000, version: '1.0.0', isDirectory: false });
    expect(findFile(entries, 'boot.log')).toBe(entries[1]);
    expect(findFile(entries, 'logs/boot.log')).toBe(entries[1]);
    expect(findFile(entries, '3')).toBe(entries[2]);
    expect(findFile(entries, 'nothing')).toBeUndefined();
    expect(await files.run(files.client.maxDescriptors())).toBe(16);
  });

  it('survives directories that lead in a circle, or nowhere', async () => {
    const files = await FileWorld.make();
    files.host.add({ identifier: 20, name: 'a', directory: 21 });
    files.host.add({ identifier: 21, name: 'b', directory: 20 });
    files.host.add({ identifier: 22, name: 'lost', directory: 77, storage: new MemoryFile() });
    const paths = fileEntries(await files.run(files.client.list())).map(({ path }) => path);
    expect(paths.slice(-3)).toEqual(['/a', '/b', '/lost']);
  });

  it('bounds the depth: 2000 nested directories are all listed', async () => {
    const files = await FileWorld.make();
    const [{ item }] = (await files.run(files.client.list())) as [FileNode];
    const pdrs = Array.from({ length: 2000 }, (_, n) => ({
      ...item.pdr,
      fileIdentifier: n + 1,
      superiorDirectoryFileIdentifier: n,
      fileName: `d${n + 1}`,
    }));
    const entries = fileEntries(fileTree(pdrs.reverse()));
    expect(new Set(entries.map(({ identifier }) => identifier)).size).toBe(2000);
    expect(entries.find(({ name }) => name === 'd64')!.path.split('/')).toHaveLength(65);
    expect(entries.find(({ name }) => name === 'd65')!.path).toBe('/d65');
    expect(entries.find(({ name }) => name === 'd2000')!.path).toMatch(/^\/d1985\/.*\/d2000$/);
  });
});

describe('reading', () => {
  it('any file, part size and range comes out identical, whatever the wire does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 0, max: 6000 }),
          seed: fc.integer(),
          ours: fc.integer({ min: 256, max: 4096 }),
          theirs: fc.integer({ min: 256, max: 4096 }),
          sectionBytes: fc.integer({ min: 200, max: 7000 }),
          offset: fc.integer({ min: 0, max: 6000 }),
          length: fc.option(fc.integer({ min: 0, max: 7000 }), { nil: undefined }),
          bad: fc.boolean(),
        }),
        async ({ size, seed, ours, theirs, sectionBytes, offset, length, bad }) => {
          const files = await FileWorld.make({
            partSize: theirs,
            client: { partSize: ours },
            pldm: { retries: 12, timeoutMs: 300 },
          });
          const content = pattern(size, seed);
          files.host.add({ identifier: 50, name: 'x', storage: new MemoryFile(content), maximumSize: 10_000 });
          if (bad) files.world.wire.faults = randomFaults(seed, ratesFor(Math.min(ours, theirs)));
          const range = { ...(length === undefined ? {} : { length }), offset: Math.min(offset, size) };
          const got = await files.run(collect(files.client.get({ identifier: 50 }, { ...range, sectionBytes })));
          const end = length === undefined ? size : range.offset + length;
          expect(Buffer.from(got).equals(content.slice(range.offset, end))).toBe(true);
          files.world.wire.faults = undefined;
          await pass(files.world.clock, 400_000);
          expect(files.host.open).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on where it stood, and tells how far it is', async () => {
    const files = await FileWorld.make();
    const opened = await files.run(files.client.open({ identifier: 3 }));
    const done: number[] = [];
    const first = await files.run(opened.read({ length: 4000 }));
    const rest = await files.run(opened.read({ offset: 4000, onProgress: (n) => done.push(n) }));
    expect(Buffer.concat([first, rest]).equals(files.dump.content)).toBe(true);
    expect(done.at(-1)).toBe(6000);
    expect(done.length).toBeGreaterThan(4);
    await files.run(opened.close());
    await files.run(opened.close());
    expect(await files.fails(opened.read())).toMatchObject({ code: 'ENOTCONN' });
    expect(files.host.open).toBe(0);
  });

  it('of what grows reads to the end that it has then', async () => {
    const files = await FileWorld.make();
    const entry = { identifier: 4, maximumSize: 70_000 };
    expect(Buffer.from(await files.run(collect(files.client.get(entry)))).toString()).toBe('old notes, of some length');
    files.notes.append(pattern(60_000));
    const got = await files.run(collect(files.client.get(entry, { sectionBytes: 10_005 })));
    expect(Buffer.from(got).equals(files.notes.content)).toBe(true);
  });

  it('polls a FIFO: what was read is gone, what was not acknowledged comes again', async () => {
    const files = await FileWorld.make({ partSize: 256 });
    const fifo = { identifier: 5, isFifo: true };
    files.fifo.push(pattern(600));
    for await (const _ of readWhileRunning(files, files.client.get(fifo))) break;
    await pass(files.world.clock, 10);
    expect(files.fifo.size).toBe(600);
    expect(await files.run(collect(files.client.get(fifo)))).toEqual(pattern(600));
    expect(files.fifo.size).toBe(0);
    expect(await files.run(collect(files.client.get(fifo)))).toEqual(new Uint8Array());
    expect(files.host.open).toBe(0);
  });
});

describe('writing', () => {
  it('any bytes at any offset come in identical, whatever the wire does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 5000 }),
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 300, max: 6000 }),
        fc.integer(),
        async (size, offset, sectionBytes, seed) => {
          const files = await FileWorld.make({ pldm: { retries: 12, timeoutMs: 300 } });
          const before = files.notes.content;
          files.world.wire.faults = randomFaults(seed, ratesFor(1024));
          const data = pattern(size, seed);
          await files.run(files.client.put({ identifier: 4 }, data, { offset, sectionBytes }));
          const expected = offset === 0 ? data : new Uint8Array(Math.max(before.length, offset + size));
          if (offset > 0) {
            expected.set(before);
            expected.set(data, offset);
          }
          expect(Buffer.from(files.notes.content).equals(expected)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is refused where it cannot be, and leaves nothing open', async () => {
    const files = await FileWorld.make();
    const { client } = files;
    expect(await files.fails(client.put({ identifier: 2 }, pattern(5)))).toMatchObject({ completionCode: 0x81 });
    expect(await files.fails(client.put({ identifier: 4, maximumSize: 70_000 }, pattern(70_001)))).toMatchObject({
      code: 'EMSGSIZE',
    });
    expect(files.notes.size).toBe(25);
    expect(await files.fails(client.put({ identifier: 4 }, pattern(70_001)))).toMatchObject({ completionCode: 2 });
    expect(await files.fails(client.put({ identifier: 4 }, pattern(5), { offset: 69_999 }))).toMatchObject({
      completionCode: 0x24,
    });
    expect(files.host.open).toBe(0);
  });
});

describe('an open file', () => {
  it('is kept open by its heartbeat, and closed by the host without', async () => {
    const files = await FileWorld.make({ idleMs: 5000 });
    const opened = await files.run(files.client.open({ identifier: 2 }));
    await pass(files.world.clock, 200_000);
    expect(files.host.open).toBe(1);
    files.world.wire.faults = () => 'drop';
    await pass(files.world.clock, 40_000);
    expect(files.host).toMatchObject({ open: 0, counters: { expired: 1 } });
    files.world.wire.faults = undefined;
    await pass(files.world.clock, 10_000);
    expect(await files.fails(opened.read())).toMatchObject({ completionCode: 0x21 });
    await files.run(opened.close());
    await pass(files.world.clock, 10_000);
    expect(files.world.clock.nextAt).toBeUndefined();
  });

  it('is closed when its reader is cancelled, at any moment', async () => {
    for (let packets = 1; packets < 60; packets += 3) {
      const files = await FileWorld.make({ partSize: 256 });
      const stop = new AbortController();
      files.world.wire.faults = (_packet, index) => {
        if (index === packets) stop.abort();
        return { delayMs: 1 };
      };
      const work = collect(files.client.get({ identifier: 3 }, { signal: stop.signal }));
      expect(await files.fails(work)).toMatchObject({ code: 'ECANCELED' });
      await pass(files.world.clock, 10_000);
      expect(files.host.open).toBe(0);
    }
  });

  it('is closed when its reader stops early', async () => {
    const files = await FileWorld.make({ partSize: 256 });
    for await (const part of readWhileRunning(files, files.client.get({ identifier: 3 }))) {
      expect(part).toHaveLength(256);
      break;
    }
    await pass(files.world.clock, 10);
    expect(files.host).toMatchObject({ open: 0, counters: { opened: 1, expired: 0 } });
  });

  it('is gone when the host says so: the error is the answer', async () => {
    const files = await FileWorld.make({ partSize: 256 });
    const got: number[] = [];
    const work = files.fails(
      (async () => {
        for await (const part of files.client.get({ identifier: 3 })) {
          got.push(part.length);
          if (got.length === 4) files.host.remove(3);
        }
      })(),
    );
    expect(await work).toMatchObject({ completionCode: 0x21 });
    expect(got).toEqual([256, 256, 256, 256]);
  });
});

/** An iteration whose every step runs the clock. */
async function* readWhileRunning<T>(files: FileWorld, source: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (;;) {
      const step = await files.run(source.next());
      if (step.done) return;
      yield step.value;
    }
  } finally {
    const end = source.return(undefined);
    if (!(await isSettled(end))) await files.run(end);
  }
}
