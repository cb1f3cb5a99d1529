/** What NVMe-MI has to achieve, on the virtual clock: downloads at the speed of the wire, many drives at once, resets. */

import { describe, expect, it } from 'vitest';
import { GOOD_DRIVE } from '../../hw-fixtures/bench/nvme/drive-description.js';
import { i2cTiming } from '../../hw-fixtures/bench/wires/i2c-timing.js';
import { settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { MctpError } from '../../stack/index.js';
import { COMMIT_ACTION, type NvmeMiClient, warningNames } from '../../stack/nvme-mi/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import { driveWorld } from './drive-world.js';

const DRIVE = { eid: 9 };
/** What an SMBus packet has beside its payload, behind the address byte: command, count, source, MCTP header, PEC. */
const FRAME = 3 + 4 + 1;
const UNIT = 64;

/** The least time that a message of so many bytes, type byte included, takes on an SMBus; ms. */
function wireMs(bytes: number, khz: 400): number {
  const timing = i2cTiming(khz);
  let ms = 0;
  for (let left = bytes; left > 0; left -= UNIT) ms += timing.transfer(FRAME + Math.min(UNIT, left)) + timing.free;
  return ms;
}

describe('a firmware download', () => {
  it('of 8 MiB over 400 kHz takes at least 95 % of what the wire can do', { timeout: 300_000 }, async () => {
    const { client, clock, ask } = await driveWorld({ bus: 400 }, [{ wire: 'bus', address: 0x1d, eid: 9 }]);
    const image = new Uint8Array(8 * 1024 * 1024).map((_, at) => (at * 31) & 0xff);
    const start = clock.now();
    await ask(client.downloadFirmware(DRIVE, 0, image));
    const taken = clock.now() - start;
    // Type byte and header, command with its dwords, data, integrity check; the answer.
    const bound = 2048 * (wireMs(4 + 64 + 4096 + 4, 400) + wireMs(4 + 16 + 4, 400));
    expect(bound / taken).toBeGreaterThanOrEqual(0.95);
    expect(bound / taken).toBeLessThanOrEqual(1);
    const status = await ask(client.commitFirmware(DRIVE, 0, 2, COMMIT_ACTION.storeAndActivateAtReset));
    expect(status).toMatchObject({ statusCode: 0 });
    client.close();
  });

  it('which was interrupted goes on where it was', async () => {
    const { client, ask, states } = await driveWorld({ bus: 400 }, [{ wire: 'bus', address: 0x1d, eid: 9 }]);
    const image = new Uint8Array(20_000).fill(0x5a);
    const stop = new AbortController();
    const first = client.downloadFirmware(DRIVE, 0, image, {
      signal: stop.signal,
      onProgress: (done) => done >= 8192 && stop.abort(),
    });
    await expect(ask(first)).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(states.get('d9')!.downloaded).toBe(8192);
    await ask(client.downloadFirmware(DRIVE, 0, image, { from: 8192 }));
    expect(states.get('d9')!.downloaded).toBe(20_000);
    client.close();
  });
});

describe('64 drives behind 8 buses', () => {
  const wires = Object.fromEntries(Array.from({ length: 8 }, (_, bus) => [`bus${bus}`, bus === 3 ? 100 : 400]));
  const places = Array.from({ length: 64 }, (_, index) => {
    return { wire: `bus${index >> 3}`, address: 0x20 + (index & 7), eid: 20 + index };
  });

  async function pollMs(which: readonly { readonly eid: number }[]): Promise<number> {
    const { client, clock, ask } = await driveWorld(wires, places);
    const start = clock.now();
    const found = await ask(Promise.all(which.map(({ eid }) => client.health({ eid }))));
    const taken = clock.now() - start;
    for (const { compositeTemperature } of found) expect(compositeTemperature).toBe(38);
    client.close();
    return taken;
  }

  it('are polled in at most 1.2 times what the slowest bus takes', async () => {
    const slowest = await pollMs(places.filter(({ wire }) => wire === 'bus3'));
    const all = await pollMs(places);
    expect(all).toBeGreaterThanOrEqual(slowest);
    expect(all / slowest).toBeLessThanOrEqual(1.2);
  });
});

describe('a drive which gets hot', () => {
  it('is seen by the first poll after it, in its warnings and change flags', async () => {
    const { client, clock, ask, states } = await driveWorld({ bus: 400 }, [{ wire: 'bus', address: 0x1d, eid: 9 }]);
    await ask(client.health(DRIVE, true));
    states.get('d9')!.temperature = 85;
    const poll = await ask(client.health(DRIVE));
    expect(warningNames(~poll.smartWarnings & 0x3f)).toEqual(['taut']);
    // Temperature and warnings.
    expect(poll.compositeControllerStatus).toBe((1 << 9) | (1 << 12));
    // It was not cleared; per controller they are flags of their own.
    expect((await ask(client.health(DRIVE, true))).compositeControllerStatus).not.toBe(0);
    expect((await ask(client.health(DRIVE))).compositeControllerStatus).toBe(0);
    const [controller] = await ask(client.controllerHealth(DRIVE, { changed: ['ctemp'] }));
    expect(controller).toMatchObject({ controllerId: 0, compositeTemperature: 358, criticalWarning: 2 });
    expect(clock.now()).toBeLessThan(100);
    client.close();
  });
});

const OPERATIONS: Readonly<Record<string, (client: NvmeMiClient, drive: MctpAddress) => Promise<unknown>>> = {
  'a health poll': (client, drive) => client.health(drive),
  'a list of controllers': (client, drive) => client.controllers(drive),
  'controller health': (client, drive) => client.controllerHealth(drive),
  identify: (client, drive) => client.identifyWhole(drive, 0),
  'the SMART log': (client, drive) => client.smart(drive, 0),
  'the error log': (client, drive) => client.errorLog(drive, 0, 64),
  'reading VPD': (client, drive) => client.readVpd(drive, 0, 256),
  'writing VPD': (client, drive) => client.writeVpd(drive, 0, new Uint8Array(64)),
  configuration: (client, drive) => client.setTransmissionUnit(drive, 0, 250),
  'a download': (client, drive) => client.downloadFirmware(drive, 0, new Uint8Array(12_288).fill(1)),
  'a commit': (client, drive) => client.commitFirmware(drive, 0, 1, COMMIT_ACTION.activateNow),
  sanitize: (client, drive) => client.sanitize(drive, 0, { action: 2 }),
  features: (client, drive) => client.setFeature(drive, 0, 4, 340),
  security: (client, drive) => client.securityReceive(drive, 0, 0, 0, 12),
  'PCIe configuration space': (client, drive) => client.pcieRead(drive, 0, { space: 'configuration', offset: 0 }, 256),
  'a primitive': (client, drive) => client.state(drive),
};

describe('a drive which resets in the middle of', () => {
  it.each(Object.keys(OPERATIONS))('%s is an error in time, or none, and then there again', async (name) => {
    const work = OPERATIONS[name]!;
    for (const after of [0.2, 0.9, 2, 3.7, 7, 15, 40, 90, 200]) {
      const { client, clock, ask, device } = await driveWorld(
        { bus: 400 },
        [{ wire: 'bus', address: 0x1d, eid: 9 }],
        undefined,
        { timeoutMs: 500 },
      );
      const start = clock.now();
      const outcome = work(client, DRIVE).then(
        () => undefined,
        (error: unknown) => error,
      );
      clock.schedule(after, () => device(9).reset());
      const error = await ask(outcome);
      if (error !== undefined) expect(MctpError.is(error), String(error)).toBe(true);
      expect(clock.now() - start).toBeLessThan(1500);
      // Whatever it lost, a command later all is as it was.
      await ask(new Promise<void>((resolve) => clock.schedule(300, () => resolve())));
      await ask(work(client, DRIVE));
      client.close();
    }
  });
});

describe('bounds', () => {
  it('reads the health of more controllers than fit in a message', async () => {
    const controllers = Array.from({ length: 300 }, (_, index) => 2 * index + 1);
    const places = [{ wire: 'bus', address: 0x1d, eid: 9, more: '' }];
    const { client, ask } = await driveWorld({ bus: 1000 }, places, { ...GOOD_DRIVE, controllers });
    const found = await ask(client.controllerHealth(DRIVE));
    expect(found.map(({ controllerId }) => controllerId)).toEqual(controllers);
    const paged = await ask(client.controllerHealth(DRIVE, { pageEntries: 7 }));
    expect(paged).toHaveLength(300);
    expect(await ask(client.controllers(DRIVE))).toEqual(controllers);
    client.close();
  });

  it('keeps the gap which a drive needs between an answer and the next command', async () => {
    const more = 'behaviours = ["minGap(1.2)"]';
    const places = [{ wire: 'bus', address: 0x1d, eid: 9, more }];
    const hasty = await driveWorld({ bus: 1000 }, places, GOOD_DRIVE, { timeoutMs: 300 });
    await hasty.ask(hasty.client.health(DRIVE));
    expect(await settleError(hasty.clock, hasty.client.health(DRIVE))).toMatchObject({ code: 'ETIMEDOUT' });
    hasty.client.setGap(DRIVE, 1.3);
    await hasty.ask(hasty.client.health(DRIVE));
    await hasty.ask(hasty.client.health(DRIVE));
    hasty.client.close();
  });

  it('takes a time-out per command, one of the caller before it', async () => {
    const more = 'behaviours = ["silent"]';
    const places = [{ wire: 'bus', address: 0x1d, eid: 9, more }];
    const { client, clock } = await driveWorld({ bus: 400 }, places, GOOD_DRIVE, { recover: false });
    const timed = async (work: Promise<unknown>): Promise<number> => {
      const start = clock.now();
      expect(await settleError(clock, work)).toMatchObject({ code: 'ETIMEDOUT' });
      return Math.round((clock.now() - start) / 100) / 10;
    };
    expect(await timed(client.health(DRIVE))).toBe(1);
    expect(await timed(client.controllers(DRIVE))).toBe(5);
    expect(await timed(client.commitFirmware(DRIVE, 0, 1, 3))).toBe(30);
    expect(await timed(client.health(DRIVE, false, { timeoutMs: 200 }))).toBe(0.2);
    client.close();
  });
});
