/** What the checks of PLDM have in common: requests as bytes, and what a terminus says it speaks. */

import { GetPLDMCommands, GetPLDMTypes, GetPLDMVersion, GetTID } from '../../../pldm/base/base-commands.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import { GetMessageTypeSupport } from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { pldmRequest, rewriteAnswer } from '../../bench/device/rewrites.js';
import type { Answer } from '../answers.js';
import type { CheckDeclaration } from '../declaration.js';
import { broken, Finding, inconclusive, must, notApplicable } from '../finding.js';
import { type AskOptions, NOT_READY, notReady, type Probe } from '../probe.js';
import { codeName } from './control-steps.js';

export const OK = COMPLETION.SUCCESS;
/** Of a PLDM answer without the message type byte. */
export const CODE_AT = 3;
export const DATA_AT = 4;
/** Of a request. */
const BODY_AT = 3;
const REQUEST = 0x80;

/** As it came. Fields are undefined where the answer is too short. */
export interface PldmAnswer extends Answer {
  /** Rq, D and the reserved bit: bits 7:5 of the first byte. */
  readonly flags: number;
  readonly instance: number;
  readonly askedInstance: number;
  /** Header version and PLDM type. */
  readonly typeByte: number | undefined;
  readonly command: number | undefined;
  readonly code: number | undefined;
  /** Behind the completion code. */
  readonly data: Uint8Array;
}

export interface PldmOptions extends AskOptions {
  /** 0..31; default the next. */
  readonly instance?: number;
  /** Bits 7:5 of the first byte; default a request. */
  readonly flags?: number;
  /** Bits 7:6 of the second byte; default 0. */
  readonly headerVersion?: number;
}

/**
 * A command of a PLDM type with any body; undefined when there is no answer. A device which is not ready is asked again.
 * @throws Finding not applicable without PLDM
 */
export async function tryPldm(
  probe: Probe,
  { pldmType, code }: PldmCommandId,
  body: ArrayLike<number> = [],
  options: PldmOptions = {},
): Promise<PldmAnswer | undefined> {
  await speaksPldm(probe);
  const ask = (): Promise<PldmAnswer | undefined> => askOnce(probe, { pldmType, code }, body, options);
  return probe.facts.whenReady(`PLDM ${pldmType} ${code}`, probe, ask);
}

async function askOnce(
  probe: Probe,
  { pldmType, code }: PldmCommandId,
  body: ArrayLike<number>,
  options: PldmOptions,
): Promise<PldmAnswer | undefined> {
  const { flags = REQUEST, headerVersion = 0 } = options;
  const payload = new Uint8Array(BODY_AT + body.length);
  payload[1] = (headerVersion << 6) | pldmType;
  payload[2] = code;
  payload.set(body, BODY_AT);
  const instance = options.instance ?? probe.facts.freshInstance(payload, probe.clock.now());
  payload[0] = flags | instance;
  const answer = await probe.tryAsk(MESSAGE_TYPE.pldm, payload, options);
  if (answer === undefined) return undefined;
  const { payload: bytes, source, integrityCheck, ms } = answer;
  return {
    payload: bytes,
    source,
    integrityCheck,
    ms,
    flags: (bytes[0] ?? 0) & 0xe0,
    instance: (bytes[0] ?? 0) & 0x1f,
    askedInstance: instance,
    typeByte: bytes[1],
    command: bytes[2],
    code: bytes[CODE_AT],
    data: bytes.subarray(DATA_AT),
  };
}

/** Which command: a declaration is one. */
export interface PldmCommandId {
  readonly pldmType: number;
  readonly code: number;
  readonly name?: string;
}

