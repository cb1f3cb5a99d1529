/** `nvme config`: what can be set at a drive, by name and in its unit. */

import { MctpError } from '../../stack/errors.js';
import { CONFIGURATION, type NvmeMiClient, type SmbusFrequency } from '../../stack/nvme-mi/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import { EXIT, printable, usageError } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import type { Io } from '../io.js';
import { jsonText } from '../pldm/open-termini.js';
import type { NvmeDocument } from '../schema/nvme-documents.js';
import { didYouMean } from '../suggest.js';
import { eventWish, readEvents, writeEvents } from './event-setting.js';
import type { OneDrive } from './one-drive.js';
import { tried } from './open-drives.js';

const FREQUENCIES = ['100 kHz', '400 kHz', '1 MHz'] as const;
/** Change flags which can be cleared. */
const FLAGS = [
  ...['rdy', 'cfs', 'shst', 'nssro', 'ceco', 'nac', 'fa'],
  ...['csts', 'ctemp', 'pdlu', 'spare', 'cwarn', 'tcida'],
] as const;
const KINDS = ['smbusFrequency', 'transmissionUnit', 'healthStatusChange', 'asynchronousEvents'] as const;
const NAMES = [...KINDS, 'feature:ID'];

type Value = number | string;

/** Everything that can be read, or the one that is named. */
export async function getConfig(
  drive: OneDrive,
  name: string | undefined,
  port: number,
  json: boolean,
  io: Io,
): Promise<number> {
  const { client, to } = drive;
  const values: Record<string, Value> = {};
  if (name !== undefined) values[name] = await read(drive, settingName(name), port);
  else {
    for (const each of [CONFIGURATION.smbusFrequency, CONFIGURATION.transmissionUnit]) {
      const value = await tried(() => readConfiguration(client, to, each, port));
      if (!(value instanceof MctpError)) values[configurationName(each)] = value;
    }
    // Drives of NVMe-MI 1.x have none.
    const events = await tried(() => readEvents(client, to));
    if (!(events instanceof MctpError)) values.asynchronousEvents = events;
  }
  return show(drive, values, port, json, io);
}

/** Set it and read it again: what the drive made of it is what counts. */
export async function setConfig(
  drive: OneDrive,
  [name, value]: readonly [string, string],
  port: number,
  json: boolean,
  io: Io,
): Promise<number> {
  const { client, to } = drive;
  const setting = settingName(name);
  switch (setting.kind) {
    case 'smbusFrequency':
      await client.setSmbusFrequency(to, port, frequencyOf(value));
      break;
    case 'transmissionUnit':
      await client.setTransmissionUnit(to, port, numberOf(value, 64, 4096, 'transmissionUnit, in bytes'));
      break;
    case 'healthStatusChange': {
      const flags = value.split(',');
      const wrong = flags.find((flag) => !FLAGS.some((known) => known === flag));
      if (wrong !== undefined)
        throw usageError(`"${wrong}" is not a change flag: use ${FLAGS.join(', ')}, with commas`);
      await client.clearHealthStatus(to, flags as Parameters<NvmeMiClient['clearHealthStatus']>[1]);
      return show(drive, { [name]: `cleared ${value}` }, port, json, io);
    }
    case 'asynchronousEvents': {
      const told = await writeEvents(client, to, eventWish(value));
      if (told.length > 0) io.note(`the drive tells: ${told.join(', ')}`);
      break;
    }
    case 'feature':
      await client.setFeature(to, await drive.controller(), setting.id, numberOf(value, 0, 0xffff_ffff, name));
  }
  return show(drive, { [name]: await read(drive, setting, port) }, port, json, io);
}

type SettingName = { readonly kind: (typeof KINDS)[number] } | { readonly kind: 'feature'; readonly id: number };

/** @throws CommandError (usage) */
export function settingName(text: string): SettingName {
  const feature = /^feature:(0x[0-9a-f]{1,2}|\d{1,3})$/i.exec(text);
  if (feature !== null && Number(feature[1]) <= 255) return { kind: 'feature', id: Number(feature[1]) };
  const kind = KINDS.find((each) => each.toLowerCase() === text.toLowerCase());
  if (kind !== undefined) return { kind };
  throw usageError(`no setting "${text}"${didYouMean(text, [...KINDS])}: use ${NAMES.join(', ')}`);
}

async function read(drive: OneDrive, setting: SettingName, port: number): Promise<Value> {
  const { client, to } = drive;
  switch (setting.kind) {
    case 'healthStatusChange':
      throw usageError('healthStatusChange has no value: set clears flags, and nvme health shows them');
    case 'asynchronousEvents':
      return readEvents(client, to);
    case 'feature':
      return (await client.getFeature(to, await drive.controller(), setting.id)).value;
    default:
      return readConfiguration(client, to, CONFIGURATION[setting.kind], port);
  }
}

async function readConfiguration(client: NvmeMiClient, to: MctpAddress, id: number, port: number): Promise<Value> {
  if (id !== CONFIGURATION.smbusFrequency) return client.transmissionUnit(to, port);
  const frequency = await client.smbusFrequency(to, port);
  return FREQUENCIES[frequency - 1] ?? `reserved (${frequency})`;
}

function configurationName(id: number): string {
  return id === CONFIGURATION.smbusFrequency ? 'smbusFrequency' : 'transmissionUnit';
}

function frequencyOf(text: string): SmbusFrequency {
  const found = /^(100|400|1000)( ?kHz)?$/i.exec(text)?.[1];
  if (found === undefined && !/^1 ?MHz$/i.test(text))
    throw usageError(`smbusFrequency ${text}: use 100, 400 or 1000 (kHz)`);
  return found === '100' ? 1 : found === '400' ? 2 : 3;
}

export function numberOf(text: string, least: number, most: number, what: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usageError(`${text} is wrong: ${what} is a whole number from ${least} to ${most}`);
}

function show(
  { where }: OneDrive,
  values: Readonly<Record<string, Value>>,
  port: number,
  json: boolean,
  io: Io,
): number {
  if (json) io.print(jsonText({ action: 'config', ...where, port, values } satisfies NvmeDocument, 2));
  else {
    const unit = (name: string): string => (name === 'transmissionUnit' ? ' bytes' : '');
    const rows = Object.entries(values).map(([name, value]) => [name, printable(`${value}${unit(name)}`)]);
    for (const line of tableLines(rows)) io.print(line);
    if (rows.length === 0) io.note(`port ${port} of the drive has nothing to set`);
  }
  return EXIT.done;
}
