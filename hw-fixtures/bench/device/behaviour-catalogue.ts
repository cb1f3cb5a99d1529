/** Behaviours by name, as descriptions and command lines call them: `silent`, `lateReply(400, 1)`. */

import { MctpError } from '../../../stack/errors.js';
import { didYouMean } from '../description/did-you-mean.js';
import type { Behaviour } from './behaviour.js';
import {
  answerTwice,
  dropPacket,
  holdData,
  ignoreSetEid,
  lateReply,
  loseArbitration,
  lyingLength,
  minGap,
  nackByte,
  nackFirst,
  nilUuid,
  noOptionalCommands,
  resetAfter,
  resetMidMessage,
  silent,
  slow,
  stretch,
  truncatedTypeList,
  wrongEid,
} from './behaviours.js';
import {
  brokenEvents,
  cutNvmeMi,
  floodEvents,
  hotDrive,
  loseEvents,
  lowSpare,
  neverReady,
  readOnlyDrive,
  repeatEvents,
  wornDrive,
  wrongMic,
  wrongSlot,
} from './drive-behaviours.js';
import {
  ANY_COMMAND,
  cutAnswer,
  ignoreCommand,
  ignorePldm,
  ignoreUnrouted,
  illegalEid,
  notifyFlood,
  nulVersion,
  wrongCommand,
  wrongInstance,
} from './faulty-answers.js';

export type ParameterValue = number | boolean;

export interface Parameter {
  readonly name: string;
  readonly default: ParameterValue;
  /** Of a number. */
  readonly least?: number;
  readonly most?: number;
  readonly fraction?: boolean;
}

export interface BehaviourKind {
  /** One sentence for lists. */
  readonly what: string;
  readonly parameters: readonly Parameter[];
  /** A fresh one, with a value for every parameter. */
  make(values: readonly ParameterValue[]): Behaviour;
}

const LONGEST_MS = 3_600_000;
const ms = (value: number): Parameter => ({ name: 'ms', default: value, least: 0, most: LONGEST_MS, fraction: true });
/** A line of a bus: nobody waits longer for it. */
const busMs = (value: number): Parameter => ({ name: 'ms', default: value, least: 0, most: 10_000, fraction: true });
const whole = (name: string, value: number, least: number, most = 1_000_000): Parameter => ({
  name,
  default: value,
  least,
  most,
});
const num = (value: ParameterValue | undefined): number => Number(value);

/** Which control command; 256: any. */
const command = whole('command', ANY_COMMAND, 0, ANY_COMMAND);

function plain(what: string, make: () => Behaviour): BehaviourKind {
  return { what, parameters: [], make };
}

function tuned(
  what: string,
  parameters: readonly Parameter[],
  make: (values: readonly ParameterValue[]) => Behaviour,
): BehaviourKind {
  return { what, parameters, make };
}

