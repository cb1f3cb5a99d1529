/** What a device says of itself, read when somebody opens its page: one question at a time, and the answer kept for a while. */

import { PldmClient } from '../../pldm/base/pldm-client.js';
import { FileClient } from '../../pldm/file/file-client.js';
import { fileEntries, fileTree } from '../../pldm/file/file-tree.js';
import { descriptorText } from '../../pldm/firmware/agent/match-package.js';
import { readInventory } from '../../pldm/firmware/agent/read-inventory.js';
import { FruData } from '../../pldm/fru/fru-requester.js';
import type { EntityNode } from '../../pldm/platform/entity-tree.js';
import type { PdrRepository } from '../../pldm/platform/pdr-repository.js';
import { Terminus } from '../../pldm/terminus/terminus.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { Transport } from '../../stack/transport.js';
import { printable } from '../command-error.js';
import { pldmTypeWord } from '../decode/pldm-names.js';
import { explained } from '../file/with-files.js';
import { coloursFor } from '../format/colours.js';
import { fruSetRows } from '../format/fru-lines.js';
import { leavesOf, recordLines, recordSummary } from '../format/pdr-lines.js';
import { statusText } from '../fw/fw-inventory.js';
import { classificationName, methodsText } from '../fw/fw-words.js';
import { commandWords } from '../pldm/field-notes.js';
import type { DeviceFile } from './file-download.js';
import type { WebEntity, WebFactName, WebFacts } from './web-documents.js';

/** An answer is given again for so long. */
const FRESH_MS = 5_000;
/** Questions under way or waiting, to all devices. */
const MOST_WAITING = 64;
/** Devices of which something is kept. */
const MOST_DEVICES = 512;
const CALL = { timeoutMs: 1000, retries: 1 } as const;
const PLAIN = coloursFor(false, {});
const LONGEST = 400;

interface Known {
  /** Of which device this was read; another with its EID has other facts. */
  readonly identity: string;
  readonly terminus: Terminus;
  readonly files: FileClient;
  readonly repository: PdrRepository;
  readonly fru: FruData;
  readonly answers: Map<string, { readonly at: number; readonly facts: Promise<unknown> }>;
  turn: Promise<unknown>;
}

export interface FactDevice {
  readonly network: number;
  readonly eid: number;
  /** UUID or place: tells one device from the next with this EID. */
  readonly identity: string;
}

export class DeviceFacts {
  readonly client: PldmClient;
  readonly #known = new Map<string, Known>();
  #waiting = 0;

  constructor(
    transport: Transport,
    private readonly clock: Clock,
  ) {
    this.client = new PldmClient({ transport, clock });
  }

