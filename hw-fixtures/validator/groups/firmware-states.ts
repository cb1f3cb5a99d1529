/** Checks of the state machine of an update: every one is asked for with `--allow update` (DSP0267 §9, §12). */

import { FD_STATE, FWUP_CODES } from '../../../pldm/firmware/firmware-enums.js';
import {
  GetDeviceMetaData,
  GetFirmwareParameters,
  QueryDeviceIdentifiers,
} from '../../../pldm/firmware/inventory-commands.js';
import {
  ActivateFirmware,
  CancelUpdate,
  CancelUpdateComponent,
  GetStatus,
  PassComponentTable,
  RequestUpdate,
  UpdateComponent,
} from '../../../pldm/firmware/update-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  cancelled,
  componentCancelled,
  nothing,
  ownTable,
  ownUpdate,
  REACH,
  refused,
  STATES,
  shown,
  update,
} from './firmware-state-steps.js';
import {
  download,
  IMAGE_BYTES,
  inState,
  learn,
  MOST_TRANSFER,
  onlyCode,
  ready,
  requestUpdateBody,
  STRANGER,
  status,
  tableBody,
  updateBody,
} from './firmware-steps.js';
import { CODE_AT, DATA_AT, OK, pldm, pldmData, pldmMandatory, pldmSuccess, speaksType, u32At } from './pldm-steps.js';

const { NOT_IN_UPDATE_MODE, ALREADY_IN_UPDATE_MODE, INVALID_STATE_FOR_COMMAND } = FWUP_CODES;
const SMALLEST_TRANSFER = 32;
/** FD_T1 at most, and a little for the timers of others. */
const IDLE_MS = 120_000 + 5_000;
const TIMED_OUT_IN_LEARN = 3;
const { idle, learnComponents, readyXfer, download: downloading, verify } = FD_STATE;
const firstPart = (): readonly number[] => [0, 0, 0, 0, 1];

/** RequestUpdate with something that is not allowed. */
const badRequest = (id: string, what: string, body: readonly number[], mend: string): CheckDeclaration => ({
  id,
  clause: 'DSP0267 §12, RequestUpdate',
  ...update,
  title: `It refuses an update with ${what}`,
  why: 'an update that cannot go on should not begin',
  failure: 'RequestUpdate is answered with success',
  mend,
  mutant: () => ({
    name: 'begins an update that cannot be',
    answer: (answer, { payload }) =>
      payload[1] === 5 && payload[2] === RequestUpdate.code && String([...payload.subarray(3)]) === String([...body])
        ? { ...answer, payload: Uint8Array.of(...answer.payload.subarray(0, CODE_AT), OK, 0, 0, 0) }
        : answer,
  }),
  run: async (probe) => {
    await speaksType(probe, 5);
    await REACH[idle]!(probe);
    probe.restore(async () => {
      await pldm(probe, CancelUpdate);
    });
    const { code } = await pldmMandatory(probe, RequestUpdate, body);
    must(code !== OK, `an update with ${what} is taken`);
  },
});