/** The same. @throws Finding inconclusive, when there is no answer, or the device stays not ready */
export async function pldm(
  probe: Probe,
  command: PldmCommandId,
  body: ArrayLike<number> = [],
  options: PldmOptions = {},
): Promise<PldmAnswer> {
  const answer = await tryPldm(probe, command, body, options);
  if (answer?.code === NOT_READY) inconclusive(notReady(nameOf(command)));
  if (answer !== undefined) return answer;
  throw new Finding('inconclusive', `the device does not answer ${nameOf(command)}`, true);
}

/** The same; when there is no answer though other commands are answered, that is broken. @throws Finding */
export async function pldmMandatory(
  probe: Probe,
  command: PldmCommandId,
  body: readonly number[] = [],
  options: PldmOptions = {},
): Promise<PldmAnswer> {
  const answer = (await tryPldm(probe, command, body, options)) ?? (await tryPldm(probe, command, body, options));
  if (answer?.code === NOT_READY) broken(notReady(nameOf(command)));
  if (answer !== undefined) return answer;
  const isTid = command.pldmType === PLDM_TYPE.base && command.code === GetTID.code;
  await pldm(probe, isTid ? GetPLDMTypes : GetTID);
  return broken(`${nameOf(command)} is not answered, other commands are`);
}

/** The data of a success. Anything else is what another check is about. @throws Finding */
export async function pldmData(
  probe: Probe,
  command: PldmCommandId,
  body: ArrayLike<number> = [],
  options: PldmOptions = {},
): Promise<Uint8Array> {
  const { code, data } = await pldm(probe, command, body, options);
  if (isUnsupported(code)) notApplicable(`the device does not support ${nameOf(command)}`);
  if (code !== OK) inconclusive(`${nameOf(command)} is answered with completion code ${codeName(code)}`);
  return data;
}

/** The code of an answer to a command, which the device need not support. @throws Finding not applicable */
export async function pldmCode(probe: Probe, command: PldmCommandId, body: ArrayLike<number> = []): Promise<number> {
  const { code } = await pldm(probe, command, body);
  if (isUnsupported(code)) notApplicable(`the device does not support ${nameOf(command)}`);
  return code ?? inconclusive(`the answer to ${nameOf(command)} has no completion code`);
}

export function isUnsupported(code: number | undefined): boolean {
  return code === COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD || code === COMPLETION.ERROR_INVALID_PLDM_TYPE;
}

export function nameOf({ name, code, pldmType }: PldmCommandId): string {
  return name ?? `command ${codeName(code)} of type ${pldmType}`;
}

/** @throws Finding not applicable */
async function speaksPldm(probe: Probe): Promise<void> {
  const speaks = await probe.facts.once('PLDM', async () => {
    const { code, data } = await probe.control(GetMessageTypeSupport.code);
    if (code !== OK) inconclusive('the device does not say which message types it speaks');
    return data.subarray(1).includes(MESSAGE_TYPE.pldm);
  });
  if (!speaks) notApplicable('the device does not speak PLDM');
}

/** Types by GetPLDMTypes. @throws Finding */
export function pldmTypes(probe: Probe): Promise<readonly number[]> {
  return probe.facts.once('PLDM types', async () => bitsOf(await pldmData(probe, GetPLDMTypes)));
}

/** @throws Finding not applicable */
export async function speaksType(probe: Probe, pldmType: number): Promise<void> {
  if (!(await pldmTypes(probe)).includes(pldmType)) notApplicable(`the device does not speak PLDM type ${pldmType}`);
}

/** The answer of GetPLDMVersion behind the completion code. @throws Finding */
export function versionData(probe: Probe, pldmType: number): Promise<Uint8Array> {
  return probe.facts.once(`PLDM versions ${pldmType}`, () => pldmData(probe, GetPLDMVersion, versionRequest(pldmType)));
}

export function versionRequest(pldmType: number): number[] {
  return [...le32(0), 1, pldmType];
}

/** Commands by GetPLDMCommands, of the first version of the type. @throws Finding */
export function pldmCommands(probe: Probe, pldmType: number): Promise<readonly number[]> {
  return probe.facts.once(`PLDM commands ${pldmType}`, async () => {
    const version = (await versionData(probe, pldmType)).subarray(5, 9);
    return bitsOf(await pldmData(probe, GetPLDMCommands, [pldmType, ...version]));
  });
}