const KINDS: ReadonlyMap<string, BehaviourKind> = new Map(
  Object.entries({
    silent: plain('acknowledges on the bus and never answers', silent),
    nackFirst: tuned('does not acknowledge the first writes', [whole('count', 1, 1)], ([count]) =>
      nackFirst(num(count)),
    ),
    nackByte: tuned(
      'I2C: does not acknowledge a byte behind the address',
      [whole('byte', 3, 1, 1000), whole('count', 1, 1, 65_535)],
      ([byte, count]) => nackByte(num(byte), num(count)),
    ),
    stretch: tuned('I2C: holds the clock low', [busMs(20), whole('count', 1, 1, 65_535)], ([time, count]) =>
      stretch(num(time), num(count)),
    ),
    holdData: tuned('I2C: holds the data line low', [busMs(20), whole('count', 1, 1, 65_535)], ([time, count]) =>
      holdData(num(time), num(count)),
    ),
    loseArbitration: tuned(
      'I2C: loses the bus to another controller when it writes',
      [whole('count', 1, 1, 65_535)],
      ([count]) => loseArbitration(num(count)),
    ),
    lateReply: tuned('answers too late, the first count times or (0) always', [ms(400), whole('count', 0, 0)], (v) =>
      lateReply(num(v[0]), num(v[1])),
    ),
    slow: tuned('takes its time for every request, one after the other', [ms(90)], (v) => slow(num(v[0]))),
    minGap: tuned('loses requests that come too soon after an answer', [ms(10)], (v) => minGap(num(v[0]))),
    answerTwice: plain('gives every answer twice', answerTwice),
    dropPacket: tuned(
      'loses a packet that it sends, once or each time',
      [whole('index', 1, 1), { name: 'every', default: false }],
      ([index, every]) => dropPacket(num(index), every === true),
    ),
    resetAfter: tuned('restarts after so many requests', [whole('count', 1, 0)], (v) => resetAfter(num(v[0]))),
    resetMidMessage: tuned('restarts after the first packet of a longer answer', [whole('count', 1, 1)], (v) =>
      resetMidMessage(num(v[0])),
    ),
    lyingLength: tuned('announces frames longer than they are', [whole('by', 1, -200, 200)], (v) =>
      lyingLength(num(v[0])),
    ),
    truncatedTypeList: plain('cuts its list of message types off', truncatedTypeList),
    wrongEid: tuned('takes another EID than it is given', [whole('by', 1, -200, 200)], (v) => wrongEid(num(v[0]))),
    ignoreSetEid: plain('says that it took the EID, and did not', ignoreSetEid),
    nilUuid: plain('has a UUID of zeros', nilUuid),
    noOptionalCommands: plain('has only the mandatory control commands', noOptionalCommands),
    ignoreCommand: tuned('never answers one control command', [whole('command', 3, 0, 255)], ([command]) =>
      ignoreCommand(num(command)),
    ),
    ignoreUnrouted: tuned(
      'does not answer one control command while it has no EID',
      [whole('command', 3, 0, 255)],
      ([command]) => ignoreUnrouted(num(command)),
    ),
    ignorePldm: tuned(
      'never answers one PLDM command',
      [whole('type', 2, 0, 63), whole('command', 0x51, 0, 255)],
      ([type, command]) => ignorePldm(num(type), num(command)),
    ),
    cutAnswer: tuned(
      'ends its answers to a control command too early',
      [whole('by', 1, 1, 255), command],
      ([by, which]) => cutAnswer(num(by), num(which)),
    ),
    wrongCommand: tuned('names another command in its answers to a control command', [command], ([which]) =>
      wrongCommand(num(which)),
    ),
    wrongInstance: tuned('answers a control command with another instance ID', [command], ([which]) =>
      wrongInstance(num(which)),
    ),
    illegalEid: tuned('says that it has an EID which no endpoint can have', [whole('eid', 3, 0, 255)], ([eid]) =>
      illegalEid(num(eid)),
    ),
    nulVersion: plain('ends the version of its firmware with a NUL', nulVersion),
    notifyFlood: tuned('asks to be discovered again and again', [whole('count', 1000, 1)], ([count]) =>
      notifyFlood(num(count)),
    ),
    hotDrive: tuned(
      'NVMe drive: is hot, from so many seconds after its start on',
      [whole('celsius', 85, -60, 126), whole('after', 0, 0)],
      ([celsius, after]) => hotDrive(num(celsius), num(after)),
    ),
    wornDrive: tuned('NVMe drive: has used so many percent of its life', [whole('used', 104, 0, 255)], ([used]) =>
      wornDrive(num(used)),
    ),
    readOnlyDrive: plain('NVMe drive: cannot be written any more', readOnlyDrive),
    lowSpare: tuned('NVMe drive: has so many percent of its spare left', [whole('spare', 5, 0, 100)], ([spare]) =>
      lowSpare(num(spare)),
    ),
    wrongMic: tuned(
      'NVMe drive: a wrong integrity check in the first count answers or (0) in all',
      [whole('count', 0, 0)],
      (v) => wrongMic(num(v[0])),
    ),
    neverReady: tuned('NVMe drive: asks for more time, again and again', [{ ...ms(1000), least: 100 }], (v) =>
      neverReady(num(v[0])),
    ),
    wrongSlot: plain('NVMe drive: mixes the command slots up', wrongSlot),
    loseEvents: tuned(
      'NVMe drive: the first count messages with its events are lost or (0) all',
      [whole('count', 1, 0)],
      ([count]) => loseEvents(num(count)),
    ),
    repeatEvents: tuned('NVMe drive: sends its events so often more', [whole('times', 3, 1, 100)], ([times]) =>
      repeatEvents(num(times)),
    ),
    floodEvents: tuned('NVMe drive: sends events without end', [{ ...ms(10), least: 1 }], (v) =>
      floodEvents(num(v[0])),
    ),
    brokenEvents: plain('NVMe drive: sends events whose lengths are wrong', brokenEvents),
    cutNvmeMi: tuned('NVMe drive: ends its answers too early', [whole('by', 4, 1, 4096)], ([by]) => cutNvmeMi(num(by))),
  }),
);

