/** `nvme identify`, `controllers` and `log`: what a drive says of itself, in full. */

import { type Json, toHex } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import {
  LOG_PAGE,
  type NvmeMiClient,
  nvmeMiCommands,
  type structures,
  type WholeIdentity,
  warningNames,
  withWords,
} from '../../stack/nvme-mi/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import { hexDigits, hexNumber } from '../../stack/util/text.js';
import { EXIT, printable, usageError } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import { hexDumpLines } from '../format/hex.js';
import type { Io } from '../io.js';
import { jsonText } from '../pldm/open-termini.js';
import type { NvmeDocument } from '../schema/nvme-documents.js';
import { didYouMean } from '../suggest.js';
import { capacityText, spaced } from './drive-words.js';
import { fieldLines, smartLines } from './log-lines.js';
import type { OneDrive } from './one-drive.js';
import { lacks, tried } from './open-drives.js';

const KELVIN = 273;
/** Names of log pages, as users write them. */
const PAGES = {
  supported: 'supported',
  error: 'error',
  smart: 'smart',
  firmware: 'firmwareSlot',
  selfTest: 'selfTest',
  sanitize: 'sanitize',
} as const satisfies Readonly<Record<string, keyof typeof LOG_PAGE>>;
type PageName = keyof typeof PAGES;

function pageNames(): PageName[] {
  return Object.keys(PAGES) as PageName[];
}
const ERROR_ENTRIES = 16;

export async function identifyDrive(drive: OneDrive, json: boolean, io: Io): Promise<number> {
  const { client, to, where } = drive;
  const controller = await drive.controller();
  const whole = await client.identifyWhole(to, controller);
  const subsystem = await client.subsystemInformation(to);
  const ports: object[] = [];
  for (let port = 0; port <= subsystem.numberOfPorts; port++) {
    const found = await tried(() => client.portInformation(to, port));
    if (!(found instanceof MctpError)) ports.push(found);
  }
  const optional = await tried(() => client.optionalCommands(to, controller));
  const optionalCommands = optional instanceof MctpError ? [] : optional.map(commandName);
  if (json) {
    const { numberOfPorts, majorVersion, minorVersion } = subsystem;
    const about = { numberOfPorts: numberOfPorts + 1, majorVersion, minorVersion };
    const fields = { ...whole };
    io.print(
      jsonText(
        {
          action: 'identify',
          ...where,
          controller,
          fields,
          subsystem: about,
          ports: ports.map((port) => ({ ...port })),
          optionalCommands,
        } satisfies NvmeDocument,
        2,
      ),
    );
    return EXIT.done;
  }
  const { colours } = io;
  io.print(colours.strong(printable(`${where.target}  controller ${controller}`)));
  for (const line of fieldLines(identityWords(whole))) io.print(line);
  io.print(colours.strong(`NVMe-MI ${subsystem.majorVersion}.${subsystem.minorVersion}, ports: ${ports.length}`));
  for (const [index, port] of ports.entries()) {
    io.print(`  port ${index}`);
    for (const line of fieldLines(jsonFields(withWords('portInformation', jsonFields(port)) as object)))
      io.print(`  ${line}`);
  }
  io.print(`optional commands: ${optionalCommands.join(', ') || 'none'}`);
  return EXIT.done;
}

/** What is not a plain number, in words; what is 0 for "not told" is left out. */
function identityWords(whole: WholeIdentity): Record<string, Json> {
  const { version, warningTemperature, criticalTemperature, totalCapacity, unallocatedCapacity } = whole;
  const kelvin = (value: number): string | null => (value === 0 ? null : `${value - KELVIN} °C`);
  const bytes = (value: bigint): string | null => (value === 0n ? null : `${capacityText(value)} (${value} bytes)`);
  return {
    ...jsonFields(whole),
    pciVendorId: `0x${hex4(whole.pciVendorId)}`,
    pciSubsystemVendorId: `0x${hex4(whole.pciSubsystemVendorId)}`,
    ieeeOui: hexNumber(whole.ieeeOui, 6),
    version: `${version >>> 16}.${(version >> 8) & 0xff}.${version & 0xff}`,
    warningTemperature: kelvin(warningTemperature),
    criticalTemperature: kelvin(criticalTemperature),
    totalCapacity: bytes(totalCapacity),
    unallocatedCapacity: bytes(unallocatedCapacity),
    maximumActivationTime: `${100 * whole.maximumActivationTime} ms`,
    slot1ReadOnly: whole.slot1ReadOnly === 1,
    activationWithoutReset: whole.activationWithoutReset === 1,
    optionalAdminCommands: `0x${hex4(whole.optionalAdminCommands)}`,
  };
}

/** "FormatNvm"; "admin 0x1c" for what has no name here. */
function commandName({ nmimt, opcode }: { readonly nmimt: number; readonly opcode: number }): string {
  const found = nvmeMiCommands.all.find((command) => command.nmimt === nmimt && command.code === opcode);
  return found?.name ?? `type ${nmimt} opcode 0x${opcode.toString(16)}`;
}

function jsonFields(value: object): Record<string, Json> {
  return JSON.parse(jsonText(value)) as Record<string, Json>;
}

