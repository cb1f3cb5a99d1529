/** How long commands may take, and which drives need a pause between them. */

import {
  FirmwareCommit,
  FirmwareImageDownload,
  FormatNvm,
  GetFeatures,
  GetLogPage,
  Identify,
  Sanitize,
  SecurityReceive,
  SecuritySend,
  SetFeatures,
} from './admin-commands.js';
import type { AnyNvmeMiCommand } from './mi-command.js';
import {
  ControllerHealthPoll,
  GetConfiguration,
  PcieConfigurationRead,
  ReadBuffer,
  ReadDataStructure,
  ReadVpd,
  SesReceive,
  SetHealthStatusChange,
  SetSmbusFrequency,
  SetTransmissionUnit,
  Shutdown,
  SubsystemHealthPoll,
} from './mi-commands.js';

/** For an answer, or for "more processing required"; ms. Other commands: the protocol's 5000. */
const TIMEOUTS: ReadonlyMap<AnyNvmeMiCommand, number> = new Map<AnyNvmeMiCommand, number>([
  [SubsystemHealthPoll, 1000],
  // Drives which do not say "more processing" write flash before they answer.
  [FirmwareCommit, 30_000],
  [FormatNvm, 600_000],
  [Sanitize, 30_000],
  [SecuritySend, 30_000],
  [SecurityReceive, 30_000],
  [Shutdown, 30_000],
]);

/** Undefined: the protocol's. */
export function commandTimeoutMs(command: AnyNvmeMiCommand): number | undefined {
  return TIMEOUTS.get(command);
}

/** Twice does what once does, also where the drive was in the middle of it. */
const REPEATABLE: ReadonlySet<AnyNvmeMiCommand> = new Set<AnyNvmeMiCommand>([
  ...[ReadDataStructure, SubsystemHealthPoll, ControllerHealthPoll, GetConfiguration, ReadVpd, SesReceive, ReadBuffer],
  ...[SetSmbusFrequency, SetTransmissionUnit, SetHealthStatusChange],
  ...[Identify, GetLogPage, GetFeatures, SetFeatures, FirmwareImageDownload],
  PcieConfigurationRead,
]);

export function mayBeRepeated(command: AnyNvmeMiCommand): boolean {
  return REPEATABLE.has(command);
}

interface Quirk {
  readonly pciVendorId: number;
  /** Part of the model number. */
  readonly model: string;
  readonly minGapMs: number;
}

/** Drives which lose a command that comes right after a response. */
const QUIRKS: readonly Quirk[] = [{ pciVendorId: 0x144d, model: 'MZUL2512HCJQ', minGapMs: 1.2 }];

/** Least time from a response to the next request, by what a drive says it is; ms, 0 for nearly all. */
export function quirkGapMs({ pciVendorId, modelNumber }: { pciVendorId: number; modelNumber: string }): number {
  const known = QUIRKS.find((quirk) => quirk.pciVendorId === pciVendorId && modelNumber.includes(quirk.model));
  return known?.minGapMs ?? 0;
}
