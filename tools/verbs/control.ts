/** The verb `control`: any command of the control protocol, to anybody. */

import { toJson, toText } from '../../stack/codec/index.js';
import { CONTROL_COMMANDS, ControlClient } from '../../stack/control/index.js';
import { CompletionCodeError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { hexNumber } from '../../stack/util/text.js';
import { resolveAddress } from '../address.js';
import { addressedSession, DEVICE_OPTIONS } from '../addressed-session.js';
import { EXIT, printable } from '../command-error.js';
import { controlFields, findControlCommand } from '../control/command-words.js';
import type { ControlDocument } from '../schema/table-documents.js';
import { defineVerb, shortTimeOption, wholeNumberOption } from '../verb.js';

const NAMED = CONTROL_COMMANDS.filter(({ code }) => code < 0xf0);

export const control = defineVerb({
  name: 'control',
  summary: 'send any command of the MCTP control protocol and show the answer',
  description:
    'Commands by name, in any spelling, or by code; fields as name=value, lists and objects as JSON. The commands and ' +
    `their request fields: ${NAMED.map(signature).join(', ')}, TransportSpecificF0 to FF(binding, medium, data).`,
  arguments: [
    { name: 'address', summary: 'EID, NET:EID, uuid:..., or a place such as i2c:1/0x1d', required: true, many: false },
    { name: 'command', summary: 'e.g. GetEndpointID, get-endpoint-id, 0x02', required: true, many: false },
    { name: 'field=value', summary: 'of the request', required: false, many: true },
  ],
  options: {
    ...DEVICE_OPTIONS,
    timeout: shortTimeOption('-W, --timeout <time>', 'to wait for an answer, per try (300ms)', 1, undefined),
    retries: wholeNumberOption('--retries <n>', 'tries after the first (2)', 0, 100, undefined),
  },
  examples: [
    ['mctpkit control 9 GetMessageTypeSupport', 'on the virtual bench'],
    ['mctpkit control i2c:1/0x1d set-endpoint-id operation=force eid=20', 'by address: the EID is not known yet'],
    ['mctpkit control 9 GetMCTPVersionSupport type=0xff --json', ''],
  ],
  async run({ args, options, world }) {
    const { io, signal } = world;
    const [where, called, ...words] = args;
    const command = findControlCommand(called!);
    const fields = controlFields(command, words);
    const { timeout, retries, json } = options;
    const { session, addresses } = await addressedSession([where!], options, world);
    const client = new ControlClient({ transport: session.host, clock: session.clock });
    try {
      io.progress('looking for it ...');
      const { to, name } = await resolveAddress(session, addresses[0]!, true);
      io.progress('');
      const patience: CallOptions = {
        signal,
        ...(timeout !== undefined && { timeoutMs: timeout }),
        ...(retries !== undefined && { retries }),
      };
      const start = session.clock.now();
      const answer = await client.request(to, command, fields as never, patience).catch((error: unknown) => {
        if (error instanceof CompletionCodeError) return error;
        throw error;
      });
      const timeMs = Math.round((session.clock.now() - start) * 1000) / 1000;
      const refused = answer instanceof CompletionCodeError;
      const response = refused
        ? { completionCode: answer.completionCode, completionCodeName: answer.completionCodeName }
        : (toJson(command.response, answer) as ControlDocument['response']);
      if (json) {
        const request = toJson(command.request, fields) as ControlDocument['request'];
        io.print(
          JSON.stringify(
            {
              target: name,
              command: command.name,
              code: command.code,
              request,
              response,
              timeMs,
            } satisfies ControlDocument,
            null,
            2,
          ),
        );
      } else if (refused) {
        io.print(
          `${command.name} to ${name}: ${answer.completionCodeName} (${hexNumber(answer.completionCode)}), ${timeMs} ms`,
        );
      } else {
        io.print(`${command.name} to ${name}: SUCCESS, ${timeMs} ms`);
        const text = toText(command.result, answer);
        for (const line of text === '' ? [] : text.split('\n')) io.print(`  ${printable(line)}`);
      }
      return refused ? EXIT.refused : EXIT.done;
    } finally {
      client.close();
      await session.close();
    }
  },
});

/** `SetEndpointID(operation, eid)` */
function signature({ name, request }: (typeof CONTROL_COMMANDS)[number]): string {
  const fields = request.docs().flatMap((row) => (row.name.includes('[') ? [] : [row.name]));
  return fields.length === 0 ? name : `${name}(${fields.join(', ')})`;
}