export async function showControllers(drive: OneDrive, json: boolean, io: Io): Promise<number> {
  const { client, to, where } = drive;
  const ids = await client.controllers(to);
  const polled = await tried(() => client.controllerHealth(to));
  if (polled instanceof MctpError && !lacks(polled)) throw polled;
  const entries = polled instanceof MctpError ? [] : polled;
  const controllers = [];
  for (const id of ids) {
    const information = await tried(() => client.controllerInformation(to, id));
    const entry = entries.find(({ controllerId }) => controllerId === id);
    controllers.push({
      id,
      status: statusOf(entry),
      temperature: entry === undefined ? null : entry.compositeTemperature - KELVIN,
      used: entry?.percentageUsed ?? null,
      spare: entry?.availableSpare ?? null,
      warnings: entry === undefined ? [] : warningNames(entry.criticalWarning),
      information: information instanceof MctpError ? null : { ...information },
    });
  }
  if (json) {
    io.print(jsonText({ action: 'controllers', ...where, controllers } satisfies NvmeDocument, 2));
    return EXIT.done;
  }
  const { colours } = io;
  io.print(colours.strong(printable(where.target)));
  const rows = controllers.map(({ id, status, temperature, used, spare, warnings, information }) => [
    `  ${id}`,
    information === null ? '' : `PCI ${hex4(information.pciVendorId)}:${hex4(information.pciDeviceId)}`,
    status.ready === true ? 'ready' : status.ready === false ? colours.bad('not ready') : '',
    temperature === null ? '' : `${temperature} °C`,
    used === null ? '' : `${used} % used`,
    spare === null ? '' : `${spare} % spare`,
    warnings.length === 0 ? '' : colours.bad(warnings.join(', ')),
  ]);
  for (const line of tableLines(rows)) io.print(line);
  if (polled instanceof MctpError) io.note('the drive has no health poll for controllers');
  return EXIT.done;
}

function statusOf(entry: structures.ControllerHealth | undefined): { ready?: boolean; fatal?: boolean } {
  if (entry === undefined) return {};
  return { ready: (entry.controllerStatus & 1) !== 0, fatal: (entry.controllerStatus & 2) !== 0 };
}

function hex4(value: number): string {
  return hexDigits(value, 4);
}

/** @throws CommandError (usage) */
export function pageNumber(text: string): { readonly page: number; readonly name: PageName | undefined } {
  if (/^(0x[0-9a-f]{1,2}|\d{1,3})$/i.test(text) && Number(text) <= 255) {
    const page = Number(text);
    return { page, name: pageNames().find((name) => LOG_PAGE[PAGES[name]] === page) };
  }
  const names = pageNames();
  const name = names.find((each) => each.toLowerCase() === text.toLowerCase());
  if (name !== undefined) return { page: LOG_PAGE[PAGES[name]], name };
  throw usageError(
    `no log page "${text}"${didYouMean(text, names)}: use ${names.join(', ')}, or a number from 0 to 255`,
  );
}

/** `length` undefined: what the page has. */
export async function showLog(
  drive: OneDrive,
  which: string,
  length: number | undefined,
  json: boolean,
  io: Io,
): Promise<number> {
  const { page, name } = pageNumber(which);
  const { client, to, where } = drive;
  const controller = await drive.controller();
  const known = length === undefined && name !== undefined ? await readPage(client, to, controller, name) : undefined;
  const bytes = known === undefined ? await client.readLog(to, controller, page, length ?? 512) : undefined;
  if (json) {
    const shown = { fields: known === undefined ? null : { ...known }, hex: bytes === undefined ? null : toHex(bytes) };
    const text = name ?? `0x${page.toString(16)}`;
    io.print(jsonText({ action: 'log', ...where, controller, page: text, ...shown } satisfies NvmeDocument, 2));
    return EXIT.done;
  }
  io.print(io.colours.strong(printable(`${where.target}  log page ${name ?? `0x${page.toString(16)}`}`)));
  if (bytes !== undefined) for (const line of hexDumpLines(bytes)) io.print(line);
  else if (name === 'smart') {
    const smart = known as unknown as structures.SmartLog;
    io.print(`  ${smart.compositeTemperature - KELVIN} °C, ${smart.percentageUsed} % used`);
    for (const line of smartLines(smart)) io.print(line);
  } else if (name === 'supported') io.print(`  ${(known!.pages as string[]).join(', ')}`);
  else if (name === 'error') {
    const entries = known!.entries as object[];
    if (entries.length === 0) io.print('  no errors');
    for (const entry of entries) io.print(`  ${JSON.stringify(jsonFields(entry))}`);
  } else for (const line of fieldLines(jsonFields(known!))) io.print(line);
  return EXIT.done;
}

/** Undefined: it is shown as bytes. */
async function readPage(
  client: NvmeMiClient,
  to: MctpAddress,
  controller: number,
  name: PageName,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  switch (name) {
    case 'smart':
      return { ...(await client.smart(to, controller)) };
    case 'firmware':
      return { ...(await client.firmwareSlots(to, controller)) };
    case 'error':
      return { entries: await client.errorLog(to, controller, ERROR_ENTRIES) };
    case 'sanitize': {
      const { progress, sanitizeStatus, globalDataErased } = await client.sanitizeStatus(to, controller);
      const status = SANITIZE_WORDS[sanitizeStatus] ?? 'reserved';
      const percent = sanitizeStatus === 2 ? Math.floor((100 * progress) / 0x1_0000) : undefined;
      return { status, ...(percent === undefined ? {} : { percent }), globalDataErased: globalDataErased === 1 };
    }
    case 'supported': {
      const log = await client.readLog(to, controller, LOG_PAGE.supported, 1024);
      const pages = [];
      for (let id = 0; 4 * id < log.length; id++) if ((log[4 * id]! & 1) === 1) pages.push(pageText(id));
      return { pages };
    }
    default:
      return undefined;
  }
}

export const SANITIZE_WORDS = ['never', 'done', 'running', 'failed', 'done without deallocation'] as const;

function pageText(id: number): string {
  const name = pageNames().find((each) => LOG_PAGE[PAGES[each]] === id);
  return name === undefined ? hexNumber(id) : spaced(name);
}