/** @throws Finding not applicable, when it is not in the list of GetPLDMCommands */
export async function announces(probe: Probe, command: PldmCommandId): Promise<void> {
  await speaksType(probe, command.pldmType);
  const commands = await pldmCommands(probe, command.pldmType);
  if (!commands.includes(command.code)) notApplicable(`the device does not support ${nameOf(command)}`);
}

/** Numbers of the bits that are set, bit 0 of the first byte first. */
export function bitsOf(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let bit = 0; bit < 8 * bytes.length; bit++) if ((bytes[bit >> 3]! >> (bit & 7)) & 1) numbers.push(bit);
  return numbers;
}

export function le16(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

export function le32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

/** 0 beyond the end. */
export function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

export function u32At(bytes: Uint8Array, at: number): number {
  return (u16At(bytes, at) | (u16At(bytes, at + 2) << 16)) >>> 0;
}

export function requestOf({ pldmType, code }: PldmCommandId) {
  return pldmRequest(pldmType, code);
}

/** A mutant whose answers of success to a command are others: what it is given begins with the PLDM header. */
export function pldmSuccess(
  command: PldmCommandId,
  change: (payload: Uint8Array, request: Uint8Array) => Uint8Array,
): Behaviour {
  return rewriteAnswer(requestOf(command), (payload, request) =>
    payload[CODE_AT] === OK ? change(payload, request.payload) : payload,
  );
}

/** The same, of one byte of the data behind the completion code; from the end when negative. */
export function pldmSuccessByte(command: PldmCommandId, at: number, change: (byte: number) => number): Behaviour {
  return pldmSuccess(command, (payload) => {
    const offset = at < 0 ? payload.length + at : DATA_AT + at;
    if (offset < payload.length) payload[offset] = change(payload[offset]!);
    return payload;
  });
}

export type Prose = Pick<CheckDeclaration, 'id' | 'clause' | 'title' | 'why' | 'failure' | 'mend'> &
  Partial<Pick<CheckDeclaration, 'needs' | 'bench'>> &
  ({ readonly level?: 'mandatory' | 'recommended' } | { readonly level: 'conditional'; readonly condition: string });

export interface Refusal {
  readonly command: PldmCommandId;
  readonly body: readonly number[] | ((probe: Probe) => Promise<readonly number[]>);
  /** What the answer may be. */
  readonly codes: readonly number[];
  /** What the mutant answers instead; default ERROR. */
  readonly instead?: number;
  /** Which requests the mutant answers otherwise; default those with this body, or all that are answered with these codes. */
  readonly mutates?: (body: Uint8Array) => boolean;
}

/** A request that must be refused, and with which code. The command is one that the device supports. */
export function refuses(
  prose: Prose,
  { command, body, codes, instead = COMPLETION.ERROR, mutates }: Refusal,
): CheckDeclaration {
  const isMutated =
    mutates ?? ((sent: Uint8Array) => typeof body === 'function' || String([...sent]) === String([...body]));
  return {
    level: 'mandatory',
    ...prose,
    mutant: () =>
      rewriteAnswer(requestOf(command), (payload, request) =>
        codes.includes(payload[CODE_AT]!) && isMutated(request.payload.subarray(3))
          ? payload.with(CODE_AT, instead)
          : payload,
      ),
    run: async (probe) => {
      await announces(probe, command);
      const bytes = typeof body === 'function' ? await body(probe) : body;
      const { code } = await pldmMandatory(probe, command, bytes);
      const wanted = codes.map(codeName).join(' or ');
      must(codes.includes(code!), `${nameOf(command)} is answered with ${codeName(code)}, not with ${wanted}`);
    },
  } as CheckDeclaration;
}
