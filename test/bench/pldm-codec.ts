/** What it costs to encode and decode a PLDM message, for commands from the smallest to a PDR. */

import { type AnyPldmCommand, GetTID } from '../../pldm/base/index.js';
import { pldmMessages } from '../../pldm/base/pldm-protocol.js';
import { GetFirmwareParameters } from '../../pldm/firmware/index.js';
import { decodePdr, encodePdr, GetPDR, GetSensorReading, PDR_TYPE } from '../../pldm/platform/index.js';
import type { RequestInput, ResponseInput } from '../../stack/codec/index.js';
import { byteLoopReference } from './byte-loop.js';
import type { BenchRow } from './row.js';

export interface CodecFigure {
  readonly name: string;
  /** Of the message. */
  readonly bytes: number;
  readonly encodeNs: number;
  readonly decodeNs: number;
}

const ROUNDS = 12;
const PER_ROUND = 20_000;

/** Best of the rounds, ns per message. */
export function measureCodec(): CodecFigure[] {
  const recordData = Uint8Array.from({ length: 80 }, (_, n) => n);
  const version = { activeCompVersionStringType: 1, activeCompVersionString: '1.0.3' } as const;
  return [
    request(GetTID, {}),
    request(GetPDR, {
      recordHandle: 7,
      dataTransferHandle: 0,
      transferOperationFlag: 1,
      requestCount: 1024,
      recordChangeNumber: 0,
    }),
    response(GetPDR, { nextRecordHandle: 8, nextDataTransferHandle: 0, transferFlag: 5, recordData }),
    request(GetSensorReading, { sensorId: 4, rearmEventState: false }),
    response(GetSensorReading, {
      sensorDataSize: 3,
      sensorOperationalState: 0,
      sensorEventMessageEnable: 2,
      presentState: 1,
      previousState: 1,
      eventState: 1,
      presentReading: 421,
    }),
    response(GetFirmwareParameters, {
      capabilitiesDuringUpdate: 0,
      activeCompImageSetVersionStringType: 1,
      pendingCompImageSetVersionStringType: 0,
      activeCompImageSetVersionString: 'set-1.0',
      pendingCompImageSetVersionString: '',
      componentParameterTable: Array.from({ length: 4 }, (_, n) => ({
        compClassification: 10,
        compIdentifier: n,
        compClassificationIndex: 0,
        activeCompComparisonStamp: 3,
        ...version,
        activeCompReleaseDate: '3230323630313031',
        pendingCompComparisonStamp: 0,
        pendingCompVersionStringType: 0,
        pendingCompReleaseDate: '0000000000000000',
        compActivationMethods: 1,
        capabilitiesDuringUpdate: 0,
        pendingCompVersionString: '',
      })),
    }),
    stateSensorPdr(),
  ];
}

function request<C extends AnyPldmCommand>(command: C, fields: RequestInput<C>): CodecFigure {
  const bytes = pldmMessages.encodeRequest(command, 3, fields);
  return measure(
    `${command.name} request`,
    bytes,
    () => pldmMessages.encodeRequest(command, 3, fields),
    () => pldmMessages.decodeRequest(command, bytes),
  );
}

function response<C extends AnyPldmCommand>(command: C, fields: ResponseInput<C>): CodecFigure {
  const bytes = pldmMessages.encodeResponse(command, 3, fields);
  return measure(
    `${command.name} response`,
    bytes,
    () => pldmMessages.encodeResponse(command, 3, fields),
    () => pldmMessages.decodeResponse(command, bytes),
  );
}

function stateSensorPdr(): CodecFigure {
  const fields = {
    recordHandle: 9,
    pldmTerminusHandle: 1,
    sensorId: 4,
    entityType: 64,
    entityInstanceNumber: 1,
    containerId: 1,
    sensorInit: 0,
    sensorAuxiliaryNamesPdr: false,
    sensors: [{ stateSetId: 1, possibleStates: Uint8Array.of(0x1e) }],
  };
  const bytes = encodePdr(PDR_TYPE.stateSensor, fields);
  return measure(
    'state sensor PDR',
    bytes,
    () => encodePdr(PDR_TYPE.stateSensor, fields),
    () => decodePdr(bytes),
  );
}

function measure(name: string, bytes: Uint8Array, encode: () => unknown, decode: () => unknown): CodecFigure {
  let encodeNs = Number.POSITIVE_INFINITY;
  let decodeNs = encodeNs;
  for (let round = 0; round < ROUNDS; round++) {
    encodeNs = Math.min(encodeNs, time(encode));
    decodeNs = Math.min(decodeNs, time(decode));
  }
  return { name, bytes: bytes.length, encodeNs, decodeNs };
}

function time(run: () => unknown): number {
  const start = process.hrtime.bigint();
  for (let index = 0; index < PER_ROUND; index++) run();
  return Number(process.hrtime.bigint() - start) / PER_ROUND;
}

export function benchPldmCodec(): BenchRow[] {
  const reference = byteLoopReference();
  const rows: BenchRow[] = [
    { name: 'reference: plain byte loop, encode + decode of 68 bytes', value: reference, unit: 'ns/packet' },
  ];
  for (const { name, bytes, encodeNs, decodeNs } of measureCodec()) {
    rows.push({ name: `${name} (${bytes} bytes), encode`, value: encodeNs, unit: 'ns' });
    rows.push({ name: `${name} (${bytes} bytes), decode`, value: decodeNs, unit: 'ns' });
  }
  return rows;
}
