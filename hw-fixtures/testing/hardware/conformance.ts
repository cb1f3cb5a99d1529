/** What keeps an answer from being what the standard wants of it, in sentences. */

import { type AnyCommand, CodecError, toHex } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import { completionCodeName, type MessageHeader, type Messages } from '../../../stack/protocol/index.js';
import type { MctpMessage } from '../../../stack/transport.js';
import { hexNumber } from '../../../stack/util/text.js';

/** Empty: it conforms. The answer is one to a request with that instance ID. */
export function answerFaults<C extends AnyCommand, H extends MessageHeader>(
  messages: Messages<C, H>,
  command: C,
  instanceId: number,
  answer: MctpMessage,
): string[] {
  const { protocol } = messages;
  const { payload } = answer;
  const header = protocol.readHeader(payload);
  if (header === undefined) return [`its header is not one of ${protocol.name}`];
  const faults: string[] = [];
  if (header.kind !== 'response') faults.push('it says that it is a request');
  if (header.instanceId !== instanceId) {
    faults.push(`its instance ID is ${header.instanceId}, and that of the request ${instanceId}`);
  }
  if (protocol.key(header) !== protocol.key(command)) faults.push(`it names the command ${hexNumber(header.command)}`);
  return faults.length > 0 ? faults : bodyFaults(messages, command, instanceId, payload);
}

function bodyFaults<C extends AnyCommand, H extends MessageHeader>(
  messages: Messages<C, H>,
  command: C,
  instanceId: number,
  payload: Uint8Array,
): string[] {
  const { protocol } = messages;
  try {
    const response = messages.decodeResponse(command, payload);
    const { completionCode } = response;
    if (!command.response.isSuccess(completionCode)) {
      const name = completionCodeName(protocol, command, completionCode);
      return [`its completion code is ${hexNumber(completionCode)} (${name})`];
    }
    return reservedFaults(payload, messages.encodeResponse(command, instanceId, response as never));
  } catch (error) {
    if (error instanceof CodecError || MctpError.is(error, 'EINVAL')) return [error.message];
    throw error;
  }
}

/** Its fields, encoded again, are its bytes: bits of which the standard says that they are zero are. */
function reservedFaults(got: Uint8Array, wanted: Uint8Array): string[] {
  if (got.length !== wanted.length) return [`it has ${got.length} bytes, and its fields take ${wanted.length}`];
  const faults: string[] = [];
  got.forEach((byte, index) => {
    if (byte === wanted[index]) return;
    faults.push(`byte ${index} is ${hexNumber(byte)}, and with its reserved bits zero ${hexNumber(wanted[index]!)}`);
  });
  return faults;
}

/** For the message of a failed expectation. */
export function conformanceText(
  what: string,
  faults: readonly string[],
  sent: Uint8Array,
  received: Uint8Array,
): string {
  return [
    `${what} was not answered as it should:`,
    ...faults.map((fault) => `  - ${fault}`),
    `  sent     ${toHex(sent)}`,
    `  received ${received.length === 0 ? '(nothing)' : toHex(received)}`,
  ].join('\n');
}
