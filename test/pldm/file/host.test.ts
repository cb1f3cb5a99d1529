/** The file host: its PDRs, and every completion code of DSP0242. */

import { describe, expect, it } from 'vitest';
import { pass } from '../../../hw-fixtures/testing/virtual-time.js';
import { MultipartReceive, NegotiateTransferParameters, PLDM_TYPE, PldmClient } from '../../../pldm/base/index.js';
import {
  DfClose,
  DfGetFileAttribute,
  DfHeartbeat,
  DfOpen,
  DfProperties,
  DfSetFileAttribute,
  FILE_CODES,
  MemoryFile,
} from '../../../pldm/file/index.js';
import { Terminus } from '../../../pldm/terminus/index.js';
import { FileWorld } from './file-world.js';

async function hosted(options?: Parameters<typeof FileWorld.make>[0]) {
  const files = await FileWorld.make(options);
  const { terminus } = files;
  const code = async (work: Promise<{ completionCode: number }>) => (await files.run(work)).completionCode;
  const open = (fileIdentifier: number, dfOpenAttributes = 0, from = terminus) =>
    code(from.exchange(DfOpen, { fileIdentifier, dfOpenAttributes }));
  const close = (fileDescriptor: number, dfCloseOptions = 0, from = terminus) =>
    code(from.exchange(DfClose, { fileDescriptor, dfCloseOptions }));
  const beat = (fileDescriptor: number, requesterMaxInterval: number) =>
    files.run(terminus.exchange(DfHeartbeat, { fileDescriptor, requesterMaxInterval }));
  const read = (fields: { readonly [field: string]: number }) =>
    files.run(
      terminus.exchange(MultipartReceive, {
        pldmType: PLDM_TYPE.fileTransfer,
        transferOperation: 0,
        transferContext: 0,
        dataTransferHandle: 0,
        requestedSectionOffset: 0,
        requestedSectionLengthBytes: 100,
        ...fields,
      }),
    );
  const negotiate = () =>
    files.run(
      terminus.call(NegotiateTransferParameters, {
        requesterPartSize: 256,
        requesterProtocolSupport: '8100000000000000',
      }),
    );
  const stranger = new Terminus(new PldmClient({ transport: await files.world.device(20), clock: files.world.clock }), {
    eid: 9,
  });
  return { files, terminus, stranger, code, open, close, beat, read, negotiate };
}

const WRITE = 1;
const EXCLUSIVE = 2;
const FIFO = 4;
const PUSHED = 8;

describe('DfOpen', () => {
  it('gives descriptors from 0, and never the one just closed', async () => {
    const { files, terminus, close } = await hosted();
    const opened = async () =>
      (await files.run(terminus.call(DfOpen, { fileIdentifier: 2, dfOpenAttributes: 0 }))).fileDescriptor;
    expect(await opened()).toBe(0);
    expect(await opened()).toBe(1);
    expect(await close(0)).toBe(0);
    expect(await opened()).toBe(2);
  });

  it.each([
    ['a file that is not there', 99, 0, FILE_CODES.INVALID_FILE_IDENTIFIER],
    ['a directory', 1, 0, FILE_CODES.DFOPEN_DIR_NOT_ALLOWED],
    ['a read-only file, to write', 2, WRITE, FILE_CODES.INVALID_DF_ATTRIBUTE],
    ['a file, as a FIFO', 2, FIFO, FILE_CODES.INVALID_DF_ATTRIBUTE],
    ['a FIFO, as a file', 5, 0, FILE_CODES.INVALID_DF_ATTRIBUTE],
    ['a FIFO, pushed', 5, FIFO | PUSHED, FILE_CODES.INVALID_DF_ATTRIBUTE],
    ['with reserved bits', 2, 0x8000, FILE_CODES.INVALID_DF_ATTRIBUTE],
    ['alone, what may not be', 6, EXCLUSIVE, FILE_CODES.EXCLUSIVE_OWNERSHIP_NOT_ALLOWED],
    ['what is not ready', 7, 0, FILE_CODES.UNABLE_TO_OPEN_FILE],
  ])('refuses %s', async (_what, identifier, attributes, expected) => {
    const { files, open } = await hosted();
    expect(await open(identifier, attributes)).toBe(expected);
    expect(files.host.open).toBe(0);
    expect(files.host.counters.refused).toBe(1);
  });

  it('keeps exclusive ownership, and one writer', async () => {
    const { open, stranger, close } = await hosted();
    expect(await open(3, EXCLUSIVE)).toBe(0);
    expect(await open(3, 0, stranger)).toBe(FILE_CODES.FILE_OPEN);
    expect(await open(3, EXCLUSIVE, stranger)).toBe(FILE_CODES.EXCLUSIVE_OWNERSHIP_NOT_AVAILABLE);
    expect(await close(0)).toBe(0);
    expect(await open(3, WRITE, stranger)).toBe(0);
    expect(await open(3, WRITE)).toBe(FILE_CODES.FILE_OPEN);
    expect(await open(3)).toBe(0);
    expect(await open(3, EXCLUSIVE)).toBe(FILE_CODES.EXCLUSIVE_OWNERSHIP_NOT_AVAILABLE);
  });

  it('gives no more descriptors than there are, of a file and in all', async () => {
    const { open, close } = await hosted({ maxDescriptors: 3 });
    expect(await open(6)).toBe(0);
    expect(await open(6)).toBe(FILE_CODES.MAX_NUM_FDS_EXCEEDED);
    expect([await open(2), await open(2), await open(2)]).toEqual([0, 0, FILE_CODES.MAX_NUM_FDS_EXCEEDED]);
    await close(0);
    expect(await open(6)).toBe(0);
  });
});

