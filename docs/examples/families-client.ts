/**
 * One client, whatever carries its messages: the address says which family is meant. Run:
 * npx tsx docs/examples/families-client.ts ADDRESS LINK... , for instance shared:lab/8 shared:lab serial:/dev/ttyUSB0
 */

import { MctpError, traceText } from 'mctpkit';
import { openTransport } from 'mctpkit/bindings';

const TYPE = 0x7d;

async function ask(address: string, links: readonly string[]): Promise<void> {
  const transport = await openTransport(links, { onTrace: (trace) => console.log(traceText(trace)) });
  try {
    // A name, an EID of a family, a place: one table translates them all.
    const { to, family } = await transport.resolve(address);
    const name = new TextEncoder().encode(`from ${family}`);
    const answer = await transport.socket().request(to, name, { type: TYPE, timeoutMs: 2000 });
    console.log(new TextDecoder().decode(answer.payload));
  } catch (error) {
    if (!MctpError.is(error)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  } finally {
    await transport.close();
  }
}

const [address, ...links] = process.argv.slice(2);
if (address !== undefined) await ask(address, links);
else console.log('give an address, and links: shared:lab/8 shared:lab serial:/dev/ttyUSB0');
