/** The verb `pldm`: a terminus at a glance, one type of it, or any command. */

import { PLDM_TYPE } from '../../pldm/base/pldm-types.js';
import { EXIT, printable, refusal, usageError } from '../command-error.js';
import type { Fields } from '../decode/named-fields.js';
import { pldmTypeWord } from '../decode/pldm-names.js';
import type { Io } from '../io.js';
import { onlyFor } from '../option-actions.js';
import type { PldmAnswer } from '../pldm/answer.js';
import { type CallContext, callCommand } from '../pldm/call.js';
import { specialCommand } from '../pldm/composite-commands.js';
import { findPldmCommand, findPldmType } from '../pldm/find-command.js';
import { meaningOf } from '../pldm/interpret-raw.js';
import { jsonText, openPldm, PLDM_OPTIONS, type Pldm, sayOf } from '../pldm/open-termini.js';
import { overview, typeOverview } from '../pldm/overview.js';
import { rawMessage } from '../pldm/raw.js';
import { setEffecter } from '../pldm/set-effecter.js';
import { defineVerb, flag } from '../verb.js';

const DEFAULT_TIMEOUT_MS = 2000;
const DEFAULT_RETRIES = 2;

/** A command of a type. */
const COMMAND = 'ADDRESS TYPE COMMAND';

export const pldm = defineVerb({
  name: 'pldm',
  summary: 'ask a PLDM terminus: what it is, or any command of base, platform, fru, bios and others',
  description:
    'Types and commands by name in any case, or by number; fields as name=value or, in the order of the ' +
    'standard, as bare values. Without a command: an overview of the type; without a type: an overview of the ' +
    'terminus. "set" sets an effecter by its name, "raw" sends bytes.',
  arguments: [
    { name: 'address', summary: 'EID, NET:EID, uuid:..., or a place such as i2c:1/0x1d', required: true, many: false },
    {
      name: 'type',
      summary: 'base, platform, bios, fru, firmwareUpdate, fileTransfer; set; raw',
      required: false,
      many: false,
    },
    { name: 'command', summary: 'e.g. GetTID, GetSensorReading', required: false, many: false },
    { name: 'field=value', summary: 'of the request', required: false, many: true },
  ],
  options: {
    ...PLDM_OPTIONS,
    raw: onlyFor(
      [COMMAND],
      flag('--raw', 'only what the message says: no PDRs are read for names and units, no transfers put together'),
    ),
  },
  examples: [
    ['mctpkit pldm 9', 'at a glance'],
    ['mctpkit pldm 9 base GetPLDMVersion', 'of every type'],
    ['mctpkit pldm 9 platform GetSensorReading sensorId=1', ''],
    ['mctpkit pldm bench:serial0 platform SetStateEffecterStates 21 stateField=requestSet:2', ''],
    ['mctpkit pldm bench:serial0 set "Fan target" 6000', 'by name, in its unit'],
    ['mctpkit pldm 9 fru GetFRURecordByOption recordSetIdentifier=1', ''],
    ['mctpkit pldm bench:serial0 bios SetBIOSAttributeCurrentValue FanMode=Quiet', ''],
    ['mctpkit pldm 9 raw 80 00 04', 'GetPLDMTypes, by hand'],
  ],
  does: ([, type, command]) => {
    const word = [type, command].map((written) => written?.toLowerCase()).find((one) => one === 'raw' || one === 'set');
    return [word ?? (command === undefined ? 'ADDRESS' : COMMAND)];
  },
  async run({ args, options, world }) {
    const { io, signal } = world;
    const [address, ...words] = args;
    const work = workFor(words, options.raw);
    io.progress('looking for it ...');
    const opened = await openPldm([address!], options, world);
    try {
      const { target } = opened.peers[0]!;
      io.progress(`asking ${target.name} ...`);
      const patience = {
        timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
        retries: options.retries ?? DEFAULT_RETRIES,
        signal,
      };
      const answer = await work(opened, io, patience);
      io.progress('');
      if (options.json) io.print(jsonText({ target: target.name, ...answer.json }, 2));
      else for (const line of answer.lines) io.print(line);
      return answer.refused ? EXIT.refused : EXIT.done;
    } catch (error) {
      throw unnamed(error, opened);
    } finally {
      await opened.close();
    }
  },
});

type Patience = Parameters<typeof rawMessage>[2];
type Work = (pldm: Pldm, io: Io, patience: Patience) => Promise<PldmAnswer>;

/** What is asked for, checked before anything is opened. @throws CommandError (usage) */
function workFor(words: readonly string[], raw: boolean): Work {
  const [first, second, ...fields] = words;
  if (first === undefined) return ({ peers }, io) => overview(peers[0]!, io.colours);
  const rest = words.slice(1);
  if (first.toLowerCase() === 'raw') {
    if (rest.length === 0)
      throw usageError('raw needs the bytes of a PLDM message from its header on: write raw 80 00 04');
    return (opened, _io, patience) => rawMessage(opened, rest, patience);
  }
  if (first.toLowerCase() === 'set') return ({ peers }) => setEffecter(peers[0]!.terminus, rest);
  const pldmType = findPldmType(first);
  if (second === undefined) return ({ peers }, io) => typeOverview(peers[0]!, pldmType, io.colours);
  if (pldmType === PLDM_TYPE.platform && second.toLowerCase() === 'set') {
    return ({ peers }) => setEffecter(peers[0]!.terminus, fields);
  }
  const command = findPldmCommand(pldmType, second);
  return async ({ session, peers }, io) => {
    const { terminus } = peers[0]!;
    const context: CallContext = { terminus, clock: session.clock, ownEid: session.ownEid };
    if (!raw) {
      const special = await specialCommand(command, fields, context, io.colours);
      if (special !== undefined) {
        const head = { pldmType, type: pldmTypeWord(pldmType), command: command.name };
        return { ...special, json: { ...head, ...special.json } };
      }
    }
    const answer = await callCommand(command, fields, context);
    if (raw || answer.refused) return answer;
    const { request, response } = answer.json as { readonly request: Fields; readonly response: Fields };
    const meaning = await meaningOf(command, request, response, terminus);
    if (meaning === undefined) return answer;
    const lines = Object.entries(meaning.values).map(
      ([name, text]) =>
        `  ${printable(name === meaning.name ? `${name} = ${text}` : `${meaning.name}: ${name} = ${text}`)}`,
    );
    return { json: { ...answer.json, meaning }, lines: [...answer.lines, ...lines] };
  };
}

/** A device's fault names the device. */
function unnamed(error: unknown, { peers }: Pldm): unknown {
  const { target } = peers[0]!;
  const text = error instanceof Error ? error.message : '';
  const code = (error as { code?: unknown }).code;
  const theirs = ['EBADMSG', 'ECOMPLETION', 'ETIMEDOUT'].includes(String(code));
  return theirs && !text.startsWith('mctpkit') ? refusal(sayOf(target, text), error) : error;
}
