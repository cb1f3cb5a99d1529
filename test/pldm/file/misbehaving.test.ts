/** File hosts that misbehave: a clear error, bounded work, and the descriptor given back. */

import { describe, expect, it } from 'vitest';
import { pass, settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import { crc32, MultipartReceive, NegotiateTransferParameters } from '../../../pldm/base/index.js';
import { DfClose, DfHeartbeat, DfOpen, FileClient } from '../../../pldm/file/index.js';
import type { Failure, RequestFields, ResponseInput } from '../../../stack/codec/index.js';
import { Table, World } from '../world.js';
import { collect, pattern } from './file-world.js';

type Receive = RequestFields<typeof MultipartReceive>;
type Received = ResponseInput<typeof MultipartReceive> | Failure | undefined;

const ACKNOWLEDGED: Received = { transferFlag: 8, nextDataTransferHandle: 0, data: new Uint8Array() };

async function badHost(receive: (request: Receive, count: number) => Received, responderMaxInterval = 0) {
  const world = await World.make({ timeoutMs: 300, retries: 1 });
  const counts = { receives: 0, aborts: 0, completes: 0, opens: 0, closes: 0, beats: 0 };
  const table = new Table()
    .on(NegotiateTransferParameters, () => ({
      responderPartSize: 256,
      responderProtocolSupport: '8000000000000000',
    }))
    .on(DfOpen, () => ({ fileDescriptor: counts.opens++ }))
    .on(DfHeartbeat, () => {
      counts.beats++;
      return { responderMaxInterval };
    })
    .on(DfClose, () => {
      counts.closes++;
      return {};
    })
    .on(MultipartReceive, (request) => {
      if (request.transferOperation === 2) counts.aborts++;
      if (request.transferOperation === 3) counts.completes++;
      if (request.transferOperation === 2 || request.transferOperation === 3) return ACKNOWLEDGED;
      return receive(request, ++counts.receives);
    });
  await world.scripted(9, table.script);
  const client = new FileClient(world.at(9));
  return {
    world,
    counts,
    client,
    get: (options = {}, maximumSize = 1000) =>
      settle(world.clock, collect(client.get({ identifier: 1, maximumSize }, options))),
    fails: (options = {}, maximumSize = 1000) =>
      settleError(world.clock, collect(client.get({ identifier: 1, maximumSize }, options))),
  };
}

const part = (transferFlag: number, data: Uint8Array, extra = {}): Received => ({
  transferFlag,
  nextDataTransferHandle: 1,
  data,
  ...extra,
});

describe('hosts', () => {
  it('whose transfer is stuck without data', async () => {
    const { fails, counts } = await badHost(() => part(2, new Uint8Array()));
    expect(await fails()).toMatchObject({ code: 'EPROTO', message: expect.stringContaining('a part without data') });
    expect(counts).toMatchObject({ receives: 3, aborts: 3, opens: 1, closes: 1 });
  });

  it('whose parts never end', async () => {
    let crc = 0;
    const { fails, counts } = await badHost(({ transferOperation }) => {
      const data = pattern(100);
      crc = crc32(data, 0, 100, transferOperation === 0 ? 0 : crc);
      return part(2, data, { dataIntegrityChecksum: crc });
    });
    expect(await fails()).toMatchObject({
      message: expect.stringContaining('1100 bytes came where 1000'),
    });
    expect(counts.closes).toBe(1);
    expect(counts.receives).toBeLessThan(40);
  });

  it('that send more than was asked for', async () => {
    const { fails, counts } = await badHost(() => part(5, pattern(500)));
    expect(await fails({ length: 10 })).toMatchObject({ message: expect.stringContaining('500 bytes came where 10') });
    expect(counts).toMatchObject({ closes: 1, completes: 0 });
  });

  it('whose checksums are wrong once, or always', async () => {
    const once = await badHost((_, count) => part(5, pattern(200), count === 1 ? { dataIntegrityChecksum: 1 } : {}));
    expect(await once.get()).toEqual(pattern(200));
    expect(once.counts).toMatchObject({ receives: 2, aborts: 0, completes: 1, closes: 1 });
    const always = await badHost(() => part(5, pattern(200), { dataIntegrityChecksum: 1 }));
    expect(await always.fails()).toMatchObject({ message: expect.stringContaining('wrong checksum') });
    expect(always.counts).toMatchObject({ receives: 9, closes: 1 });
  });

  it('that lose a transfer on the way: it goes on where it stood', async () => {
    const all = pattern(600);
    let from = 0;
    const { get, counts } = await badHost(({ transferOperation, requestedSectionOffset }, count) => {
      if (transferOperation === 0) {
        from = requestedSectionOffset;
        const data = all.slice(from, from + 256);
        return part(from + 256 >= 600 ? 5 : 1, data);
      }
      return { completionCode: count % 2 === 0 ? 0x22 : 0x23 };
    });
    expect(await get()).toEqual(all);
    expect(counts).toMatchObject({ opens: 1, closes: 1 });
  });

  it('that refuse for good, or fall silent', async () => {
    const refuses = await badHost(() => ({ completionCode: 0x21 }));
    expect(await refuses.fails()).toMatchObject({ completionCode: 0x21 });
    expect(refuses.counts).toMatchObject({ receives: 1, closes: 1 });
    const silent = await badHost(() => undefined);
    expect(await silent.fails()).toMatchObject({ code: 'ETIMEDOUT' });
    expect(silent.counts).toMatchObject({ aborts: 1, closes: 1 });
  });

  it('whose lengths do not fit', async () => {
    const world = await World.make();
    const host = await world.scripted(9, (request) => {
      const [id, type, command] = [request[0]! & 0x1f, request[1]!, request[2]!];
      if (command === 7) return Uint8Array.of(id, type, command, 0, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0);
      if (type === 7) return Uint8Array.of(id, type, command, command === 3 ? 5 : 0, ...(command === 1 ? [0, 0] : []));
      // 0xffff bytes announced, two there.
      return Uint8Array.of(id, type, command, 0, 5, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 2, 0, 0, 0, 0);
    });
    const client = new FileClient(world.at(9));
    const error = await settleError(world.clock, collect(client.get({ identifier: 1 })));
    expect(error).toMatchObject({ name: 'CodecError' });
    expect(host.requests.length).toBeLessThan(15);
  });

  it('that take no type 7 by multipart', async () => {
    const world = await World.make();
    const table = new Table().on(NegotiateTransferParameters, () => ({
      responderPartSize: 256,
      responderProtocolSupport: '0000000000000000',
    }));
    await world.scripted(9, table.script);
    const error = await settleError(world.clock, new FileClient(world.at(9)).open({ identifier: 1 }));
    expect(error).toMatchObject({ code: 'ENOTSUP' });
  });

  it('that want a heartbeat every millisecond are not hammered', async () => {
    const { world, client, counts } = await badHost(() => part(5, pattern(5)), 1);
    const opened = await settle(world.clock, client.open({ identifier: 1 }));
    await pass(world.clock, 10_000);
    expect(counts.beats).toBeLessThanOrEqual(101);
    await settle(world.clock, opened.close());
    const before = counts.beats;
    await pass(world.clock, 10_000);
    expect(counts.beats).toBe(before);
  });
});