export function behaviourKinds(): ReadonlyMap<string, BehaviourKind> {
  return KINDS;
}

/** `lateReply(400, 1)`: name and values in order; those left out have their defaults. @throws MctpError EUSAGE */
export function parseBehaviour(text: string): Behaviour {
  const match = /^\s*(\w+)\s*(?:\(([^()]*)\))?\s*$/.exec(text);
  if (match === null) throw new MctpError('EUSAGE', `"${text}" is not a behaviour: write silent, or lateReply(400)`);
  const values = (match[2] ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value, _index, all) => value !== '' || all.length > 1)
    .map(parseValue);
  const name = match[1]!;
  const { parameters } = kindOf(name);
  if (values.length > parameters.length) {
    const takes = parameters.map((parameter) => parameter.name).join(', ') || 'no values';
    throw new MctpError('EUSAGE', `${text}: too many values: ${name} takes ${takes}`);
  }
  return makeBehaviour(name, Object.fromEntries(values.map((value, index) => [parameters[index]!.name, value])));
}

/** A fresh behaviour with values by parameter name. @throws MctpError EUSAGE */
export function makeBehaviour(name: string, values: Readonly<Record<string, unknown>> = {}): Behaviour {
  const kind = kindOf(name);
  const known = kind.parameters.map((parameter) => parameter.name);
  for (const key of Object.keys(values)) {
    if (known.includes(key)) continue;
    throw new MctpError(
      'EUSAGE',
      `${name} has no "${key}": ${known.length === 0 ? 'it takes no values' : known.join(', ')}`,
    );
  }
  return kind.make(kind.parameters.map((parameter) => checked(name, parameter, values[parameter.name])));
}

function kindOf(name: string): BehaviourKind {
  const kind = KINDS.get(name);
  if (kind !== undefined) return kind;
  throw new MctpError('EUSAGE', `unknown behaviour "${name}": ${didYouMean(name, [...KINDS.keys()])}`);
}

function parseValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function checked(behaviour: string, parameter: Parameter, value: unknown): ParameterValue {
  if (value === undefined) return parameter.default;
  if (typeof parameter.default === 'boolean') {
    if (typeof value === 'boolean') return value;
    throw new MctpError('EUSAGE', `${behaviour}: ${parameter.name} is true or false, not ${String(value)}`);
  }
  const { least = 0, most = Number.MAX_SAFE_INTEGER, fraction = false } = parameter;
  const fits = typeof value === 'number' && value >= least && value <= most && (fraction || Number.isInteger(value));
  if (fits) return value;
  throw new MctpError(
    'EUSAGE',
    `${behaviour}: ${parameter.name} is a number from ${least} to ${most}, not ${String(value)}`,
  );
}
