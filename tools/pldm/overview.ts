/** What a terminus is, at a glance; and each type at a glance. */

import { PLDM_TYPE, pldmTypeName } from '../../pldm/base/pldm-types.js';
import { GetBIOSTable, GetDateTime } from '../../pldm/bios/bios-commands.js';
import { BiosAttributes, readDateTime } from '../../pldm/bios/bios-requester.js';
import { GetFRURecordTable } from '../../pldm/fru/fru-commands.js';
import { FruData } from '../../pldm/fru/fru-requester.js';
import { readNumericEffecter, readStateEffecter } from '../../pldm/platform/effecter-requester.js';
import { isLogicalEntity } from '../../pldm/platform/entity-types.js';
import { GetPDR } from '../../pldm/platform/pdr-commands.js';
import { PdrRepository } from '../../pldm/platform/pdr-repository.js';
import type { Terminus } from '../../pldm/terminus/terminus.js';
import { printable } from '../command-error.js';
import { pldmTypeWord } from '../decode/pldm-names.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { attributeJson, attributeLines, dateTimeText, fruJson, fruLines } from '../format/fru-lines.js';
import { sensorLines } from '../format/sensor-table.js';
import type { PldmAnswer } from './answer.js';
import { commandWords } from './field-notes.js';
import { lackingType, lacks } from './lacking-type.js';
import { type PldmPeer, tolerating } from './open-termini.js';
import { readSensors } from './readings.js';

/** TID, UUID, types, and how much there is of each. */
export async function overview({ terminus, target }: PldmPeer, colours: Colours): Promise<PldmAnswer> {
  await terminus.discover();
  const { tid, types, notes } = terminus;
  const rows = [...types.values()].map(({ type, versionTexts, commands }) => [
    String(type),
    pldmTypeWord(type),
    versionTexts.join(', '),
    `${commands.size} commands`,
  ]);
  const trouble: string[] = [];
  const note = (what: string) => (message: string) => void trouble.push(`${what}: ${message}`);
  const view = terminus.types.get(PLDM_TYPE.platform)?.commands.has(GetPDR.code)
    ? await tolerating(() => viewOf(terminus), note('PDRs'))
    : undefined;
  const fru = terminus.types.get(PLDM_TYPE.fru)?.commands.has(GetFRURecordTable.code)
    ? await tolerating(() => fruOf(terminus), note('FRU'))
    : undefined;
  const uuid = terminus.uuid ?? target.endpoint?.uuid ?? null;
  const counts = view && {
    numericSensors: view.numericSensors.length,
    stateSensors: view.stateSensors.length,
    numericEffecters: view.numericEffecters.length,
    stateEffecters: view.stateEffecters.length,
    files: view.files.length,
  };
  const entity = view?.entities.find((node) => !isLogicalEntity(node.entity.entityType))?.name;
  const facts = [
    [
      'terminus',
      `${tid === 0 ? 'no TID assigned' : `TID ${tid}`}${entity === undefined ? '' : `, ${printable(entity)}`}`,
    ],
    ['UUID', uuid ?? ''],
    ['has', counts === undefined ? '' : countsText(counts)],
    ['FRU', fru === undefined ? '' : fruText(fru)],
  ].filter(([, value]) => value !== '');
  const troubles = [...notes, ...trouble];
  return {
    json: {
      tid,
      uuid,
      types: [...types.values()].map(({ type, versionTexts, commands }) => ({
        type,
        name: pldmTypeWord(type),
        versions: versionTexts,
        commands: [...commands],
      })),
      counts: counts ?? null,
      fru: fru === undefined ? [] : fruJson(fru.records),
      notes: troubles,
    },
    lines: [
      ...tableLines(facts.map(([name, value]) => [colours.faint(name!), value!])),
      ...tableLines(rows, ['right']),
      ...troubles.map((text) => colours.bad(printable(text))),
    ],
  };
}

async function viewOf(terminus: Terminus) {
  const repository = new PdrRepository(terminus);
  await repository.download();
  return repository.ownView;
}

async function fruOf(terminus: Terminus): Promise<FruData> {
  const fru = new FruData(terminus);
  await fru.download();
  return fru;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const texts = Object.entries(counts).flatMap(([name, number]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return number === 0 ? [] : [`${number} ${number === 1 ? words.slice(0, -1) : words}`];
  });
  return texts.length === 0 ? 'no sensors or effecters' : texts.join(', ');
}

function fruText(fru: FruData): string {
  const [first] = fru.recordSets;
  if (first === undefined) return '';
  const { manufacturer = '', model = '', serialNumber } = fru.fields(first);
  const name = [manufacturer, model].filter((text) => text !== '').join(' ');
  return printable(serialNumber === undefined ? name : `${name}, serial number ${serialNumber}`);
}

