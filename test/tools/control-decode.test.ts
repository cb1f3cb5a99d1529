/** Every control command that can be sent or answered can be read by `decode`, and written again by `encode`. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyCommand, toHex } from '../../stack/codec/index.js';
import { controlMessages } from '../../stack/control/control-protocol.js';
import { CONTROL_COMMANDS } from '../../stack/control/index.js';
import { MctpError } from '../../stack/errors.js';
import { decodeLine, encodeLine } from '../../tools/decode/batch.js';
import { arbitraryOf } from '../support/arbitrary.js';

function reads(command: AnyCommand, kind: string, payload: Uint8Array): void {
  const hex = `00${toHex(payload)}`;
  const decoded = decodeLine(JSON.stringify({ layer: 'control', hex }));
  expect(decoded).toMatchObject({ ok: true, command: command.name, kind, instanceId: 9 });
  expect(encodeLine(JSON.stringify(decoded))).toEqual({ ok: true, hex });
}

/** What is longer than a control message may be is not a message. */
function fitting(encode: () => Uint8Array): Uint8Array {
  try {
    return encode();
  } catch (error) {
    fc.pre(!MctpError.is(error, 'EMSGSIZE'));
    throw error;
  }
}

describe('decode and encode of control messages', () => {
  it.each(CONTROL_COMMANDS.map((command) => [command.name, command] as const))('%s', (_name, command) => {
    fc.assert(
      fc.property(arbitraryOf(command.request), arbitraryOf(command.result), (request, result) => {
        reads(
          command,
          'request',
          fitting(() => controlMessages.encodeRequest(command, 9, request as never)),
        );
        reads(command, 'datagram', controlMessages.encodeRequest(command, 9, request as never, { datagram: true }));
        reads(
          command,
          'response',
          fitting(() => controlMessages.encodeResponse(command, 9, result as never)),
        );
        reads(command, 'response', controlMessages.encodeResponse(command, 9, { completionCode: 5 } as never));
      }),
      { numRuns: 20 },
    );
  });
});