describe('DfClose', () => {
  it('knows its descriptors, and whose they are', async () => {
    const { open, close, stranger } = await hosted();
    await open(2);
    expect(await close(1)).toBe(FILE_CODES.INVALID_FILE_DESCRIPTOR);
    expect(await close(0, 0, stranger)).toBe(FILE_CODES.INVALID_FILE_DESCRIPTOR);
    expect(await close(0, 0xfffe)).toBe(FILE_CODES.INVALID_DF_ATTRIBUTE);
    expect(await close(0)).toBe(0);
    expect(await close(0)).toBe(FILE_CODES.INVALID_FILE_DESCRIPTOR);
  });

  it('empties a file for its only owner', async () => {
    const { files, open, close } = await hosted();
    await open(2, EXCLUSIVE);
    expect(await close(0, 1)).toBe(FILE_CODES.ZEROLENGTH_NOT_ALLOWED);
    await open(3);
    expect(await close(1, 1)).toBe(FILE_CODES.EXCLUSIVE_OWNERSHIP_NOT_ESTABLISHED);
    expect(files.dump.size).toBe(10_000);
    await close(1);
    await open(3, EXCLUSIVE);
    expect(await close(2, 1)).toBe(0);
    expect(files.dump.size).toBe(0);
  });
});

describe('DfHeartbeat', () => {
  it('grants what it can keep, and closes what is not heard of', async () => {
    const { files, open, beat, read, negotiate } = await hosted();
    await negotiate();
    await open(2);
    expect(await beat(4, 1000)).toEqual({ completionCode: FILE_CODES.INVALID_FILE_DESCRIPTOR });
    expect(await beat(0, 10)).toMatchObject({ responderMaxInterval: 1000 });
    expect(await beat(0, 1e9)).toMatchObject({ responderMaxInterval: 60_000 });
    expect(await beat(0, 5000)).toMatchObject({ responderMaxInterval: 5000 });
    await pass(files.world.clock, 4000);
    // Reading is a sign of life too.
    expect(await read({})).toMatchObject({ completionCode: 0 });
    await pass(files.world.clock, 4000);
    expect(await beat(0, 5000)).toMatchObject({ completionCode: 0 });
    await pass(files.world.clock, 4999);
    expect(files.host.open).toBe(1);
    await pass(files.world.clock, 1);
    expect(files.host).toMatchObject({ open: 0, counters: { expired: 1, closed: 1 } });
    expect(await read({})).toEqual({ completionCode: 0x21 });
  });

  it('of 0 is none: then the idle time holds', async () => {
    const { files, open, beat } = await hosted({ idleMs: 100_000 });
    await open(2);
    expect(await beat(0, 0)).toMatchObject({ responderMaxInterval: 0 });
    await pass(files.world.clock, 99_000);
    expect(files.host.open).toBe(1);
    await pass(files.world.clock, 1000);
    expect(files.host.open).toBe(0);
  });
});

describe('properties and attributes', () => {
  it('are given one at a time', async () => {
    const { files, terminus, code, open } = await hosted();
    const property = (dfProperty: number, fileDescriptor?: number) =>
      files.run(
        terminus.exchange(DfProperties, { dfProperty, ...(fileDescriptor === undefined ? {} : { fileDescriptor }) }),
      );
    expect(await property(1)).toMatchObject({ value: 1 });
    expect(await property(2)).toMatchObject({ value: 16 });
    expect(await property(3)).toEqual({ completionCode: FILE_CODES.INVALID_DF_ATTRIBUTE });
    expect(await property(2, 0)).toEqual({ completionCode: FILE_CODES.INVALID_FILE_DESCRIPTOR });
    await open(2);
    expect(await property(2, 0)).toMatchObject({ value: 16 });
    const attribute = (fileIdentifier: number, dfAttribute: number) =>
      files.run(terminus.exchange(DfGetFileAttribute, { fileIdentifier, dfAttribute }));
    expect(await attribute(3, 1)).toMatchObject({ value: 1 });
    expect(await attribute(2, 1)).toMatchObject({ value: 0 });
    expect(await attribute(5, 1 << 17)).toMatchObject({ value: 500 });
    expect(await attribute(3, 1 << 17)).toEqual({ completionCode: FILE_CODES.INVALID_DF_ATTRIBUTE });
    expect(await attribute(99, 1)).toEqual({ completionCode: FILE_CODES.INVALID_FILE_IDENTIFIER });
    const set = (fileIdentifier: number) =>
      code(terminus.exchange(DfSetFileAttribute, { fileIdentifier, dfAttribute: 1, value: 0 }));
    expect(await set(99)).toBe(FILE_CODES.INVALID_FILE_IDENTIFIER);
    expect(await set(3)).toBe(FILE_CODES.INVALID_DF_ATTRIBUTE);
  });
});