/** `mctpkit pldm 9 fru`: what there is of one type. */
export async function typeOverview(peer: PldmPeer, pldmType: number, colours: Colours): Promise<PldmAnswer> {
  switch (pldmType) {
    case PLDM_TYPE.base:
      return overview(peer, colours);
    case PLDM_TYPE.platform:
      return platformOverview(peer, colours);
    case PLDM_TYPE.fru: {
      const fru = await fruOf(peer.terminus).catch(async (error: unknown) => {
        throw (await lackingType(peer, pldmType, error)) ?? error;
      });
      const notes = fru.notes.map((text) => colours.bad(printable(text)));
      return {
        json: { records: fruJson(fru.records), notes: fru.notes },
        lines: [...fruLines(fru.records, colours), ...notes],
      };
    }
    case PLDM_TYPE.bios:
      return biosOverview(peer, colours);
    default:
      return otherOverview(peer, pldmType);
  }
}

async function platformOverview(peer: PldmPeer, colours: Colours): Promise<PldmAnswer> {
  const repository = new PdrRepository(peer.terminus);
  await repository.download().catch(async (error: unknown) => {
    throw (await lackingType(peer, PLDM_TYPE.platform, error)) ?? error;
  });
  const view = repository.ownView;
  const rows = await readSensors({ ...peer, repository, error: undefined });
  const effecters: Record<string, unknown>[] = [];
  const lines: string[][] = [];
  for (const effecter of view.numericEffecters) {
    const state = await tolerating(
      () => readNumericEffecter(peer.terminus, effecter),
      () => {},
    );
    effecters.push({
      kind: 'numeric',
      id: effecter.effecterId,
      name: effecter.name,
      ...state,
      min: effecter.minSettable,
      max: effecter.maxSettable,
    });
    const range = `${effecter.minSettable} to ${effecter.maxSettable}`;
    lines.push([
      String(effecter.effecterId),
      printable(effecter.name),
      String(state?.present ?? '-'),
      effecter.scale.unit,
      colours.faint(range),
    ]);
  }
  for (const effecter of view.stateEffecters) {
    const states = await tolerating(
      () => readStateEffecter(peer.terminus, effecter),
      () => {},
    );
    effecters.push({ kind: 'state', id: effecter.effecterId, name: effecter.name, states: states ?? null });
    effecter.effecters.forEach((part, index) => {
      const names = part.possibleStates.map(({ name }) => name).join(', ');
      lines.push([
        index === 0 ? String(effecter.effecterId) : '',
        printable(part.name),
        printable(states?.[index]?.presentName ?? '-'),
        '',
        colours.faint(`one of ${printable(names)}`),
      ]);
    });
  }
  return {
    json: { sensors: rows, effecters, notes: repository.notes },
    lines: [
      ...sensorLines('sensors', rows, { colours, bars: colours.enabled }),
      ...(lines.length === 0
        ? []
        : [colours.strong('effecters'), ...tableLines(lines, ['right', 'left', 'right']).map((line) => `  ${line}`)]),
      ...repository.notes.map((text) => colours.bad(printable(text))),
    ],
  };
}

async function biosOverview(peer: PldmPeer, colours: Colours): Promise<PldmAnswer> {
  const { terminus } = peer;
  const bios = new BiosAttributes(terminus);
  const notes: string[] = [];
  const has = await tolerating(
    async () => {
      await bios.download();
      return true;
    },
    (message) => notes.push(message),
  );
  const date = await tolerating(
    () => readDateTime(terminus),
    () => {},
  );
  if (has === undefined && date === undefined) {
    // Neither attributes nor a clock: the reason is the answer.
    const first = { dataTransferHandle: 0, transferOperationFlag: 'getFirstPart', tableType: 0 } as const;
    try {
      await terminus.call(GetBIOSTable, first);
      await terminus.call(GetDateTime, {});
    } catch (error) {
      throw (await lackingType(peer, PLDM_TYPE.bios, error)) ?? error;
    }
  }
  const attributes = [...bios.attributes.values()];
  return {
    json: {
      attributes: attributes.map(attributeJson),
      dateTime: date === undefined ? null : dateTimeText(date),
      notes,
    },
    lines: [
      ...attributeLines(attributes, colours),
      ...(date === undefined ? [] : [`date and time ${dateTimeText(date)}`]),
      ...notes.map((text) => colours.bad(printable(text))),
    ],
  };
}

async function otherOverview(peer: PldmPeer, pldmType: number): Promise<PldmAnswer> {
  const { terminus } = peer;
  await terminus.discover();
  const support = terminus.types.get(pldmType);
  if (support === undefined) throw lacks(peer, pldmType, [...terminus.types.keys()]);
  const commands = commandWords(pldmType, support.commands);
  return {
    json: { versions: support.versionTexts, commands },
    lines: [`${pldmTypeName(pldmType)} ${support.versionTexts.join(', ')}`, ...commands.map((text) => `  ${text}`)],
  };
}
