/** `[devices.NAME.pldm]` as data: what `readPldm` makes of a table, and `pldmApp` makes a terminus of. */

import type { FruFields } from '../../../pldm/fru/fru-fields.js';
import type { Thresholds } from '../../../pldm/platform/thresholds.js';
import type { EntityDescription, PdrDescription } from '../../../pldm/terminus/terminus-description.js';

/** A value over time. */
export interface Course {
  /** At the start, and the middle of the swing. */
  readonly value: number;
  /** How far it swings up and down around it; default 0. */
  readonly swing: number;
  /** Seconds from one crest to the next. */
  readonly period: number;
  /** It is what this numeric effecter of the device is set to. */
  readonly follows: number | undefined;
}

export interface BenchSensor {
  readonly id: number;
  readonly name: string | undefined;
  readonly entity: EntityDescription | undefined;
  /** 255 with an OEM unit. */
  readonly unit: string | number | undefined;
  /** Handle of the OEM unit. */
  readonly oemUnit: number | undefined;
  readonly dataSize: 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | undefined;
  readonly resolution: number | undefined;
  readonly unitModifier: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly thresholds: Thresholds;
  readonly hysteresis: number | undefined;
  readonly updateInterval: number | undefined;
  readonly compact: boolean;
  readonly course: Course;
}

/** One part of a composite. */
export interface BenchStatePart {
  readonly stateSetId: number;
  readonly name: string | undefined;
  readonly possible: readonly number[];
  readonly state: number;
  /** Seconds from one state to the next, round and round; 0: it stays. */
  readonly changes: number;
  /** It is what this state effecter of the device is set to. */
  readonly follows: number | undefined;
}

export interface BenchStates {
  readonly id: number;
  readonly name: string | undefined;
  readonly entity: EntityDescription | undefined;
  readonly parts: readonly BenchStatePart[];
}

export interface BenchEffecter {
  readonly id: number;
  readonly name: string | undefined;
  readonly entity: EntityDescription | undefined;
  readonly unit: string | undefined;
  readonly dataSize: BenchSensor['dataSize'];
  readonly resolution: number | undefined;
  readonly min: number;
  readonly max: number;
  readonly value: number;
}

export interface BenchFru {
  readonly set: number;
  readonly entity: EntityDescription | undefined;
  readonly fields: FruFields;
}

export interface BenchAttribute {
  readonly name: string;
  readonly kind: 'enumeration' | 'string' | 'integer';
  readonly readOnly: boolean;
  /** What is set waits for the next boot. */
  readonly staged: boolean;
  /** Of an enumeration. */
  readonly possible: readonly string[];
  readonly value: string | number;
  readonly default: string | number;
  /** Of an integer its bounds, of a string its lengths. */
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export interface PldmDescription {
  /** It comes up with; 0: none. */
  readonly tid: number;
  readonly entity: EntityDescription;
  /** Bytes in one answer of a Get command. */
  readonly partSize: number | undefined;
  readonly sensors: readonly BenchSensor[];
  readonly stateSensors: readonly BenchStates[];
  readonly effecters: readonly BenchEffecter[];
  readonly stateEffecters: readonly BenchStates[];
  readonly fru: readonly BenchFru[];
  /** Bytes that SetFRURecordTable may bring; undefined or 0: the command is not supported. */
  readonly fruTableMaximumSize: number | undefined;
  readonly bios: readonly BenchAttribute[];
  /** Bytes that SetBIOSTable may bring, likewise. */
  readonly biosTableMaximumSize: number | undefined;
  /** There is a clock: GetDateTime and SetDateTime. */
  readonly clock: boolean;
  /** OEM units and state sets. */
  readonly pdrs: readonly PdrDescription[];
  /** Tables that other parts of the device read: `firmware`, `files`. */
  readonly more: Readonly<Record<string, unknown>>;
}
