/**
 * One server for clients on several families: it answers the same messages on a served network, on a serial line, on the
 * kernel's stack. Run: npx tsx docs/examples/families-server.ts shared:lab serial:/dev/ttyUSB0
 */

import { traceText } from 'mctpkit';
import { openTransport } from 'mctpkit/bindings';

const TYPE = 0x7d;
/** One EID on all links of our own. */
const OWN_EID = 30;

async function serve(links: readonly string[]): Promise<void> {
  const transport = await openTransport(links, {
    ownEid: OWN_EID,
    description: 'greeter',
    onTrace: (trace) => console.log(traceText(trace)),
  });
  const socket = transport.socket();
  socket.bind({ type: TYPE });
  console.log(`ready in ${transport.families.map(({ name }) => name).join(' and ')}`);
  process.once('SIGINT', () => void transport.close());

  // Messages of all families come in one queue; each is answered where it came from.
  for await (const message of socket) {
    const name = new TextDecoder().decode(message.payload);
    await socket.reply(message, new TextEncoder().encode(`hello ${name}`));
  }
}

const links = process.argv.slice(2);
if (links.length > 0) await serve(links);
else console.log('name links: shared:lab, kernel:, serial:/dev/ttyUSB0');
