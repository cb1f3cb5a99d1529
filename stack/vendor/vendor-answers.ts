/** What an emulated device answers: declared values, and those that a device has of its own. */

import { type AnyCommand, type Failure, fromJson, type Json } from '../codec/index.js';
import { MctpError } from '../errors.js';
import { nearest } from '../util/text.js';
import { valuesOf } from './vendor-fields.js';
import type { VendorProtocol } from './vendor-protocol.js';

export type AnswerFields = { readonly [name: string]: Json };

/**
 * The answer to a command, ready to be encoded. `own`: fields in place of the declared ones; with a `completionCode` other
 * than 0 the answer is that alone.
 * @throws MctpError EINVAL naming the field
 */
export function answerOf(vendor: VendorProtocol, command: AnyCommand, own: AnswerFields = {}): Failure {
  const { declaration, messages } = vendor;
  const declared = declaration.commands.find(({ name }) => name === command.name);
  const known = command.response.docs().map(({ name }) => name);
  for (const name of Object.keys(own)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`;
    throw new MctpError('EINVAL', `the answer to ${command.name} has no field "${name}": ${hint}`);
  }
  const { completionCode = 0 } = own;
  const fields = completionCode === 0 ? { ...valuesOf(declared?.answer ?? []), ...own } : { completionCode };
  const answer = fromJson(command.response, fields, `the answer to ${command.name}`) as unknown as Failure;
  // What cannot be sent is told here, not when somebody asks.
  messages.encodeResponse(command, 0, answer as never);
  return answer;
}
