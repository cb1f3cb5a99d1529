/** Any declared command, called with its fields, and its answer explained. */

import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import { completionCodeName } from '../../pldm/base/pldm-protocol.js';
import { GetNumericEffecterValue } from '../../pldm/platform/effecter-commands.js';
import { GetSensorHysteresis, GetSensorThresholds } from '../../pldm/platform/sensor-commands.js';
import type { Terminus } from '../../pldm/terminus/terminus.js';
import type { Clock } from '../../stack/clock.js';
import { toJson, toText } from '../../stack/codec/index.js';
import { hexNumber } from '../../stack/util/text.js';
import { printable } from '../command-error.js';
import { missingField } from '../control/command-words.js';
import type { Fields } from '../decode/named-fields.js';
import { contentOf } from '../decode/pldm-content.js';
import { withDerived } from '../decode/pldm-derived.js';
import type { PldmAnswer } from './answer.js';
import { fieldWords } from './field-notes.js';
import { withIds } from './named-ids.js';
import { requestFields } from './request-words.js';

export interface CallContext {
  readonly terminus: Terminus;
  readonly clock: Clock;
  readonly ownEid: number;
}

/** @throws CommandError (usage), MctpError */
export async function callCommand(
  command: AnyPldmCommand,
  given: readonly string[],
  context: CallContext,
): Promise<PldmAnswer> {
  const { terminus, clock } = context;
  const words = await withIds(command, given, terminus);
  const known = await knownFields(command, words, context);
  const fields = requestFields(command, words, known);
  const start = clock.now();
  const answer = await terminus.exchange(command, fields as never).catch((error: unknown) => {
    throw missingField(command, error);
  });
  const timeMs = Math.round((clock.now() - start) * 1000) / 1000;
  const { completionCode } = answer;
  const name = completionCodeName(command, completionCode);
  const request = toJson(command.request, fields) as Fields;
  const head = { pldmType: command.pldmType, command: command.name, code: command.code, request };
  const title = `${command.name}: ${name}${completionCode === 0 ? '' : ` (${hexNumber(completionCode)})`}, ${timeMs} ms`;
  if (!command.response.isSuccess(completionCode)) {
    const response = { completionCode, completionCodeName: name };
    return { json: { ...head, response, timeMs }, lines: [title], refused: true };
  }
  const response = { ...withDerived(toJson(command.response, answer) as Fields), completionCode };
  const text = toText(command.result, answer);
  const content = contentOf(command.pldmType, command.code, response);
  const more = [...fieldWords(command, request, response), ...(content?.text ?? [])];
  return {
    json: { ...head, response, ...(content === undefined ? {} : { [content.name]: content.fields }), timeMs },
    lines: [title, ...(text === '' ? [] : text.split('\n')), ...more].map((line, index) =>
      index === 0 ? line : `  ${printable(line)}`,
    ),
  };
}

/** Values a terminus tells itself: the newest version of a type, the size of an effecter's value, limits as they are. */
async function knownFields(
  command: AnyPldmCommand,
  words: readonly string[],
  { terminus, ownEid }: CallContext,
): Promise<Readonly<Record<string, string>>> {
  const given = (name: string): string | undefined =>
    words.find((word) => word.toLowerCase().startsWith(`${name.toLowerCase()}=`))?.slice(name.length + 1);
  const bare = words.find((word) => !word.includes('='));
  const names = command.request.docs().map(({ name }) => name);
  const known: Record<string, string> = {};
  if (names.includes('eventReceiverAddressInfo')) known.eventReceiverAddressInfo = String(ownEid);
  if (names.includes('version') && given('version') === undefined) {
    const type = Number(given('pldmType') ?? bare);
    if (Number.isInteger(type)) known.version = (await terminus.versions(type)).at(-1) ?? '';
  }
  const question = presentOf(command);
  const id = question === undefined ? Number.NaN : Number(given(question.id) ?? bare);
  if (question === undefined || !Number.isInteger(id)) return known;
  for (const [name, value] of Object.entries(await question.ask(terminus, id))) {
    if (names.includes(name) && given(name) === undefined) known[name] = String(value);
  }
  return known;
}

interface PresentFields {
  readonly id: string;
  /** What is there now: sizes, and limits that stay as they are where nothing is said of them. */
  readonly ask: (terminus: Terminus, id: number) => Promise<Readonly<Record<string, unknown>>>;
}

function presentOf({ name }: AnyPldmCommand): PresentFields | undefined {
  switch (name) {
    case 'SetNumericEffecterValue':
      return {
        id: 'effecterId',
        ask: (terminus, effecterId) => terminus.call(GetNumericEffecterValue, { effecterId }),
      };
    case 'SetSensorThresholds':
      return { id: 'sensorId', ask: (terminus, sensorId) => terminus.call(GetSensorThresholds, { sensorId }) };
    case 'SetSensorHysteresis':
      return {
        id: 'sensorId',
        ask: async (terminus, sensorId) => {
          const { sensorDataSize } = await terminus.call(GetSensorHysteresis, { sensorId });
          return { sensorDataSize };
        },
      };
    default:
      return undefined;
  }
}
