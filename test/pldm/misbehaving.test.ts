/** Termini that misbehave are survived, with a clear error and bounded work. */

import { describe, expect, it } from 'vitest';
import { settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import {
  crc8,
  decodeHeader,
  MultipartReceive,
  MultipartSend,
  NegotiateTransferParameters,
  receiveSection,
  sendSection,
} from '../../pldm/base/index.js';
import { pldmMessages } from '../../pldm/base/pldm-protocol.js';
import {
  ATTRIBUTE_TYPE,
  BIOS_CODES,
  BiosAttributes,
  biosAttributeTable,
  biosStringTable,
  biosValueTable,
  GetBIOSTable,
} from '../../pldm/bios/index.js';
import { FruData, GetFRURecordTable, GetFRURecordTableMetadata } from '../../pldm/fru/index.js';
import {
  encodePdr,
  GET_PDR_CODES,
  GetPDR,
  GetPDRRepositoryInfo,
  GetStateSensorReadings,
  PDR_TYPE,
  PdrRepository,
  type RepositoryOptions,
  readStateSensor,
  type StateSensorView,
} from '../../pldm/platform/index.js';
import { fetchRecord } from '../../pldm/platform/record-transfer.js';
import type { Failure, RequestFields, ResponseInput } from '../../stack/codec/index.js';
import { CodecError, encode } from '../../stack/codec/index.js';
import { fail } from '../../stack/protocol/index.js';
import { Table, World } from './world.js';

const HOSTNAME_HEAD = { attributeHandle: 7, attributeType: ATTRIBUTE_TYPE.string } as const;
const HOSTNAME = {
  ...HOSTNAME_HEAD,
  attributeNameHandle: 1,
  stringType: 1,
  minimumStringLength: 0,
  maximumStringLength: 9,
  defaultString: '',
} as const;

type Get = RequestFields<typeof GetPDR>;

function record(recordHandle: number): Uint8Array {
  return encodePdr(PDR_TYPE.fruRecordSet, {
    recordHandle,
    pldmTerminusHandle: 1,
    fruRecordSetIdentifier: 1,
    entityType: 45,
    entityInstanceNumber: 1,
    containerId: 0,
  });
}

const INFO = {
  repositoryState: 0,
  updateTime: '00'.repeat(13),
  oemUpdateTime: '00'.repeat(13),
  recordCount: 3,
  repositorySize: 60,
  largestRecordSize: 20,
  dataTransferHandleTimeout: 0,
} as const;

function whole(recordData: Uint8Array, nextRecordHandle: number) {
  return { nextRecordHandle, nextDataTransferHandle: 0, transferFlag: 5, recordData };
}

/** Three good records, unless `get` says otherwise. */
async function repositoryOf(
  get: (request: Get, count: number) => ResponseInput<typeof GetPDR> | Failure | undefined,
  info: (count: number) => ResponseInput<typeof GetPDRRepositoryInfo> = () => INFO,
  options: { readonly maxRecords?: number } = {},
) {
  const world = await World.make();
  let gets = 0;
  let infos = 0;
  const table = new Table()
    .on(GetPDRRepositoryInfo, () => info(++infos))
    .on(GetPDR, (request) => {
      gets++;
      const special = get(request, gets);
      if (special !== undefined) return special;
      const handle = request.recordHandle || 1;
      return whole(record(handle), handle < 3 ? handle + 1 : 0);
    });
  await world.scripted(9, table.script);
  const repository = new PdrRepository(world.at(9), options);
  return {
    world,
    repository,
    gets: () => gets,
    download: () => settle(world.clock, repository.download()),
    fails: () => settleError(world.clock, repository.download()) as Promise<Error & { code: string }>,
  };
}

describe('PDR repositories', () => {
  it('that behave are read', async () => {
    const { repository, download, gets } = await repositoryOf(() => undefined);
    await download();
    expect([...repository.records.keys()]).toEqual([1, 2, 3]);
    expect(repository.notes).toEqual([]);
    expect(gets()).toBe(3);
  });

  it('without records are empty, and not in the middle of a change (DSP0248 §26.1)', async () => {
    const { repository, download, gets } = await repositoryOf(
      () => fail(GET_PDR_CODES.INVALID_RECORD_HANDLE),
      () => ({ ...INFO, recordCount: 0, repositorySize: 0, largestRecordSize: 0 }),
    );
    await download();
    expect(repository.records.size).toBe(0);
    expect(repository.info).toMatchObject({ recordCount: 0 });
    expect(repository.notes).toEqual([]);
    expect(gets()).toBe(1);
  });

  it('whose chain leads back', async () => {
    const { fails, gets } = await repositoryOf(({ recordHandle }) =>
      recordHandle === 3 ? whole(record(3), 2) : undefined,
    );
    expect(await fails()).toMatchObject({ code: 'EPROTO', message: 'EID 9: the chain of PDRs leads back to record 2' });
    expect(gets()).toBe(3);
  });

  it('whose chain never ends', async () => {
    const { fails, gets } = await repositoryOf(({ recordHandle }) => {
      const handle = recordHandle || 1;
      return whole(record(handle), handle + 1);
    });
    expect(await fails()).toMatchObject({
      code: 'EPROTO',
      message: 'EID 9: 262 PDRs came where 3 were announced, and no end',
    });
    expect(gets()).toBe(262);
  });

  it('that announce more records than there can be are not believed', async () => {
    const { fails, gets } = await repositoryOf(
      ({ recordHandle }) => whole(record(recordHandle || 1), (recordHandle || 1) + 1),
      () => ({ ...INFO, recordCount: 0xffffffff, repositorySize: 0xffffffff, largestRecordSize: 0xffffffff }),
      { maxRecords: 400 },
    );
    expect((await fails()).message).toBe('EID 9: 400 PDRs came where 4294967295 were announced, and no end');
    expect(gets()).toBe(400);
  });

  it('whose records all have the same handle', async () => {
    const { fails } = await repositoryOf(({ recordHandle }) => whole(record(77), (recordHandle || 1) + 1));
    expect((await fails()).message).toBe('EID 9: two PDRs call themselves 77');
  });

  it('with a part that never ends', async () => {
    const { fails, gets } = await repositoryOf(({ dataTransferHandle }) => ({
      nextRecordHandle: 0,
      nextDataTransferHandle: dataTransferHandle + 1,
      transferFlag: dataTransferHandle === 0 ? 0 : 1,
      recordData: record(1).slice(0, 12),
    }));
    expect(await fails()).toMatchObject({ code: 'EPROTO', message: 'EID 9: PDR 0 announces 20 bytes and goes on' });
    expect(gets()).toBe(2);
  });

  it('whose parts are empty, or whose handle leads to itself', async () => {
    const part = (nextDataTransferHandle: number, recordData: Uint8Array) => ({
      nextRecordHandle: 0,
      nextDataTransferHandle,
      transferFlag: 1,
      recordData,
    });
    const empty = await repositoryOf(() => part(5, new Uint8Array()));
    expect((await empty.fails()).message).toContain('a part without data, and no end');
    const stuck = await repositoryOf(() => part(5, Uint8Array.of(1)));
    expect((await stuck.fails()).message).toContain('transfer handle 0x5 leads back to itself');
    expect(stuck.gets()).toBe(2);
  });

  it('that send more than asked for', async () => {
    const { fails } = await repositoryOf(() => whole(new Uint8Array(2000), 0));
    expect((await fails()).message).toBe('EID 9: 2000 bytes of a PDR, 1024 asked for');
  });

  it('whose checksum is wrong once are read again, always are given up', async () => {
    const bytes = record(1);
    const inParts = (wrong: (count: number) => boolean) => (request: Get, count: number) => {
      if (request.recordHandle > 1) return undefined;
      if (request.dataTransferHandle === 0) {
        return { nextRecordHandle: 2, nextDataTransferHandle: 12, transferFlag: 0, recordData: bytes.slice(0, 12) };
      }
      const transferCrc = crc8(bytes) ^ (wrong(count) ? 1 : 0);
      return {
        nextRecordHandle: 2,
        nextDataTransferHandle: 0,
        transferFlag: 4,
        recordData: bytes.slice(12),
        transferCrc,
      };
    };
    const once = await repositoryOf(inParts((count) => count === 2));
    await once.download();
    expect(once.gets()).toBe(6);
    const always = await repositoryOf(inParts(() => true));
    expect((await always.fails()).message).toBe('EID 9: PDR 0 came damaged 3 times');
    expect(always.gets()).toBe(6);
  });

  it('that lie about their counts are read, with a note', async () => {
    const { repository, download } = await repositoryOf(
      () => undefined,
      () => ({ ...INFO, recordCount: 9, largestRecordSize: 1, repositorySize: 5 }),
    );
    await download();
    expect(repository.notes).toEqual(['the terminus announces 9 records and has 3']);
  });

  it('with a record that does not decode keep the others', async () => {
    const bad = record(2).slice(0, 15);
    const { repository, download } = await repositoryOf(({ recordHandle }) =>
      recordHandle === 2 ? whole(bad, 3) : undefined,
    );
    await download();
    expect(repository.records.get(2)!.pdr).toBeUndefined();
    expect(repository.records.get(2)!.error).toBeInstanceOf(CodecError);
    expect(repository.notes[0]).toContain('record 2: PDR: dataLength');
    expect(repository.view.fruRecordSets).toHaveLength(2);
  });

  it('that change during the download are read again; that keep changing are given up', async () => {
    const time = (n: number) => ({ ...INFO, updateTime: n.toString(16).padStart(26, '0') });
    const once = await repositoryOf(
      () => undefined,
      (count) => time(count < 2 ? 1 : 2),
    );
    await once.download();
    expect(once.gets()).toBe(6);
    const always = await repositoryOf(() => undefined, time);
    expect(await always.fails()).toMatchObject({ code: 'EAGAIN' });
    expect(always.gets()).toBe(12);
  });

  it('that lose the record asked for, or say that they are changing', async () => {
    for (const code of [GET_PDR_CODES.INVALID_RECORD_HANDLE, GET_PDR_CODES.REPOSITORY_UPDATE_IN_PROGRESS]) {
      const { repository, download, gets } = await repositoryOf(({ recordHandle }, count) =>
        recordHandle === 2 && count < 6 ? { completionCode: code } : undefined,
      );
      await download();
      expect(repository.records.size).toBe(3);
      expect(gets()).toBe(7);
    }
  });

  it('that send a flood of changes cost a bounded number of downloads', async () => {
    const { world, repository, download, gets } = await repositoryOf(() => undefined);
    await download();
    const change = { eventDataFormat: 2, changeRecords: [{ eventDataOperation: 3, changeEntry: [2] }] };
    const changes = Array.from({ length: 200 }, () => repository.apply(change));
    await settle(world.clock, Promise.all(changes));
    // Eight one by one, then one look, which found nothing new.
    expect(gets()).toBe(3 + 8);
    expect(repository.records.size).toBe(3);
  });

  it('whose changes lead beyond the limits of records and bytes are refused; what was there before stays', async () => {
    const handles = Array.from({ length: 100 }, (_, n) => n + 4);
    const change = { eventDataFormat: 2, changeRecords: [{ eventDataOperation: 2, changeEntry: handles }] };
    const bySize = (limits: RepositoryOptions) =>
      repositoryOf(
        ({ recordHandle }) => (recordHandle > 3 ? whole(record(recordHandle), 0) : undefined),
        () => INFO,
        limits,
      );
    for (const [limits, message, reads] of [
      [{ maxRecords: 10 }, 'EID 9: its changes lead to more than 10 PDRs', 3 + 7],
      [{ maxBytes: 20 * 12 }, 'EID 9: its changes lead to more than 240 bytes of PDRs', 3 + 10],
    ] as const) {
      const { world, repository, download, gets } = await bySize(limits);
      await download();
      await expect(settle(world.clock, repository.apply(change))).rejects.toMatchObject({ code: 'EPROTO', message });
      expect(gets()).toBe(reads);
      expect(repository.records.size).toBe(3);
    }
  });

  it('whose change names one record a thousand times: it is read once', async () => {
    const { world, repository, download, gets } = await repositoryOf(() => undefined);
    await download();
    const changeEntry = Array.from({ length: 1000 }, () => 2);
    const change = { eventDataFormat: 2, changeRecords: [{ eventDataOperation: 3, changeEntry }] };
    await settle(world.clock, repository.apply(change));
    expect(gets()).toBe(3 + 1);
  });

  it('keep what was there before when a new download fails', async () => {
    let broken = false;
    const { repository, download, fails } = await repositoryOf(() => (broken ? whole(record(1), 1) : undefined));
    await download();
    broken = true;
    await fails();
    expect(repository.records.size).toBe(3);
  });
});

describe('tables', () => {
  it('FRU: endless, stuck, and with a wrong checksum', async () => {
    const world = await World.make();
    let mode = 'endless';
    const table = new Table()
      .on(GetFRURecordTableMetadata, () => ({
        fruDataMajorVersion: 1,
        fruDataMinorVersion: 0,
        fruTableMaximumSize: 0,
        fruTableLength: 20,
        totalRecordSetIdentifiers: 1,
        totalTableRecords: 1,
        crc32: 0,
      }))
      .on(GetFRURecordTable, ({ dataTransferHandle }) => {
        const fruRecordTableData = new Uint8Array(mode === 'damaged' ? 20 : 100).fill(0x55);
        if (mode === 'damaged') return { nextDataTransferHandle: 0, transferFlag: 5, fruRecordTableData };
        const nextDataTransferHandle = mode === 'stuck' ? 4 : dataTransferHandle + 1;
        return { nextDataTransferHandle, transferFlag: 2, fruRecordTableData };
      });
    const device = await world.scripted(9, table.script);
    const fru = new FruData(world.at(9));
    expect(await settleError(world.clock, fru.download())).toMatchObject({ code: 'EPROTO' });
    expect(device.requests.length).toBeLessThan(50);
    mode = 'stuck';
    expect((await settleError(world.clock, fru.download())) as Error).toMatchObject({ code: 'EPROTO' });
    mode = 'damaged';
    const before = device.requests.length;
    expect(await settleError(world.clock, fru.download())).toBeInstanceOf(CodecError);
    expect(device.requests.length - before).toBe(3);
  });

  it('BIOS: without a table of pending values, which is refused as a table of no known type (DSP0247 §7)', async () => {
    const world = await World.make();
    const tables = [
      encode(biosStringTable, { entries: [{ stringHandle: 1, string: 'Hostname' }] }),
      encode(biosAttributeTable, { entries: [HOSTNAME] }),
      encode(biosValueTable, { entries: [{ ...HOSTNAME_HEAD, currentString: 'node-1' }] }),
    ];
    const table = new Table().on(GetBIOSTable, ({ tableType }) => {
      const tableData = tables[tableType];
      if (tableData === undefined) return fail(BIOS_CODES.INVALID_BIOS_TABLE_TYPE);
      return { nextDataTransferHandle: 0, transferFlag: 5, tableData };
    });
    await world.scripted(9, table.script);
    const bios = new BiosAttributes(world.at(9));
    await settle(world.clock, bios.download());
    expect(bios.attributes.get('Hostname')).toMatchObject({ value: 'node-1', pending: undefined });
  });

  it('BIOS: endless', async () => {
    const world = await World.make();
    const table = new Table().on(GetBIOSTable, ({ dataTransferHandle }) => ({
      nextDataTransferHandle: dataTransferHandle + 1,
      transferFlag: 2,
      tableData: Uint8Array.of(1),
    }));
    const device = await world.scripted(9, table.script);
    const bios = new BiosAttributes(world.at(9));
    expect(await settleError(world.clock, bios.download())).toMatchObject({ code: 'EPROTO' });
    expect(device.requests).toHaveLength(8192);
  });
});

describe('counts', () => {
  it('that say more than there is are an error at once, and never a reading', async () => {
    const world = await World.make();
    const device = await world.scripted(9, (request) => {
      const { instanceId, command } = decodeHeader(request);
      const head = [instanceId, 2, command, 0];
      // Eight parts announced and one there; nine; none; 200 bytes of a record and three there.
      if (command === GetPDR.code) return Uint8Array.of(...head, 0, 0, 0, 0, 0, 0, 0, 0, 5, 200, 0, 1, 2, 3);
      const count = [8, 9, 0][request[3]!]!;
      return Uint8Array.of(...head, count, 0, 1, 1, 1);
    });
    const terminus = world.at(9);
    const read = (sensorId: number) => terminus.call(GetStateSensorReadings, { sensorId, sensorRearm: 0 });
    for (const sensorId of [0, 1, 2]) {
      expect(await settleError(world.clock, read(sensorId))).toMatchObject({ code: 'EBADMSG' });
    }
    const error = await settleError(world.clock, fetchRecord(terminus, 1, { requestCount: 64, maxRecordBytes: 1000 }));
    expect(error).toMatchObject({ code: 'EBADMSG' });
    expect(device.requests).toHaveLength(4);
  });

  it('of parts other than the PDR has are read as far as they go', async () => {
    const world = await World.make();
    const part = { sensorOpState: 0, presentState: 3, previousState: 0, eventState: 3 };
    const table = new Table().on(GetStateSensorReadings, () => ({ stateField: [part, part] }));
    await world.scripted(9, table.script);
    const sensors = [{ stateSetId: 1, stateSetName: 'Health State', name: 'Health', possibleStates: [] }];
    const sensor = { kind: 'state', sensorId: 1, name: 'Health', sensors } as unknown as StateSensorView;
    const readings = await settle(world.clock, readStateSensor(world.at(9), sensor));
    expect(readings.map(({ presentStateName }) => presentStateName)).toEqual(['Critical', 'state 3']);
  });
});

describe('multipart', () => {
  it('that always wants the same part again is given up', async () => {
    const world = await World.make();
    const table = new Table()
      .on(NegotiateTransferParameters, () => ({
        responderPartSize: 256,
        responderProtocolSupport: `80${'00'.repeat(7)}`,
      }))
      .on(MultipartSend, () => ({ nextTransferOperation: 4 }));
    const device = await world.scripted(9, table.script);
    const terminus = world.at(9);
    await settle(world.clock, terminus.negotiateTransfer());
    const send = sendSection(terminus, { pldmType: 7, transferContext: 1 }, new Uint8Array(600), 256);
    expect(await settleError(world.clock, send)).toMatchObject({ code: 'EPROTO' });
    expect(device.requests.length).toBeLessThan(8);
  });

  it('stuck, endless, or with a checksum that stays wrong ends in an abort', async () => {
    const world = await World.make();
    let mode = 'endless';
    const table = new Table()
      .on(NegotiateTransferParameters, () => ({
        responderPartSize: 256,
        responderProtocolSupport: `80${'00'.repeat(7)}`,
      }))
      .on(MultipartReceive, ({ transferOperation }) => {
        if (transferOperation === 2) return { transferFlag: 8, nextDataTransferHandle: 0, data: new Uint8Array() };
        const data = new Uint8Array(mode === 'stuck' ? 0 : 100);
        const flags = { transferFlag: 2, nextDataTransferHandle: 1, data };
        return mode === 'damaged' ? { ...flags, dataIntegrityChecksum: 1 } : flags;
      });
    const device = await world.scripted(9, table.script);
    const terminus = world.at(9);
    await settle(world.clock, terminus.negotiateTransfer());
    const section = { pldmType: 7, transferContext: 0, length: 250 };
    for (const [wanted, text, requests] of [
      // The checksum of its second part is the one of that part alone.
      ['endless', 'wrong checksum 3 times', 5],
      ['stuck', 'a part without data', 2],
      ['damaged', 'wrong checksum 3 times', 4],
    ] as const) {
      mode = wanted;
      const before = device.requests.length;
      const error = await settleError(world.clock, receiveSection(terminus, section));
      expect((error as Error).message).toContain(text);
      expect(device.requests.length - before).toBe(requests);
    }
    mode = 'endless';
    const error = await settleError(world.clock, receiveSection(terminus, section, { partChecksums: true }));
    expect((error as Error).message).toContain('300 bytes came where 250 were asked for');
  });
});

describe('instance ids', () => {
  it('of answers that never match end in a timeout', async () => {
    const world = await World.make({ timeoutMs: 300, retries: 1 });
    await world.scripted(9, (request) =>
      pldmMessages.encodeResponse(GetPDRRepositoryInfo, (request[0]! + 3) & 0x1f, INFO),
    );
    const repository = new PdrRepository(world.at(9));
    expect(await settleError(world.clock, repository.download())).toMatchObject({ code: 'ETIMEDOUT' });
    expect(world.clock.now()).toBe(600);
  });
});
