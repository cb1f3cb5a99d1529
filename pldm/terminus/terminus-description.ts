/** What a ready-made terminus is described by: plain data, with functions where the device does something. */

import type { DateTime } from '../bios/bios-commands.js';
import type {
  AttributeEntryInput,
  AttributeValue,
  AttributeValueInput,
  StringEntryInput,
} from '../bios/table-entries.js';
import type { FruFields } from '../fru/fru-fields.js';
import type { FruRecordInput } from '../fru/fru-table.js';
import type { Entity } from '../platform/entity-tree.js';
import type { KnownPdrType, PdrInput } from '../platform/pdr/pdr-codec.js';
import type { DATA_SIZE } from '../platform/platform-enums.js';
import type { Thresholds } from '../platform/thresholds.js';

export interface NumericSensorDescription {
  /** 0..65535, unique among sensors. */
  readonly id: number;
  readonly name?: string;
  /** Default: the terminus's first entity, or system board 1. */
  readonly entity?: Entity;
  /** Name or symbol of a unit ("Degrees C", "°C", "RPM"), or its number; default none. */
  readonly unit?: string | number;
  /** Handle of an OEM Unit PDR among `pdrs`; with unit 255. */
  readonly oemUnit?: number;
  /** Default s16. */
  readonly dataSize?: keyof typeof DATA_SIZE;
  /** value = (raw * resolution + offset) * 10^unitModifier; defaults 1, 0, 0. */
  readonly resolution?: number;
  readonly offset?: number;
  readonly unitModifier?: number;
  /** In the unit, as are all values here. Default: what the data size can hold. */
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: Thresholds;
  readonly nominal?: number;
  readonly hysteresis?: number;
  /** Seconds between looks at the reading for events; default 1. */
  readonly updateInterval?: number;
  /** Describe it by a compact numeric sensor PDR; only with resolution 1 and offset 0. */
  readonly compact?: boolean;
  /** The reading now, in the unit. NaN: there is none, the sensor is unavailable. */
  readonly read: () => number;
}

export interface StatePartDescription {
  readonly stateSetId: number;
  readonly possibleStates: readonly number[];
  readonly name?: string;
}

export interface StateSensorDescription {
  readonly id: number;
  readonly name?: string;
  readonly entity?: Entity;
  /** One to eight. */
  readonly sensors: readonly (StatePartDescription & { readonly read: () => number })[];
  /** Seconds; default 1. */
  readonly updateInterval?: number;
}

export interface NumericEffecterDescription {
  readonly id: number;
  readonly name?: string;
  readonly entity?: Entity;
  readonly unit?: string | number;
  readonly dataSize?: keyof typeof DATA_SIZE;
  readonly resolution?: number;
  readonly offset?: number;
  readonly unitModifier?: number;
  /** In the unit. */
  readonly min: number;
  readonly max: number;
  readonly read: () => number;
  readonly write: (value: number) => void;
}

export interface StateEffecterDescription {
  readonly id: number;
  readonly name?: string;
  readonly entity?: Entity;
  /** One to eight. */
  readonly effecters: readonly (StatePartDescription & {
    readonly read: () => number;
    readonly write: (state: number) => void;
  })[];
}

export interface EntityDescription extends Entity {
  readonly name?: string;
}

/** One Entity Association PDR. */
export interface AssociationDescription {
  readonly containerId: number;
  readonly container: Entity;
  readonly contained: readonly Entity[];
  readonly logical?: boolean;
}

/** A PDR as it is; its record handle is given. */
export type PdrDescription = {
  [T in KnownPdrType]: { readonly pdrType: T } & Omit<PdrInput<T>, 'recordHandle' | 'pdrType'>;
}[KnownPdrType];

export interface FruSetDescription {
  readonly recordSetIdentifier: number;
  /** The general record, by field names. */
  readonly fields?: FruFields;
  /** More records, OEM ones for instance. */
  readonly records?: readonly FruRecordInput[];
  /** Makes a FRU Record Set PDR. */
  readonly entity?: Entity;
}

export interface BiosDescription {
  readonly strings: readonly StringEntryInput[];
  readonly attributes: readonly AttributeEntryInput[];
  readonly values: readonly AttributeValueInput[];
  /** Waiting for the next boot from the start; default none. */
  readonly pending?: readonly AttributeValueInput[];
  /**
   * True: what is set waits in the pending table for `BiosResponder.applyPending`; a list: of these attribute handles.
   * Default false: it holds at once.
   */
  readonly stagesChanges?: boolean | readonly number[];
  /** What GetDateTime answers; default: none, the command is not supported. */
  readonly dateTime?: {
    readonly read: () => DateTime;
    readonly write?: (dateTime: DateTime) => void;
  };
  readonly onChange?: (value: AttributeValue) => void;
  /** Bytes of a table that SetBIOSTable may bring; 0, the default: the command is not supported. */
  readonly tableMaximumSize?: number;
  /** A string (0), attribute (1) or value table (2) took the place of the one there was. */
  readonly onTable?: (tableType: number) => void;
}

export interface TerminusDescription {
  /** 0, the default: not assigned yet. */
  readonly tid?: number;
  readonly uuid?: string;
  readonly terminusHandle?: number;
  readonly entities?: readonly EntityDescription[];
  readonly associations?: readonly AssociationDescription[];
  readonly numericSensors?: readonly NumericSensorDescription[];
  readonly stateSensors?: readonly StateSensorDescription[];
  readonly numericEffecters?: readonly NumericEffecterDescription[];
  readonly stateEffecters?: readonly StateEffecterDescription[];
  /** After those that the rest of the description makes. */
  readonly pdrs?: readonly PdrDescription[];
  readonly fru?: readonly FruSetDescription[];
  /** Bytes of a table that SetFRURecordTable may bring; 0, the default: the command is not supported. */
  readonly fruTableMaximumSize?: number;
  readonly bios?: BiosDescription;
  /** Bytes of data in one answer of a Get command; default 1024. */
  readonly partSize?: number;
  /** Versions of a type instead of the defaults: hex of ver32, alpha first. */
  readonly versions?: Readonly<Record<number, readonly string[]>>;
}
