/** The verb `pdr`: PDR repositories. */

import { decodeForm } from '../../pldm/command-registry.js';
import { ownBytes } from '../../pldm/platform/pdr/pdr-codec.js';
import { PDR_TYPE, pdrTypeName } from '../../pldm/platform/pdr/pdr-common.js';
import type { PdrRecord, RepositoryInfo } from '../../pldm/platform/pdr-repository.js';
import { toHex } from '../../stack/codec/index.js';
import { EXIT, printable, usageError } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import { entityLines, recordLines, recordSummary } from '../format/pdr-lines.js';
import type { Io } from '../io.js';
import { plain } from '../pldm/find-command.js';
import { jsonText, openPldm, PLDM_OPTIONS, requireOne, sayOf } from '../pldm/open-termini.js';
import { openRepositories, type SensorPeer } from '../pldm/readings.js';
import type { PdrDocument } from '../schema/pldm-documents.js';
import { didYouMean } from '../suggest.js';
import { defineVerb, flag, textOption, wholeNumberOption } from '../verb.js';

export const pdr = defineVerb({
  name: 'pdr',
  summary: 'show the platform descriptor records of PLDM termini, as a tree, one by one, or as JSON',
  description:
    'Without options a tree of the entities with their sensors, effecters and FRU record sets. A record that does not ' +
    'decode is shown with the reason and its bytes.',
  arguments: [{ name: 'address', summary: 'termini; none: all that are found', required: false, many: true }],
  options: {
    ...PLDM_OPTIONS,
    list: flag('--list', 'one line per record'),
    records: flag('-r, --records', 'every field of every record'),
    type: textOption('-t, --type <type>', 'only records of this type, by name or number', undefined),
    handle: wholeNumberOption('--handle <handle>', 'only this record', 1, 0xffffffff, undefined),
  },
  examples: [
    ['mctpkit pdr', 'all termini on the virtual bench'],
    ['mctpkit pdr 9 --records --type numericSensor', ''],
    ['mctpkit pdr 9 --records', 'all PDRs of a terminus; tid:3 names it by its TID'],
    ['mctpkit pdr 9 --json > pdrs.json', ''],
  ],
  async run({ args, options, world }) {
    const { io } = world;
    const wanted = wantedRecords(options.type, options.handle);
    io.progress('looking for termini ...');
    const pldm = await openPldm(args, options, world);
    try {
      const peers = await openRepositories(pldm.peers, (text) => io.progress(text), args.length === 0);
      io.progress('');
      if (!options.json) requireOne(peers, (line) => io.note(line));
      if (options.json) io.print(jsonText({ termini: peers.map((peer) => repositoryJson(peer, wanted)) }, 2));
      else {
        const narrow = options.type !== undefined || options.handle !== undefined;
        for (const peer of peers) {
          if (peer.error !== undefined) continue;
          printRepository(peer, wanted, { list: options.list, records: options.records || narrow }, io);
        }
      }
      for (const { target, error, repository } of peers) {
        if (error !== undefined) io.note(printable(sayOf(target, error.message)));
        for (const note of repository.notes) io.note(`${target.name}: ${printable(note)}`);
      }
      const good = peers.filter(({ error }) => error === undefined);
      const found = good.some(({ repository }) => [...repository.records.values()].some(wanted));
      const narrowed = options.type !== undefined || options.handle !== undefined;
      if (good.length > 0 && narrowed && !found)
        io.note('no record matches: without --type and --handle all are listed');
      return good.length > 0 && (found || !narrowed) ? EXIT.done : EXIT.refused;
    } finally {
      await pldm.close();
    }
  },
});

type Wanted = (record: PdrRecord) => boolean;

function wantedRecords(type: string | undefined, handle: number | undefined): Wanted {
  const number = type === undefined ? undefined : pdrTypeNumber(type);
  return ({ recordHandle, bytes }) =>
    (number === undefined || bytes[5] === number) && (handle === undefined || recordHandle === handle);
}

/** `numericSensor`, `numeric-sensor`, `2`. @throws CommandError (usage) */
export function pdrTypeNumber(text: string): number {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text) && Number(text) <= 255) return Number(text);
  const names = Object.keys(PDR_TYPE);
  const found = Object.entries(PDR_TYPE).find(([name]) => plain(name) === plain(text));
  if (found !== undefined) return found[1];
  throw usageError(`no PDR type "${text}"${didYouMean(text, names)}: known are ${names.join(', ')}`);
}

function printRepository(
  { target, repository }: SensorPeer,
  wanted: Wanted,
  how: { readonly list: boolean; readonly records: boolean },
  io: Io,
): void {
  const records = [...repository.records.values()].filter(wanted);
  const { recordCount, repositorySize } = repository.info!;
  io.print(`${io.colours.strong(target.name)}  ${recordCount} records, ${repositorySize} bytes`);
  const lines = how.list
    ? tableLines(records.map(recordSummary), ['right']).map((line) => `  ${line}`)
    : how.records
      ? records.flatMap((record) => recordLines(record, io.colours))
      : entityLines(repository.view, io.colours);
  for (const line of lines) io.print(line);
}

function repositoryJson({ target, error, repository }: SensorPeer, wanted: Wanted): PdrDocument['termini'][number] {
  return {
    target: target.name,
    eid: target.endpoint?.eid ?? target.to.eid,
    info: repository.info === undefined ? null : infoJson(repository.info),
    records: [...repository.records.values()].filter(wanted).map(recordJson),
    entities: repository.view.entities,
    notes: repository.notes,
    error: error === undefined ? null : { code: error.code, message: error.message },
  };
}

export function infoJson(info: RepositoryInfo): NonNullable<PdrDocument['termini'][number]['info']> {
  return { ...info, signature: info.signature ?? null };
}

export function recordJson({
  recordHandle,
  bytes,
  error,
}: PdrRecord): PdrDocument['termini'][number]['records'][number] {
  return {
    recordHandle,
    pdrType: bytes[5] ?? null,
    name: bytes[5] === undefined ? null : pdrTypeName(bytes[5]),
    hex: toHex(bytes),
    fields: error === undefined ? decodeForm('pdr', ownBytes(bytes)) : null,
    error: error === undefined ? null : error.message,
  };
}
