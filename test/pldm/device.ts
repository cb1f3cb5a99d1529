/** A device with a bit of everything, for tests. */

import { ATTRIBUTE_TYPE, type DateTime } from '../../pldm/bios/index.js';
import type { TerminusDescription } from '../../pldm/terminus/index.js';

/** What the device's sensors and effecters stand on; change it to make things happen. */
export interface DeviceState {
  temperature: number;
  voltage: number;
  fan: number;
  presence: number;
  health: number;
  led: number;
  clock: DateTime;
}

const BOARD = { entityType: 64, entityInstanceNumber: 1, containerId: 1 };
const SSD = { entityType: 111, entityInstanceNumber: 2, containerId: 1 };
const CHASSIS = { entityType: 45, entityInstanceNumber: 1, containerId: 0 };

export function deviceState(): DeviceState {
  return {
    temperature: 40.5,
    voltage: 3.31,
    fan: 8000,
    presence: 1,
    health: 1,
    led: 1,
    clock: { seconds: 30, minutes: 45, hours: 20, day: 29, month: 2, year: 2028 },
  };
}

export function description(state: DeviceState): TerminusDescription {
  return {
    tid: 7,
    uuid: '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7',
    entities: [{ ...BOARD, name: 'Main board' }, SSD],
    associations: [{ containerId: 1, container: CHASSIS, contained: [BOARD, SSD] }],
    numericSensors: [
      {
        id: 1,
        name: 'SSD temperature',
        entity: SSD,
        unit: '°C',
        resolution: 0.5,
        thresholds: { upperWarning: 70, upperCritical: 80, upperFatal: 90, lowerCritical: 0 },
        hysteresis: 2,
        min: -40,
        max: 125,
        updateInterval: 0.5,
        read: () => state.temperature,
      },
      { id: 2, name: 'Rail', unit: 'Volts', dataSize: 'u16', unitModifier: -3, read: () => state.voltage },
      {
        id: 3,
        name: 'Fan speed',
        unit: 'RPM',
        compact: true,
        thresholds: { lowerCritical: 500 },
        dataSize: 'u32',
        read: () => state.fan,
      },
    ],
    stateSensors: [
      {
        id: 20,
        name: 'Drive',
        entity: SSD,
        sensors: [
          { stateSetId: 13, possibleStates: [1, 2], read: () => state.presence },
          { stateSetId: 1, possibleStates: [1, 2, 3], name: 'Drive health', read: () => state.health },
        ],
      },
    ],
    numericEffecters: [
      {
        id: 5,
        name: 'Fan target',
        unit: 'RPM',
        dataSize: 'u16',
        min: 1000,
        max: 15_000,
        read: () => state.fan,
        write: (value) => {
          state.fan = value;
        },
      },
    ],
    stateEffecters: [
      {
        id: 6,
        name: 'Identify LED',
        effecters: [
          {
            stateSetId: 17,
            possibleStates: [1, 2],
            read: () => state.led,
            write: (value) => {
              state.led = value;
            },
          },
        ],
      },
    ],
    fru: [
      {
        recordSetIdentifier: 1,
        entity: SSD,
        fields: { manufacturer: 'Acme', model: 'Drive 9', serialNumber: 'SN-0042', vendorIana: '412' },
        records: [
          {
            recordSetIdentifier: 1,
            recordType: 'oem',
            encodingType: 'ascii',
            fields: [
              { type: 1, value: Uint8Array.of(0x9c, 1, 0, 0) },
              { type: 2, value: Uint8Array.of(0x61, 0x62) },
            ],
          },
        ],
      },
    ],
    bios: {
      strings: ['FanMode', 'Auto', 'Quiet', 'Full', 'Hostname', 'Retries', 'Serial', 'Secret'].map((string, i) => ({
        stringHandle: i,
        string,
      })),
      attributes: [
        {
          attributeHandle: 1,
          attributeType: ATTRIBUTE_TYPE.enumeration,
          attributeNameHandle: 0,
          possibleValuesStringHandles: [1, 2, 3],
          defaultValueStringHandleIndices: [0],
        },
        {
          attributeHandle: 2,
          attributeType: ATTRIBUTE_TYPE.string,
          attributeNameHandle: 4,
          stringType: 3,
          minimumStringLength: 1,
          maximumStringLength: 8,
          defaultString: 'bmc',
        },
        {
          attributeHandle: 3,
          attributeType: ATTRIBUTE_TYPE.integer,
          attributeNameHandle: 5,
          lowerBound: 0n,
          upperBound: 100n,
          scalarIncrement: 5,
          defaultValue: 10n,
        },
        {
          attributeHandle: 4,
          attributeType: ATTRIBUTE_TYPE.stringReadOnly,
          attributeNameHandle: 6,
          stringType: 1,
          minimumStringLength: 0,
          maximumStringLength: 20,
          defaultString: '',
        },
        {
          attributeHandle: 5,
          attributeType: ATTRIBUTE_TYPE.password,
          attributeNameHandle: 7,
          stringType: 1,
          minimumStringLength: 0,
          maximumStringLength: 20,
          defaultString: '',
        },
      ],
      values: [
        { attributeHandle: 1, attributeType: ATTRIBUTE_TYPE.enumeration, currentValueStringHandleIndices: [2] },
        { attributeHandle: 2, attributeType: ATTRIBUTE_TYPE.string, currentString: 'node-1' },
        { attributeHandle: 3, attributeType: ATTRIBUTE_TYPE.integer, currentValue: 15n },
        { attributeHandle: 4, attributeType: ATTRIBUTE_TYPE.stringReadOnly, currentString: 'X1' },
        { attributeHandle: 5, attributeType: ATTRIBUTE_TYPE.password, currentString: 'hush' },
      ],
      stagesChanges: true,
      dateTime: {
        read: () => state.clock,
        write: (dateTime) => {
          state.clock = dateTime;
        },
      },
    },
  };
}