export const FIRMWARE_STATE_CHECKS: readonly CheckDeclaration[] = [
  refused({ id: 'PLDM-FWUP-019', state: idle, command: PassComponentTable }, ownTable, [NOT_IN_UPDATE_MODE]),
  refused({ id: 'PLDM-FWUP-020', state: idle, command: UpdateComponent }, ownUpdate, [NOT_IN_UPDATE_MODE]),
  refused({ id: 'PLDM-FWUP-021', state: idle, command: ActivateFirmware }, () => [0], [NOT_IN_UPDATE_MODE]),
  refused({ id: 'PLDM-FWUP-022', state: idle, command: CancelUpdate }, nothing, [NOT_IN_UPDATE_MODE]),
  refused({ id: 'PLDM-FWUP-023', state: idle, command: CancelUpdateComponent }, nothing, [NOT_IN_UPDATE_MODE]),
  refused({ id: 'PLDM-FWUP-024', state: idle, command: GetDeviceMetaData }, firstPart, [
    NOT_IN_UPDATE_MODE,
    INVALID_STATE_FOR_COMMAND,
  ]),
  badRequest(
    'PLDM-FWUP-025',
    'transfers of less than 32 bytes',
    requestUpdateBody(16),
    'answer ERROR_INVALID_DATA to a maximumTransferSize below 32',
  ),
  badRequest(
    'PLDM-FWUP-026',
    'no request at a time',
    requestUpdateBody(MOST_TRANSFER, 0),
    'answer ERROR_INVALID_DATA to maximumOutstandingTransferRequests 0',
  ),
  shown('PLDM-FWUP-027', learnComponents),
  shown('PLDM-FWUP-028', readyXfer),
  shown('PLDM-FWUP-029', downloading),
  cancelled('PLDM-FWUP-030', learnComponents),
  cancelled('PLDM-FWUP-031', readyXfer),
  cancelled('PLDM-FWUP-032', downloading),
  cancelled('PLDM-FWUP-033', verify),
  componentCancelled('PLDM-FWUP-034', downloading),
  componentCancelled('PLDM-FWUP-035', verify),
  refused({ id: 'PLDM-FWUP-036', state: learnComponents, command: RequestUpdate }, () => requestUpdateBody(), [
    ALREADY_IN_UPDATE_MODE,
  ]),
  refused({ id: 'PLDM-FWUP-037', state: learnComponents, command: UpdateComponent }, ownUpdate, [
    INVALID_STATE_FOR_COMMAND,
  ]),
  refused({ id: 'PLDM-FWUP-038', state: learnComponents, command: ActivateFirmware }, () => [0], [
    INVALID_STATE_FOR_COMMAND,
  ]),
  refused({ id: 'PLDM-FWUP-039', state: readyXfer, command: PassComponentTable }, ownTable, [
    INVALID_STATE_FOR_COMMAND,
  ]),
  refused({ id: 'PLDM-FWUP-040', state: readyXfer, command: RequestUpdate }, () => requestUpdateBody(), [
    ALREADY_IN_UPDATE_MODE,
  ]),
  refused({ id: 'PLDM-FWUP-041', state: downloading, command: RequestUpdate }, () => requestUpdateBody(), [
    ALREADY_IN_UPDATE_MODE,
  ]),
  refused({ id: 'PLDM-FWUP-042', state: downloading, command: UpdateComponent }, ownUpdate, [
    INVALID_STATE_FOR_COMMAND,
  ]),
  refused({ id: 'PLDM-FWUP-043', state: downloading, command: ActivateFirmware }, () => [0], [
    INVALID_STATE_FOR_COMMAND,
  ]),
  {
    id: 'PLDM-FWUP-044',
    clause: 'DSP0267 §9',
    ...update,
    title: 'It says what it is during an update, too',
    why: 'a platform goes on with its inventory',
    failure: 'QueryDeviceIdentifiers or GetFirmwareParameters is refused outside of IDLE',
    mend: 'answer inventory commands in every state',
    mutant: () => inState(learnComponents, QueryDeviceIdentifiers.code, onlyCode(INVALID_STATE_FOR_COMMAND)),
    run: async (probe) => {
      await speaksType(probe, 5);
      for (const command of [QueryDeviceIdentifiers, GetFirmwareParameters]) await pldmData(probe, command);
      await learn(probe);
      for (const command of [QueryDeviceIdentifiers, GetFirmwareParameters]) {
        const { code } = await pldmMandatory(probe, command);
        must(code === OK, `${command.name} is answered with ${codeName(code)} in LEARN COMPONENTS`);
      }
    },
  },
  {
    id: 'PLDM-FWUP-045',
    clause: 'DSP0267 §12, PassComponentTable',
    ...update,
    title: 'It does not take a component of another device',
    why: 'the image of another device makes this one useless',
    failure: 'PassComponentTable of an unknown component is answered with "can be updated"',
    mend: 'compare classification, identifier and index with your own components',
    mutant: () =>
      inState(learnComponents, PassComponentTable.code, (payload, request) =>
        isStranger(request, 4) && payload[CODE_AT] === OK ? payload.with(DATA_AT, 0).with(DATA_AT + 1, 0) : payload,
      ),
    run: async (probe) => {
      await learn(probe);
      const { code, data } = await pldmMandatory(probe, PassComponentTable, tableBody(STRANGER));
      must(code !== OK || data[0] !== 0, 'a component which the device does not have can be updated, it says');
    },
  },
  {
    id: 'PLDM-FWUP-046',
    clause: 'DSP0267 §12, UpdateComponent',
    ...update,
    title: 'It does not update a component which was not in the table',
    why: 'what was not agreed on is not compared with anything',
    failure: 'UpdateComponent of a component that was not passed is answered with "will be updated"',
    mend: 'answer with compatibility response 1, and stay in READY XFER',
    mutant: () =>
      inState(readyXfer, UpdateComponent.code, (payload, request) =>
        isStranger(request, 3) && payload[CODE_AT] === OK ? payload.with(DATA_AT, 0).with(DATA_AT + 1, 0) : payload,
      ),
    run: async (probe) => {
      await ready(probe);
      const { code, data } = await pldmMandatory(probe, UpdateComponent, updateBody(STRANGER));
      must(code !== OK || data[0] !== 0, 'a component which was not in the table is updated, it says');
    },
  },
  {
    id: 'PLDM-FWUP-047',
    clause: 'DSP0267 §12, RequestFirmwareData',
    ...update,
    title: 'It asks for data of the component which is updated',
    why: 'an update agent gives the update up when nothing is asked for',
    failure: 'UpdateComponent is accepted, and no RequestFirmwareData comes',
    mend: 'ask for the image within the time that the answer to UpdateComponent says',
    mutant: () => ({
      name: 'asks for nothing',
      packetOut: (packet) => !isDataRequest(packet),
    }),
    run: async (probe) => {
      const { requests } = await download(probe, { answers: 1 });
      must(requests.length > 0, 'no RequestFirmwareData comes within 10 s');
    },
  },
  {
    id: 'PLDM-FWUP-048',
    clause: 'DSP0267 §12, RequestFirmwareData',
    ...update,
    title: 'It asks for 32 bytes to maximumTransferSize at a time',
    why: 'the update agent has room for so many only',
    failure: 'a length is above maximumTransferSize, or below 32',
    mend: 'keep to the size of RequestUpdate',
    mutant: () => ({
      name: 'asks for too much',
      packetOut: (packet) => (isDataRequest(packet) ? packet.with(13, 0x7f) : true),
    }),
    run: async (probe) => {
      const { requests } = await download(probe, { answers: 4 });
      if (requests.length === 0) notApplicable('nothing is asked for');
      for (const { offset, length } of requests) {
        const isLast = offset + length === IMAGE_BYTES;
        const isRight = length <= MOST_TRANSFER && (length >= SMALLEST_TRANSFER || isLast);
        must(isRight, `${length} bytes are asked for, ${SMALLEST_TRANSFER} to ${MOST_TRANSFER} are allowed`);
      }
    },
  },
  {
    id: 'PLDM-FWUP-049',
    clause: 'DSP0267 §12, RequestFirmwareData',
    ...update,
    title: 'It asks for nothing beyond the image',
    why: 'the update agent refuses it',
    failure: 'a request goes more than 32 bytes beyond componentImageSize',
    mend: 'end with the image, or pad the last request up to 32 bytes',
    mutant: () => ({
      name: 'asks beyond the end',
      packetOut: (packet) => (isDataRequest(packet) ? packet.with(9, 0x7f) : true),
    }),
    run: async (probe) => {
      const { requests } = await download(probe);
      if (requests.length === 0) notApplicable('nothing is asked for');
      for (const { offset, length } of requests) {
        if (length > MOST_TRANSFER) continue;
        const isRight = offset + length <= IMAGE_BYTES + SMALLEST_TRANSFER && offset < IMAGE_BYTES;
        must(isRight, `bytes ${offset} to ${offset + length} of ${IMAGE_BYTES} are asked for`);
      }
    },
  },
  {
    id: 'PLDM-FWUP-050',
    clause: 'DSP0267 §8, FD_T1',
    ...update,
    budgetMs: 2 * IDLE_MS,
    title: 'It leaves update mode when nothing is heard for FD_T1',
    why: 'an update agent that is gone must not keep the device from being updated',
    failure: 'more than 120 s after the last command the device is not in IDLE',
    mend: 'start FD_T1, 60 to 120 s, with every command of the update agent, and go to IDLE when it ends',
    mutant: () =>
      pldmSuccess(GetStatus, (payload) =>
        payload[DATA_AT + 5] === TIMED_OUT_IN_LEARN ? payload.with(DATA_AT, learnComponents) : payload,
      ),
    run: async (probe) => {
      await learn(probe);
      await probe.wait(IDLE_MS);
      const { state, reason } = await status(probe);
      must(state === FD_STATE.idle, `${IDLE_MS / 1000} s later it is in ${STATES[state] ?? state}`);
      must(reason === TIMED_OUT_IN_LEARN, `it went to IDLE with reasonCode ${reason}, not ${TIMED_OUT_IN_LEARN}`);
    },
  },
];

/** Classification, identifier and index of nobody, in a request. */
function isStranger(request: Uint8Array, at: number): boolean {
  return u32At(request, at) === ((STRANGER.identifier << 16) | STRANGER.classification) >>> 0;
}

/** The only packet of a RequestFirmwareData, header included. */
function isDataRequest(packet: Uint8Array): boolean {
  return packet[4] === 1 && (packet[5]! & 0x80) !== 0 && packet[6] === 5 && packet[7] === 0x15;
}
