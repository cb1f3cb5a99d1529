/** `exec:`: programs which speak the adapter protocol on their standard input and output, and how they end. */

import { describe, expect, it } from 'vitest';
import { programPort } from '../../../../bindings/i2c/adapter/program-port.js';
import type { BytePort } from '../../../../bindings/serial/byte-port.js';
import type { MctpError } from '../../../../stack/errors.js';

/** Open the port; what it says, up to the end of the first line, and how it ends. */
async function opened(port: BytePort) {
  let said = '';
  let heard = (_line: string): void => {};
  let ended = (_reason: MctpError): void => {};
  const line = new Promise<string>((resolve) => (heard = resolve));
  const closed = new Promise<MctpError>((resolve) => (ended = resolve));
  await port.open({
    data: (chunk, start, end) => {
      said += Buffer.from(chunk.subarray(start, end)).toString('utf8');
      if (said.includes('\n')) heard(said.trim());
    },
    written: () => {},
    closed: (reason) => ended(reason),
  });
  return { line, closed };
}

/** A shell which leaves a program behind that holds its output open, as ssh does which shares a connection; it says which. */
const leaves = (then: string): string => `sh -c 'sleep 600 & echo $!; ${then}'`;

describe.skipIf(process.platform === 'win32')('a program as an adapter', () => {
  it('has ended when it has, whatever it has left running, and its last words are told', async () => {
    const { line, closed } = await opened(programPort(leaves('echo no bus here >&2; exit 3')));
    const left = Number(await line);
    const { code, message } = await closed;
    process.kill(left);
    expect({ code, message }).toMatchObject({
      code: 'ENODEV',
      message: expect.stringMatching(/has ended \(exit code 3\): no bus here$/),
    });
  });

  it('is closed when it has ended, whatever it has left running', async () => {
    const port = programPort(leaves('exec cat'));
    const { line } = await opened(port);
    const left = Number(await line);
    await port.close();
    process.kill(left);
  });
});
