/** See every packet of a stack as it passes. Run: npx tsx docs/examples/tap.ts */

import { Mctp, readHeader } from 'mctpkit';
import { loopbackPair, systemClock } from 'mctpkit/bindings';

const [near, far] = loopbackPair({ clock: systemClock });
const mctp = new Mctp({ clock: systemClock });
const other = new Mctp({ clock: systemClock });
mctp.addLink(near);
other.addLink(far);
mctp.addAddress(8, near.name);
await Promise.all([mctp.open(), other.open()]);

const stop = mctp.tap(({ direction, buffer, start, end, fault }) => {
  const { src, dest, som, eom, seq } = readHeader(buffer, start);
  console.log(
    `${direction} ${src}>${dest} ${som ? 'S' : '-'}${eom ? 'E' : '-'} seq ${seq}, ${end - start} bytes${fault === undefined ? '' : `: ${fault}`}`,
  );
});
// 130 bytes behind the type byte: three packets of up to 64.
await mctp.socket().send({ eid: 0, link: near.name }, new Uint8Array(130), { type: 5, reply: false });
stop();

await Promise.all([mctp.close(), other.close()]);