describe('MultipartReceive', () => {
  it('wants a negotiation, and a descriptor of the asker for reading', async () => {
    const { open, read, negotiate } = await hosted();
    expect(await open(4, WRITE)).toBe(0);
    expect(await read({})).toEqual({ completionCode: 0x83 });
    await negotiate();
    expect(await read({})).toEqual({ completionCode: 0x21 });
    expect(await read({ transferContext: 7 })).toEqual({ completionCode: 0x21 });
    expect(await read({ transferContext: 0x10000 })).toEqual({ completionCode: 0x21 });
  });

  it('gives sections in parts, the same one again, and nothing after the end', async () => {
    const { files, open, read, negotiate } = await hosted({ partSize: 256 });
    await negotiate();
    await open(2);
    const NEXT = { transferOperation: 1, requestedSectionLengthBytes: 0 };
    expect(await read({ dataTransferHandle: 3 })).toEqual({ completionCode: 0x22 });
    expect(await read(NEXT)).toEqual({ completionCode: 0x23 });
    const first = await read({ requestedSectionOffset: 2700, requestedSectionLengthBytes: 0xffffffff });
    expect(first).toMatchObject({ transferFlag: 1, nextDataTransferHandle: 256 });
    expect(await read({ ...NEXT, dataTransferHandle: 9 })).toEqual({ completionCode: 0x22 });
    expect(await read({ ...NEXT, transferOperation: 4 })).toMatchObject({ data: files.log.read(2700, 256) });
    const second = await read({ ...NEXT, dataTransferHandle: 256 });
    expect(second).toMatchObject({ transferFlag: 4, nextDataTransferHandle: 0, data: files.log.read(2956, 44) });
    expect(await read({ ...NEXT, transferOperation: 4 })).toEqual(second);
    expect(await read({ ...NEXT, dataTransferHandle: 300 })).toEqual({ completionCode: 0x23 });
    expect(await read({ ...NEXT, transferOperation: 3 })).toMatchObject({ transferFlag: 8, data: new Uint8Array() });
    expect(await read({ requestedSectionOffset: 3000 })).toMatchObject({ transferFlag: 5, data: new Uint8Array() });
    expect(await read({ requestedSectionOffset: 3001 })).toEqual({ completionCode: 0x24 });
  });

  it('ends when the file got shorter while it was read', async () => {
    const { files, open, read, negotiate } = await hosted({ partSize: 256 });
    await negotiate();
    await open(3);
    await read({ requestedSectionLengthBytes: 10_000 });
    files.dump.setSize(300);
    const last = await read({ transferOperation: 1, dataTransferHandle: 256, requestedSectionLengthBytes: 0 });
    expect(last).toMatchObject({ transferFlag: 4, data: files.dump.read(256, 44) });
  });

  it('is in the list of commands as DfRead', async () => {
    const { files, terminus } = await hosted();
    await files.run(terminus.discover());
    expect([...terminus.types.get(7)!.commands]).toEqual([1, 2, 3, 0x10, 0x11, 0x12, 0x20]);
  });
});

describe('files', () => {
  it('come and go with their PDRs and descriptors', async () => {
    const { files, open } = await hosted();
    await open(2);
    expect(files.host.remove(2)).toBe(true);
    expect(files.host.remove(2)).toBe(false);
    expect(files.host.open).toBe(0);
    expect(await open(2)).toBe(FILE_CODES.INVALID_FILE_IDENTIFIER);
    const again = { identifier: 2, name: 'new', storage: new MemoryFile() };
    files.host.add(again);
    expect(() => files.host.add(again)).toThrow('there is a file 2 already');
    expect(() => files.host.add({ identifier: 0, name: 'x', storage: new MemoryFile() })).toThrow('root directory');
    expect(() => files.host.add({ identifier: 9, name: 'x', classification: 'bootLog' })).toThrow('has no storage');
    expect(await open(2)).toBe(0);
    files.host.close();
    expect(files.host.open).toBe(0);
    expect(await open(2)).toBe(0x20);
  });
});
