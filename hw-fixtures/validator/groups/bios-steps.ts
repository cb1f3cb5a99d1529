/** What the checks of BIOS control have in common (DSP0247). */

import { BIOS_CODES, BIOS_TABLE, GetBIOSTable } from '../../../pldm/bios/bios-commands.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import type { BenchDevice } from '../declaration.js';
import { inconclusive } from '../finding.js';
import type { Probe } from '../probe.js';
import {
  type BiosAttribute,
  type BiosString,
  type BiosValue,
  type Entries,
  readAttributes,
  readStrings,
  readValues,
} from './bios-entries.js';
import { le16, speaksType } from './pldm-steps.js';
import { joined, partBody, type TablePart, tableMutant, tableParts } from './pldm-tables.js';

const BIOS = 3;
export const NO_HANDLE = 0xdeadbeef;
export const UNKNOWN_ATTRIBUTE = 0xfade;
export const KNOWN_TYPES: readonly number[] = [0, 1, 2, 3, 4, 5, 6];

export const BIOS_TOML = `[devices.dut.pldm]
tid = 3
clock = true

[[devices.dut.pldm.bios]]
name = "FanMode"
possible = ["Auto", "Quiet", "Full"]
value = "Quiet"

[[devices.dut.pldm.bios]]
name = "Hostname"
value = "node-1"
min = 1
max = 32

[[devices.dut.pldm.bios]]
name = "BootRetries"
value = 4
min = 2
max = 10
step = 2`;
/** Its tables come in parts. */
export const IN_PARTS: BenchDevice = { toml: BIOS_TOML.replace('tid = 3', 'tid = 3\npartSize = 32') };

export function parts(probe: Probe, type: number): Promise<readonly TablePart[]> {
  return probe.facts.once(`BIOS table ${type}`, async () => {
    await speaksType(probe, BIOS);
    const body = (handle: number, operation: number): number[] => partBody(handle, operation, type);
    return tableParts(probe, GetBIOSTable, body, [BIOS_CODES.BIOS_TABLE_UNAVAILABLE]);
  });
}

export const bytesOf = async (probe: Probe, type: number): Promise<Uint8Array> => joined(await parts(probe, type));

function sound<T>({ isCutOff, entries }: Entries<T>): readonly T[] {
  return isCutOff ? inconclusive('an entry runs over the end of a table') : entries;
}

export const strings = async (probe: Probe): Promise<readonly BiosString[]> =>
  sound(readStrings(await bytesOf(probe, BIOS_TABLE.string)));
export const attributes = async (probe: Probe): Promise<readonly BiosAttribute[]> =>
  sound(readAttributes(await bytesOf(probe, BIOS_TABLE.attribute)));
export const values = async (probe: Probe): Promise<readonly BiosValue[]> =>
  sound(readValues(await bytesOf(probe, BIOS_TABLE.value)));

/** Every value with its attribute. @throws Finding */
export async function pairs(probe: Probe): Promise<readonly (readonly [BiosValue, BiosAttribute])[]> {
  const byHandle = new Map((await attributes(probe)).map((attribute) => [attribute.handle, attribute]));
  return (await values(probe)).flatMap((value) => {
    const attribute = byHandle.get(value.handle);
    return attribute === undefined || attribute.type !== value.type ? [] : [[value, attribute] as const];
  });
}

export const isTable =
  (type: number) =>
  (request: Uint8Array): boolean =>
    request[8] === type;
/** Bytes of a table are others, and its checksum is that of what comes. */
export const inTable = (type: number, change: (entries: Uint8Array) => void): Behaviour =>
  tableMutant(
    GetBIOSTable,
    (entries) => {
      change(entries);
      return entries;
    },
    isTable(type),
  );

export const TABLES = [
  ['string', BIOS_TABLE.string],
  ['attribute', BIOS_TABLE.attribute],
  ['attribute value', BIOS_TABLE.value],
] as const;
export const endOf = [readStrings, readAttributes, readValues] as const;
export const conditional = { level: 'conditional', condition: 'when it has BIOS tables' } as const;
export const entry = { clause: 'DSP0247 §6', ...conditional };

/** Offsets in the attribute table of the conforming device. */
export const FIRST_ATTRIBUTE = 0;
const ENUMERATION_BYTES = 5 + 1 + 2 * 3 + 1 + 1;
export const TEXT = FIRST_ATTRIBUTE + ENUMERATION_BYTES;
const TEXT_BYTES = 5 + 7 + 'node-1'.length;
export const INTEGER = TEXT + TEXT_BYTES;
export const INTEGER_BYTES = 5 + 28;
/** Offsets in its value table. */
export const TEXT_VALUE = 5;
export const INTEGER_VALUE = TEXT_VALUE + 5 + 'node-1'.length;

/** The string table of the conforming device: where its last entry begins, and ends. */
export function stringsEnd(bytes: Uint8Array): { readonly last: number; readonly end: number } {
  const { entries, end } = readStrings(Uint8Array.of(...bytes, 0, 0, 0, 0));
  return { last: end - 4 - (entries.at(-1)?.length ?? 0), end };
}

/** An entry of each table says that it is longer than the table. */
export const tooLong: readonly ((bytes: Uint8Array) => void)[] = [
  (bytes) => bytes.set(le16(500), stringsEnd(bytes).last + 2),
  (bytes) => bytes.fill(200, FIRST_ATTRIBUTE + 5, FIRST_ATTRIBUTE + 6),
  (bytes) => bytes.fill(200, 3, 4),
];

export function isOnGrid(
  value: bigint,
  { lower, upper, step }: { readonly lower: bigint; readonly upper: bigint; readonly step: bigint },
): boolean {
  return value >= lower && value <= upper && (step === 0n || (value - lower) % step === 0n);
}
