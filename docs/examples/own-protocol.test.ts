/** The protocol of own-protocol.ts between two stacks. Run: npx vitest */

import { Mctp, protocol } from 'mctpkit';
import { SerialLink } from 'mctpkit/bindings';
import { memoryPortPair, TestClock } from 'mctpkit/testing';
import { expect, it } from 'vitest';
import { CODES, FAN_CODES, FANS, fanMessages, GetFanSpeed } from './own-protocol.js';

it('asks, answers, and refuses by name', async () => {
  const clock = new TestClock();
  const ports = memoryPortPair({ clock });
  const [bmc, device] = ports.map((port, index) => {
    const mctp = new Mctp({ clock });
    const link = new SerialLink({ clock, port });
    mctp.addLink(link);
    mctp.addAddress(8 + index, link.name);
    mctp.addRoute({ start: 9 - index, link: link.name });
    return mctp;
  }) as [Mctp, Mctp];
  await Promise.all([bmc.open(), device.open()]);

  const handlers = new protocol.Handlers(FANS);
  handlers.on(GetFanSpeed, ({ fan }) => (fan === 0 ? { rpm: 4200 } : protocol.fail(FAN_CODES.NO_SUCH_FAN)));
  const responder = new protocol.Responder(
    handlers,
    fanMessages,
    { transport: device, clock },
    () => CODES.UNSUPPORTED,
  );
  responder.start();
  const fans = new protocol.Requester(fanMessages, { transport: bmc, clock });

  expect(await clock.run(fans.request({ eid: 9 }, GetFanSpeed, { fan: 0 }))).toMatchObject({ rpm: 4200 });
  await expect(clock.run(fans.request({ eid: 9 }, GetFanSpeed, { fan: 7 }))).rejects.toThrow('NO_SUCH_FAN');

  fans.close();
  responder.close();
  await Promise.all([bmc.close(), device.close()]);
});
