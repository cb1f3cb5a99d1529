/** `[devices.NAME.nvme]` as data: what a drive of the bench is. */

export interface DriveDescription extends DriveCondition {
  readonly model: string;
  /** Default: SN- and the device's name. */
  readonly serial: string | undefined;
  /** GB (10^9 bytes). */
  readonly capacity: number;
  /** Revision in slot 1; 1 to 8 ASCII characters. */
  readonly firmware: string;
  /** Firmware slots, 1 to 7. */
  readonly slots: number;
  /** Slot 1 cannot be written. */
  readonly firstSlotReadOnly: boolean;
  /** By how much the temperature goes up and down; Celsius. */
  readonly swing: number;
  /** From one warmest moment to the next; s. */
  readonly period: number;
  /** What the host writes all the time; MB/s. It reads twice as much. */
  readonly writeRate: number;
  /** What wears it out; TB written. */
  readonly endurance: number;
  readonly powerOnHours: number;
  /** What it takes to store an image and to activate one at once; ms. From 100 on it says "more processing required". */
  readonly commitMs: number;
  /** What a sanitize operation and a format take; ms. */
  readonly eraseMs: number;
  /** How often the VPD may be written. */
  readonly vpdWrites: number;
  /** Ids of its controllers. */
  readonly controllers: readonly number[];
  /** It sends asynchronous events (NVMe-MI 2.x) when it is told to. */
  readonly events: boolean;
  /** Optional commands it does not have: names of OPTIONAL_COMMANDS. */
  readonly without: readonly OptionalCommand[];
}

/** How a drive does; behaviours change it while it runs. */
export interface DriveCondition {
  /** Celsius, -60 to 126. */
  readonly temperature: number;
  /** Percent of its life; above 100 is possible. */
  readonly used: number;
  /** Percent of spare blocks. */
  readonly spare: number;
  readonly readOnly: boolean;
}

/** Which a description may switch off, by the words of `without`. */
export const OPTIONAL_COMMANDS = [
  'controllerHealth',
  'vpdWrite',
  'reset',
  'shutdown',
  'setFeatures',
  'firmware',
  'format',
  'sanitize',
  'security',
  'pcie',
] as const;
export type OptionalCommand = (typeof OPTIONAL_COMMANDS)[number];

export const GOOD_DRIVE: DriveDescription = {
  temperature: 38,
  used: 3,
  spare: 100,
  readOnly: false,
  model: 'mctpkit NVMe',
  serial: undefined,
  capacity: 3840,
  firmware: '1.4.2',
  slots: 3,
  firstSlotReadOnly: false,
  swing: 0,
  period: 60,
  writeRate: 25,
  endurance: 7000,
  powerOnHours: 4200,
  commitMs: 0,
  eraseMs: 20_000,
  vpdWrites: 8,
  controllers: [0],
  events: false,
  without: [],
};
