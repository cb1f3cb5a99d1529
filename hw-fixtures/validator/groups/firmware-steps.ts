/** What the checks of firmware update do: read the inventory, walk through the states, serve an image. */

import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import { FD_STATE, FWUP_CODES } from '../../../pldm/firmware/firmware-enums.js';
import { GetFirmwareParameters, QueryDeviceIdentifiers } from '../../../pldm/firmware/inventory-commands.js';
import {
  ApplyComplete,
  CancelUpdate,
  CancelUpdateComponent,
  GetStatus,
  PassComponentTable,
  RequestFirmwareData,
  RequestUpdate,
  TransferComplete,
  UpdateComponent,
  VerifyComplete,
} from '../../../pldm/firmware/update-commands.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { inconclusive, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import { CODE_AT, DATA_AT, le16, le32, OK, pldm, pldmData, speaksType, u16At, u32At } from './pldm-steps.js';

const FIRMWARE = PLDM_TYPE.firmwareUpdate;
const VERSION = [...'9.9.9'].map((character) => character.charCodeAt(0));
const ASCII = 1;
export const MOST_TRANSFER = 512;
/** Bytes of an image that nobody makes. */
export const IMAGE_BYTES = 4096;
/** Between looks, and for more requests after the first. */
const DOWNLOAD_MS = 500;
/** Between looks at what the device has said. */
const LOOK_MS = 200;
/** For a state to end. */
const STATE_MS = 30_000;
/** An erase may come before the first request. */
const FIRST_REQUEST_MS = 10_000;
const ENTRY_BYTES = 39;
const PARAMETERS_AT = 10;

export interface Descriptor {
  readonly type: number;
  readonly length: number;
}

export interface Identifiers {
  /** deviceIdentifiersLength, and the bytes which come. */
  readonly says: number;
  readonly has: number;
  readonly count: number;
  readonly descriptors: readonly Descriptor[];
  /** Bytes that are not a whole descriptor. */
  readonly left: number;
}

/** @throws Finding */
export async function identifiers(probe: Probe): Promise<Identifiers> {
  await speaksType(probe, FIRMWARE);
  const data = await pldmData(probe, QueryDeviceIdentifiers);
  if (data.length < 5) return inconclusive(`the identifiers have ${data.length} bytes`);
  const descriptors: Descriptor[] = [];
  let at = 5;
  while (at + 4 <= data.length && at + 4 + u16At(data, at + 2) <= data.length) {
    descriptors.push({ type: u16At(data, at), length: u16At(data, at + 2) });
    at += 4 + u16At(data, at + 2);
  }
  const [says, has] = [u32At(data, 0), data.length - 5];
  return { says, has, count: data[4]!, descriptors, left: data.length - at };
}

export interface Component {
  readonly classification: number;
  readonly identifier: number;
  readonly index: number;
  readonly active: VersionText;
  readonly pending: VersionText;
  readonly date: Uint8Array;
  readonly methods: number;
}

export interface VersionText {
  readonly type: number;
  readonly length: number;
}

export interface Parameters {
  readonly count: number;
  readonly active: VersionText;
  readonly pending: VersionText;
  readonly components: readonly Component[];
  /** Bytes behind the last component; negative: some are missing. */
  readonly left: number;
}

/** @throws Finding */
export async function parameters(probe: Probe): Promise<Parameters> {
  await speaksType(probe, FIRMWARE);
  const data = await pldmData(probe, GetFirmwareParameters);
  if (data.length < PARAMETERS_AT) return inconclusive(`the parameters have ${data.length} bytes`);
  const count = u16At(data, 4);
  const version = (at: number): VersionText => ({ type: data[at] ?? 0, length: data[at + 1] ?? 0 });
  const [active, pending] = [version(6), version(8)];
  let at = PARAMETERS_AT + active.length + pending.length;
  const components: Component[] = [];
  while (components.length < count && at + ENTRY_BYTES <= data.length) {
    const [now, next] = [version(at + 9), version(at + 23)];
    components.push({
      classification: u16At(data, at),
      identifier: u16At(data, at + 2),
      index: data[at + 4]!,
      active: now,
      pending: next,
      date: data.subarray(at + 11, at + 19),
      methods: u16At(data, at + 33),
    });
    at += ENTRY_BYTES + now.length + next.length;
  }
  const left = components.length < count ? -1 : data.length - at;
  return { count, active, pending, components, left };
}

export const requestUpdateBody = (most = MOST_TRANSFER, outstanding = 1): number[] => [
  ...[...le32(most), ...le16(1), outstanding, ...le16(0)],
  ...[ASCII, VERSION.length, ...VERSION],
];

type ComponentId = Pick<Component, 'classification' | 'identifier' | 'index'>;
/** Of no device. */
export const STRANGER: ComponentId = { classification: 0x0a, identifier: 0xfade, index: 0xee };
const idOf = ({ classification, identifier, index }: ComponentId): number[] => [
  ...le16(classification),
  ...le16(identifier),
  index,
];
/** Higher than every other one. */
const STAMP = 0xfffffffe;

