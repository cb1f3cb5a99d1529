/** A client (EID 8) and a file host (EID 9) on one wire, in virtual time. */

import { settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import {
  FileClient,
  type FileClientOptions,
  FileHost,
  type FileHostOptions,
  MemoryFifo,
  MemoryFile,
} from '../../../pldm/file/index.js';
import type { PldmTerminus, Terminus } from '../../../pldm/terminus/index.js';
import type { RequesterOptions } from '../../../stack/protocol/index.js';
import { World } from '../world.js';

/** Bytes that differ from their neighbours. */
export function pattern(size: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  });
}

export interface FileWorldOptions extends Partial<FileHostOptions> {
  readonly client?: FileClientOptions;
  readonly pldm?: Partial<RequesterOptions>;
  /** The host's. */
  readonly partSize?: number;
}

export class FileWorld {
  readonly log = new MemoryFile(pattern(3000), { readOnly: true });
  readonly dump = new MemoryFile(pattern(10_000, 2));
  readonly notes = new MemoryFile(new TextEncoder().encode('old notes, of some length'));
  readonly fifo = new MemoryFifo(4096);

  private constructor(
    readonly world: World,
    readonly device: PldmTerminus,
    readonly host: FileHost,
    readonly terminus: Terminus,
    readonly client: FileClient,
  ) {
    const add = (file: Parameters<FileHost['add']>[0]): void => host.add(file);
    add({ identifier: 1, name: 'logs' });
    add({ identifier: 2, name: 'boot.log', directory: 1, classification: 'bootLog', storage: this.log });
    add({ identifier: 3, name: 'crash.bin', classification: 'crashDump', storage: this.dump, zeroLength: true });
    add({ identifier: 4, name: 'notes.txt', storage: this.notes, maximumSize: 70_000, zeroLength: true });
    add({
      identifier: 5,
      name: 'console',
      classification: 'serialTxFifo',
      storage: this.fifo,
      maximumSize: 4096,
      maximumPollInterval: 500,
    });
    add({
      identifier: 6,
      name: 'odd',
      oem: { classification: 3, name: 'Odd things' },
      storage: new MemoryFile(pattern(5)),
      exclusiveRead: false,
      maximumDescriptors: 1,
    });
    add({ identifier: 7, name: 'later', storage: new MemoryFile(pattern(5)), ready: () => false });
  }

  static async make({ client, pldm, partSize, ...host }: FileWorldOptions = {}): Promise<FileWorld> {
    const world = await World.make(pldm);
    const device = await world.terminus(9, { tid: 3 }, { ...(partSize === undefined ? {} : { partSize }) });
    const terminus = world.at(9);
    return new FileWorld(world, device, new FileHost(device, host), terminus, new FileClient(terminus, client));
  }

  run<T>(work: Promise<T>): Promise<T> {
    return settle(this.world.clock, work);
  }

  fails(work: Promise<unknown>): Promise<unknown> {
    return settleError(this.world.clock, work);
  }
}

/** All parts of an iteration, in one. */
export async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: number[] = [];
  for await (const part of parts) all.push(...part);
  return Uint8Array.from(all);
}