  /**
   * `record`: which PDR, for the fact of this name.
   * @throws CompletionCodeError, MctpError: the device's; ENOBUFS: too much is asked at a time
   */
  async read<Name extends WebFactName>(device: FactDevice, name: Name, record = 0): Promise<WebFacts[Name]> {
    const known = this.#of(device);
    const key = `${name} ${record}`;
    const now = this.clock.now();
    const before = known.answers.get(key);
    if (before !== undefined && now - before.at < FRESH_MS) return (await before.facts) as WebFacts[Name];
    if (this.#waiting >= MOST_WAITING) throw new MctpError('ENOBUFS', 'too much is asked of devices: try again soon');
    this.#waiting++;
    const facts = known.turn.then(
      () => READERS[name](known, record),
      () => READERS[name](known, record),
    );
    known.turn = facts;
    // Records come one by one: they are read from what is here.
    if (name !== 'record') known.answers.set(key, { at: now, facts });
    // Its waiters get a failure, too.
    facts.catch(() => known.answers.delete(key));
    try {
      return (await facts) as WebFacts[Name];
    } finally {
      this.#waiting--;
    }
  }

  /** A file of the device, by its number, to be read. @throws as `read`; MctpError ENOENT */
  async file(device: FactDevice, identifier: number): Promise<Omit<DeviceFile, 'brokeOff'>> {
    await this.read(device, 'files');
    const { files, repository } = this.#of(device);
    const entry = fileEntries(fileTree(repository.ownView.files)).find((one) => one.identifier === identifier);
    if (entry === undefined || entry.isDirectory) throw new MctpError('ENOENT', `there is no file ${identifier}`);
    const { name, path, isFifo } = entry;
    return {
      name,
      path: clean(path),
      identifier,
      isFifo,
      async *parts(range) {
        try {
          yield* files.get(entry, range);
        } catch (error) {
          throw explained(error, clean(path));
        }
      },
    };
  }

  close(): void {
    this.client.close();
  }

  #of({ network, eid, identity }: FactDevice): Known {
    const key = `${network}:${eid}`;
    const before = this.#known.get(key);
    if (before?.identity === identity) return before;
    this.#known.delete(key);
    if (this.#known.size >= MOST_DEVICES) this.#known.delete(this.#known.keys().next().value!);
    const terminus = new Terminus(this.client, { eid, network }, CALL);
    const files = new FileClient(terminus);
    const known: Known = {
      identity,
      terminus,
      files,
      repository: files.pdrs,
      fru: new FruData(terminus),
      answers: new Map(),
      turn: Promise.resolve(),
    };
    this.#known.set(key, known);
    return known;
  }
}

const READERS: { readonly [Name in WebFactName]: (known: Known, record: number) => Promise<WebFacts[Name]> } = {
  async pldm({ terminus }) {
    await terminus.discover();
    const { tid, uuid = null, types, notes } = terminus;
    return {
      tid,
      uuid,
      notes: notes.map(clean),
      types: [...types.values()].map(({ type, versionTexts, commands }) => {
        return { type, name: pldmTypeWord(type), versions: versionTexts, commands: commandWords(type, commands) };
      }),
    };
  },

  async fru({ fru }) {
    await fru.download();
    return {
      sets: fru.records.slice(0, 256).map((record) => {
        const { title, rows } = fruSetRows(record);
        return { title, fields: rows.map(([name, text]) => [clean(name), clean(text)] as const) };
      }),
      notes: fru.notes.map(clean),
    };
  },

  async pdr({ repository }) {
    await upToDate(repository);
    const { view, records, notes } = repository;
    return {
      records: [...records.values()].slice(0, 4096).map((record) => {
        const [, title = '', about = '', , wrong = ''] = recordSummary(record);
        return { handle: record.recordHandle, title, about, bytes: record.bytes.length, wrong: clean(wrong) };
      }),
      entities: view.entities.map((node) => entity(node, repository)),
      notes: notes.map(clean),
    };
  },

  async record({ repository }, handle) {
    await upToDate(repository);
    const record = repository.records.get(handle);
    if (record === undefined) throw new MctpError('ENOENT', `there is no record ${handle}`);
    return { lines: recordLines(record, PLAIN).map(clean) };
  },

  async firmware({ terminus }) {
    const inventory = await readInventory(terminus);
    const { descriptors, parameters, downstream } = inventory;
    const own = parameters.componentParameterTable.map((component) => {
      const index = component.compClassificationIndex === 0 ? '' : `.${component.compClassificationIndex}`;
      const what = `${classificationName(component.compClassification)} ${component.compIdentifier}${index}`;
      return { what, ...versions(component) };
    });
    const below = downstream.flatMap(({ downstreamDeviceIndex, parameters: has }) => {
      return has === undefined ? [] : [{ what: `downstream ${downstreamDeviceIndex}`, ...versions(has) }];
    });
    return {
      active: clean(parameters.activeCompImageSetVersionString),
      pending: clean(parameters.pendingCompImageSetVersionString),
      status: statusText({ inventory }),
      descriptors: descriptors.map((one) => clean(descriptorText(one))),
      components: [...own, ...below].slice(0, 1024),
    };
  },

  async files({ repository }) {
    await upToDate(repository);
    return {
      entries: [...fileEntries(fileTree(repository.ownView.files))].slice(0, 4096).map((entry) => {
        const { identifier, path, isDirectory: directory, classification, maximumSize, isFifo: fifo } = entry;
        return { identifier, path: clean(path), directory, fifo, classification: clean(classification), maximumSize };
      }),
    };
  },
};

function versions(component: {
  readonly activeCompVersionString: string;
  readonly pendingCompVersionString: string;
  readonly compActivationMethods: number;
}) {
  return {
    active: clean(component.activeCompVersionString),
    pending: clean(component.pendingCompVersionString),
    activation: methodsText(component.compActivationMethods),
  };
}

function entity(node: EntityNode, repository: PdrRepository): WebEntity {
  return {
    name: clean(node.name),
    physical: node.physical,
    leaves: leavesOf(node, repository.view, PLAIN).map(clean),
    children: node.children.map((child) => entity(child, repository)),
  };
}

/** Only what has moved is read anew. */
async function upToDate(repository: PdrRepository): Promise<void> {
  if (repository.info === undefined) await repository.download();
  else await repository.refresh();
}

function clean(text: string): string {
  return printable(text).slice(0, LONGEST);
}