export const tableBody = (component: ComponentId): number[] => [
  ...[5, ...idOf(component), ...le32(STAMP)],
  ...[ASCII, VERSION.length, ...VERSION],
];
export const updateBody = (component: ComponentId, size = IMAGE_BYTES): number[] => [
  ...[...idOf(component), ...le32(STAMP), ...le32(size), ...le32(0)],
  ...[ASCII, VERSION.length, ...VERSION],
];

export interface Status {
  readonly state: number;
  readonly aux: number;
  readonly progress: number;
  readonly reason: number;
  readonly length: number;
}

/** @throws Finding */
export async function status(probe: Probe): Promise<Status> {
  await speaksType(probe, FIRMWARE);
  const data = await pldmData(probe, GetStatus);
  const [state = 0xff, , aux = 0xff, , progress = 0xff, reason = 0xff] = data;
  return { state, aux, progress, reason, length: data.length };
}

/** From IDLE to LEARN COMPONENTS; the update is cancelled when the check is over. @throws Finding */
export async function learn(probe: Probe): Promise<void> {
  const { state } = await status(probe);
  if (state !== FD_STATE.idle) notApplicable('an update is under way, which is not ours');
  probe.restore(async () => {
    await pldm(probe, CancelUpdate);
  });
  const { code } = await pldm(probe, RequestUpdate, requestUpdateBody());
  const isRefused = code === FWUP_CODES.UNABLE_TO_INITIATE_UPDATE || code === FWUP_CODES.RETRY_REQUEST_UPDATE;
  if (isRefused) notApplicable(`the device is not ready for an update now: ${codeName(code)}`);
  if (code !== OK) inconclusive(`RequestUpdate is answered with completion code ${codeName(code)}`);
}

/** To READY XFER, with the first component of the device in the table. @throws Finding */
export async function ready(probe: Probe): Promise<Component> {
  const [component] = (await parameters(probe)).components;
  if (component === undefined) return notApplicable('the device has no component');
  await learn(probe);
  const data = await pldmData(probe, PassComponentTable, tableBody(component));
  return data.length >= 2 ? component : inconclusive('the answer to PassComponentTable is too short');
}

export interface DataRequest {
  readonly offset: number;
  readonly length: number;
  /** Of the clock; ms. */
  readonly at: number;
}

/** How far a device is led: what it says at the end of a state is answered, or not, so that it stays there. */
export interface Serving {
  /** Requests for data which are answered; default all. */
  readonly answers?: number;
  /** VerifyComplete and ApplyComplete are answered; default neither. */
  readonly beyond?: 'verify' | 'apply';
}

export interface Served {
  readonly requests: readonly DataRequest[];
  /** transferResult, verifyResult and applyResult, when they came; by the code of the command. */
  readonly results: ReadonlyMap<number, number>;
}

/** To DOWNLOAD, and on from there by itself. @throws Finding */
export async function download(probe: Probe, serving: Serving = {}): Promise<Served> {
  const component = await ready(probe);
  const served = serve(probe, serving);
  const data = await pldmData(probe, UpdateComponent, updateBody(component));
  if (data[0] !== 0) notApplicable(`the device does not take the component: ${codeName(data[1])}`);
  for (let waited = 0; waited < FIRST_REQUEST_MS && served.requests.length === 0; waited += DOWNLOAD_MS) {
    await probe.wait(DOWNLOAD_MS);
  }
  await probe.wait(DOWNLOAD_MS);
  return served;
}

/** Answers what the device asks during an update, until the check is over. */
function serve(probe: Probe, { answers = Number.POSITIVE_INFINITY, beyond }: Serving): Served {
  const requests: DataRequest[] = [];
  const results = new Map<number, number>();
  const answered = new Set<number>([
    TransferComplete.code,
    ...(beyond === undefined ? [] : [VerifyComplete.code]),
    ...(beyond === 'apply' ? [ApplyComplete.code] : []),
  ]);
  const socket = probe.device.transport.socket();
  probe.restore(async () => socket.close());
  socket.bind({ type: MESSAGE_TYPE.pldm });
  socket.onMessage((message) => {
    const { payload } = message;
    if ((payload[0]! & 0x80) === 0 || payload[1] !== FIRMWARE) return;
    const code = payload[2]!;
    const header = [payload[0]! & 0x1f, FIRMWARE, code, OK];
    // What becomes of an answer is between us and the wire: the device asks again.
    const reply = (bytes: readonly number[]): void =>
      void socket.reply(message, Uint8Array.from(bytes)).catch(() => {});
    if (code === RequestFirmwareData.code && requests.length < 4 * IMAGE_BYTES) {
      const request = { offset: u32At(payload, 3), length: u32At(payload, 7), at: probe.clock.now() };
      requests.push(request);
      const isFair = request.length <= MOST_TRANSFER && requests.length <= answers;
      if (isFair) reply([...header, ...new Uint8Array(request.length)]);
    } else if (ENDS.has(code)) {
      results.set(code, payload[3] ?? 0xff);
      if (answered.has(code)) reply(header);
    }
  });
  return { requests, results };
}

