/** What a drive is and how it does, for `nvme list`, `nvme health`, `sensors` and `top`. */

import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import type { WholeIdentity } from './admin-requester.js';
import type { NvmeMiClient } from './mi-client.js';
import { pollTemperature, type WarningName, warningNames } from './mi-words.js';
import type * as structures from './nvme-structures.js';

/** Bits of the subsystem's status. */
const FUNCTIONAL = 0x20;
const RESET_NOT_REQUIRED = 0x10;
/** What the poll says of warnings; higher bits may be 0. */
const WARNING_BITS = 0x3f;
const KELVIN = 273;

export interface DriveHealth {
  /** Celsius; null: the drive has none to tell. */
  readonly temperature: number | null;
  /** Percent of its life, 255: or more. */
  readonly used: number;
  readonly functional: boolean;
  readonly resetRequired: boolean;
  readonly warnings: readonly WarningName[];
  /** Names of what changed since the flags were cleared. */
  readonly changed: readonly string[];
}

export interface DriveIdentity {
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
  /** Bytes; null: it does not tell. */
  readonly capacity: bigint | null;
  /** Celsius; null: it has no such threshold. */
  readonly warningTemperature: number | null;
  readonly criticalTemperature: number | null;
  readonly controller: number;
}

export interface DriveRead {
  readonly identity: DriveIdentity;
  readonly health: DriveHealth;
}

const CHANGE_WORDS: readonly (readonly [bit: number, name: string])[] = [
  [0, 'ready'],
  [1, 'fatal status'],
  [2, 'shutdown'],
  [4, 'subsystem reset'],
  [5, 'enabled'],
  [6, 'namespaces'],
  [7, 'firmware activated'],
  [8, 'controller status'],
  [9, 'temperature'],
  [10, 'life used'],
  [11, 'spare'],
  [12, 'warnings'],
  [13, 'telemetry'],
];

function healthOf(poll: structures.SubsystemHealth): DriveHealth {
  const temperature = pollTemperature(poll.compositeTemperature);
  const flags = poll.compositeControllerStatus;
  return {
    temperature: typeof temperature === 'number' ? temperature : null,
    used: poll.percentageDriveLifeUsed,
    functional: (poll.nvmSubsystemStatus & FUNCTIONAL) !== 0,
    resetRequired: (poll.nvmSubsystemStatus & RESET_NOT_REQUIRED) === 0,
    warnings: warningNames(~poll.smartWarnings & WARNING_BITS),
    changed: CHANGE_WORDS.filter(([bit]) => ((flags >> bit) & 1) === 1).map(([, name]) => name),
  };
}

export function isWell({ functional, warnings }: DriveHealth): boolean {
  return functional && warnings.length === 0;
}

/** One question: did anything change? It clears nothing. */
export async function pollHealth(client: NvmeMiClient, to: MctpAddress, options?: CallOptions): Promise<DriveHealth> {
  return healthOf(await client.health(to, false, options));
}

/** @throws MctpError */
export async function readIdentity(
  client: NvmeMiClient,
  to: MctpAddress,
  options?: CallOptions,
): Promise<DriveIdentity> {
  const [controller = 0] = await client.controllers(to, options);
  return identityOf(await client.identifyWhole(to, controller, options), controller);
}

function identityOf(whole: WholeIdentity, controller: number): DriveIdentity {
  const { warningTemperature, criticalTemperature, totalCapacity } = whole;
  return {
    model: whole.modelNumber,
    serial: whole.serialNumber,
    firmware: whole.firmwareRevision,
    capacity: totalCapacity === 0n ? null : totalCapacity,
    warningTemperature: warningTemperature === 0 ? null : warningTemperature - KELVIN,
    criticalTemperature: criticalTemperature === 0 ? null : criticalTemperature - KELVIN,
    controller,
  };
}

/** @throws MctpError */
export async function readDrive(client: NvmeMiClient, to: MctpAddress, options?: CallOptions): Promise<DriveRead> {
  const health = await pollHealth(client, to, options);
  return { identity: await readIdentity(client, to, options), health };
}
