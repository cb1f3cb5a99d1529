/** How fast a device may be talked to: commands 0x11 to 0x13 (DSP0236 §12.19 to §12.21). Packets are baseline packets. */

import { be, command, eitherWidth, flags, u8 } from '../../codec/index.js';

export const QueryRateLimit = command({
  name: 'QueryRateLimit',
  code: 0x11,
  source: 'DSP0236 §12.19',
  idempotent: true,
  request: {},
  response: {
    rxBuffer: be.u32.unit('bytes'),
    rxRate: be.u32.unit('packets/s').note('0: no limit'),
    txMax: be.u32.unit('packets/s').note('0: cannot throttle'),
    txMin: be.u32.unit('packets/s'),
    burstMax: be.u24.unit('packets'),
    burstNow: be.u24.unit('packets'),
    txNow: be.u32.unit('packets/s').note('0: off'),
    caps: flags(u8, { limitingSupported: 0, onlyUnrequestedMessages: 1 }),
  },
});

// The tables say three bytes of burst, the DMTF's own validator sends four: both are understood, three are sent.
const burst = eitherWidth(be.u24, { 8: be.u32 });

export const RequestTXRateLimit = command({
  name: 'RequestTXRateLimit',
  code: 0x12,
  source: 'DSP0236 §12.20',
  idempotent: true,
  request: { burst: burst.unit('packets').note('0: off'), rate: be.u32.unit('packets/s') },
  response: { burst: be.u32.unit('packets'), rate: be.u32.unit('packets/s') },
});

export const UpdateRateLimit = command({
  name: 'UpdateRateLimit',
  code: 0x13,
  source: 'DSP0236 §12.21',
  idempotent: true,
  request: { burst: burst.unit('packets'), rate: be.u32.unit('packets/s') },
  response: {},
});