/** What a device says at the end of DOWNLOAD, VERIFY and APPLY. */
const ENDS = new Set<number>([TransferComplete.code, VerifyComplete.code, ApplyComplete.code]);

/** Wait until the device has said how a state ended; undefined when it does not for so long. @throws Finding */
export async function ended(
  probe: Probe,
  { results }: Served,
  { code }: { readonly code: number },
  ms = STATE_MS,
): Promise<number | undefined> {
  for (let waited = 0; waited < ms && results.get(code) === undefined; waited += LOOK_MS) await probe.wait(LOOK_MS);
  return results.get(code);
}

/** To the end of DOWNLOAD: an image of zeros, which no device takes in earnest. @throws Finding */
export async function transferred(probe: Probe, beyond?: Serving['beyond']): Promise<Served> {
  const served = await download(probe, beyond === undefined ? {} : { beyond });
  if ((await ended(probe, served, TransferComplete)) !== 0) notApplicable('the device does not take the image');
  return served;
}

/** To VERIFY. @throws Finding */
export async function verifying(probe: Probe): Promise<void> {
  await transferred(probe);
  const { state } = await status(probe);
  if (state !== FD_STATE.verify) notApplicable('the device verifies faster than it can be asked');
}

/** To the end of VERIFY, which is answered: from here on the device applies the image. @throws Finding */
export async function verified(probe: Probe, beyond: 'verify' | 'apply' = 'verify'): Promise<Served> {
  const served = await transferred(probe, beyond);
  if ((await ended(probe, served, VerifyComplete)) !== 0) notApplicable('the device does not verify the image');
  await probe.wait(LOOK_MS);
  return served;
}

/** To APPLY. @throws Finding */
export async function applying(probe: Probe): Promise<void> {
  await verified(probe);
  const { state } = await status(probe);
  if (state !== FD_STATE.apply) notApplicable('the device applies faster than it can be asked');
}

/** A mutant which knows the state of the device by what it answers. The copy that `change` is given may be changed. */
export function inState(
  wanted: number,
  code: number,
  change: (payload: Uint8Array, request: Uint8Array) => Uint8Array,
): Behaviour {
  let state: number = FD_STATE.idle;
  return {
    name: 'differs in a state of an update',
    answer: (answer, { type, payload: request }) => {
      if (type !== MESSAGE_TYPE.pldm || request[1] !== FIRMWARE) return answer;
      const before = state;
      const payload = answer.payload.slice();
      state = nextState(state, request, payload);
      // Its own answers to GetStatus show the state that it is in.
      const at = request[2] === GetStatus.code ? state : before;
      return request[2] === code && at === wanted ? { ...answer, payload: change(payload, request) } : answer;
    },
  };
}

/** A mutant which says another state than `wanted` for a while after `leading`, the command that leads there. */
export function saysState(wanted: number, leading: number, said: number): Behaviour {
  let last = 0;
  let at = 0;
  return {
    name: 'says another state of an update',
    answer: (answer, { type, payload: request }, { clock }) => {
      if (type !== MESSAGE_TYPE.pldm || request[1] !== FIRMWARE) return answer;
      const isLie =
        request[2] === GetStatus.code &&
        last === leading &&
        clock.now() - at < LIE_MS &&
        answer.payload[DATA_AT] === wanted;
      if (request[2] !== GetStatus.code) [last, at] = [request[2]!, clock.now()];
      return isLie ? { ...answer, payload: answer.payload.slice().with(DATA_AT, said) } : answer;
    },
  };
}

const LIE_MS = 20_000;

function nextState(state: number, request: Uint8Array, answer: Uint8Array): number {
  if (answer[CODE_AT] !== OK) return state;
  switch (request[2]) {
    case RequestUpdate.code:
      return FD_STATE.learnComponents;
    case PassComponentTable.code:
      return request[3] === 5 ? FD_STATE.readyXfer : state;
    case UpdateComponent.code:
      return answer[DATA_AT] === 0 ? FD_STATE.download : state;
    case CancelUpdateComponent.code:
      return FD_STATE.readyXfer;
    case CancelUpdate.code:
      return FD_STATE.idle;
    case GetStatus.code:
      return answer[DATA_AT] ?? state;
    default:
      return state;
  }
}

/** The code of an answer alone. */
export function onlyCode(code: number): (payload: Uint8Array) => Uint8Array {
  return (payload) => payload.slice(0, DATA_AT).with(CODE_AT, code);
}
