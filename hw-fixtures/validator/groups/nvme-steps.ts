/** What the checks of NVMe-MI have in common: messages with their integrity check, right or wrong, and the bench's mutants. */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { crc32c } from '../../../stack/nvme-mi/crc32c.js';
import { NVME_MI } from '../../../stack/nvme-mi/mi-protocol.js';
import { MI_STATUS } from '../../../stack/nvme-mi/mi-status.js';
import type { MctpMessage } from '../../../stack/transport.js';
import { hexNumber } from '../../../stack/util/text.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { rewriteAnswer, rewriteRequest } from '../../bench/device/rewrites.js';
import { inconclusive, notApplicable } from '../finding.js';
import type { AskOptions, Probe } from '../probe.js';
import { dataOf } from './control-steps.js';

const TYPE_WITH_IC = 0x80 | MESSAGE_TYPE.nvmeMi;
/** Byte 1 of a request of a management interface command, slot 0. */
const MI_REQUEST = 0x08;
const MIC_SIZE = 4;
/** Header and status, without the type byte. */
const ANSWER_HEADER = 7;
/** A drive may take longer than an MCTP control responder. */
const ANSWER_MS = 1000;
/** It may also say first that it needs more time: the answer itself comes on the same tag. */
const PATIENCE = {
  timeoutMs: ANSWER_MS,
  accept: ({ payload }: MctpMessage): boolean | number => {
    const waitMs = NVME_MI.moreProcessing?.waitMs(payload);
    return waitMs === undefined ? true : waitMs + ANSWER_MS;
  },
};

export const MI = { read: 0x00, subsystemHealth: 0x01, controllerHealth: 0x02, configurationGet: 0x04, vpdRead: 0x05 };

/** An answer; everything without the type byte. */
export interface MiAnswer {
  readonly payload: Uint8Array;
  readonly integrityCheck: boolean;
  readonly status: number | undefined;
  /** NMRESP, three bytes. */
  readonly response: Uint8Array;
  /** Behind NMRESP, without the integrity check. */
  readonly data: Uint8Array;
}

/** The device lists NVMe-MI among its message types. @throws Finding not applicable */
async function speaksNvmeMi(probe: Probe): Promise<void> {
  const types = await probe.facts.once('types', () => dataOf(probe, 0x05));
  if (!types.subarray(1).includes(MESSAGE_TYPE.nvmeMi)) notApplicable('the device does not speak NVMe-MI');
}

/** A request of a management interface command, its integrity check included, without the type byte. */
export function miRequest(opcode: number, nmd0 = 0, nmd1 = 0): Uint8Array {
  const payload = new Uint8Array(15 + MIC_SIZE);
  payload.set([MI_REQUEST, 0, 0, opcode]);
  const view = new DataView(payload.buffer);
  view.setUint32(7, nmd0 >>> 0, true);
  view.setUint32(11, nmd1 >>> 0, true);
  return withMic(payload);
}

/** @throws Finding inconclusive without an answer, not applicable for a device without NVMe-MI */
export async function miAsk(probe: Probe, payload: Uint8Array, options: AskOptions = {}): Promise<MiAnswer> {
  await speaksNvmeMi(probe);
  const answer = await probe.ask(MESSAGE_TYPE.nvmeMi, payload, {
    integrityCheck: true,
    ...PATIENCE,
    ...options,
  });
  return {
    payload: answer.payload,
    integrityCheck: answer.integrityCheck,
    status: answer.payload[3],
    response: answer.payload.subarray(4, ANSWER_HEADER),
    data: answer.payload.subarray(ANSWER_HEADER, Math.max(ANSWER_HEADER, answer.payload.length - MIC_SIZE)),
  };
}

/** The answer to a command which succeeds. Anything else is what another check is about. @throws Finding */
export async function miSuccess(probe: Probe, opcode: number, nmd0 = 0, nmd1 = 0): Promise<MiAnswer> {
  const answer = await miAsk(probe, miRequest(opcode, nmd0, nmd1));
  if (answer.status === MI_STATUS.invalidOpcode) notApplicable(`the device has no command ${hexNumber(opcode)}`);
  if (answer.status !== MI_STATUS.success)
    inconclusive(`the command is answered with status ${statusName(answer.status)}`);
  return answer;
}

/** Is there an answer to it? @throws Finding inconclusive, when a good request has none either */
export async function isAnswered(probe: Probe, payload: Uint8Array, options: AskOptions = {}): Promise<boolean> {
  await speaksNvmeMi(probe);
  const asked = { integrityCheck: true, ...PATIENCE, retries: 0, ...options };
  const answer = await probe.tryAsk(MESSAGE_TYPE.nvmeMi, payload, asked);
  if (answer === undefined) await miAsk(probe, miRequest(MI.read));
  return answer !== undefined;
}

export function statusName(status: number | undefined): string {
  return status === undefined ? 'none' : hexNumber(status);
}

/** What the last four bytes have to be. */
export function micOf(payload: Uint8Array): Uint8Array {
  const covered = Uint8Array.of(TYPE_WITH_IC, ...payload.subarray(0, Math.max(0, payload.length - MIC_SIZE)));
  const mic = new Uint8Array(MIC_SIZE);
  new DataView(mic.buffer).setUint32(0, crc32c(covered, 0, covered.length), true);
  return mic;
}

/** The payload with the integrity check that fits it, in place. */
export function withMic(payload: Uint8Array): Uint8Array {
  payload.set(micOf(payload), payload.length - MIC_SIZE);
  return payload;
}

/** For mutants: answers to an opcode are others, with an integrity check that fits. Undefined opcode: all. */
export function miAnswers(
  opcode: number | undefined,
  change: (payload: Uint8Array, request: Uint8Array) => Uint8Array,
): Behaviour {
  return rewriteAnswer({ type: MESSAGE_TYPE.nvmeMi }, (payload, request: MctpMessage) =>
    opcode === undefined || request.payload[3] === opcode ? withMic(change(payload, request.payload)) : payload,
  );
}

/** For mutants: a byte of the data of successes to an opcode is another. */
export function miData(
  opcode: number,
  at: number,
  change: (byte: number) => number,
  wanted: (request: Uint8Array) => boolean = () => true,
): Behaviour {
  return miAnswers(opcode, (payload, request) =>
    payload[3] === MI_STATUS.success && wanted(request)
      ? payload.with(ANSWER_HEADER + at, change(payload[ANSWER_HEADER + at]!) & 0xff)
      : payload,
  );
}

/** For mutants: another status. */
export function miStatus(opcode: number, from: number, to: number): Behaviour {
  return miAnswers(opcode, (payload) => (payload[3] === from ? payload.with(3, to) : payload));
}

/** For mutants: requests are taken as others. */
export function miRequests(change: (payload: Uint8Array) => Uint8Array): Behaviour {
  return rewriteRequest({ type: MESSAGE_TYPE.nvmeMi }, change);
}
