/** Asynchronous events: a drive of the bench tells by itself, a requester takes it once and acknowledges. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GOOD_DRIVE } from '../../hw-fixtures/bench/nvme/drive-description.js';
import { pass, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { encode } from '../../stack/codec/index.js';
import {
  type DriveEventReport,
  DriveEvents,
  EVENT,
  eventText,
  micOf,
  NvmeMiResponder,
  structures,
} from '../../stack/nvme-mi/index.js';
import { driveWorld } from './drive-world.js';

const DRIVE = { eid: 9 };
const QUIET = { ...GOOD_DRIVE, events: true, writeRate: 0 };
const ALL = [EVENT.firmwareActivated, EVENT.temperature, EVENT.lifeUsed, EVENT.spare, EVENT.warnings];

async function scene(behaviours: readonly string[] = [], description = QUIET) {
  const more = `behaviours = ${JSON.stringify(behaviours)}`;
  const made = await driveWorld({ bus: 400 }, [{ wire: 'bus', address: 0x1d, eid: 9, more }], description);
  const { host, clock, client } = made;
  const events = new DriveEvents({ transport: host, client, clock });
  const reports: DriveEventReport[] = [];
  events.subscribe((report) => reports.push(report));
  const close = (): void => {
    events.close();
    client.close();
  };
  const names = (): string[] => reports.map((report) => report.events.map(({ name }) => name).join(' and '));
  return { ...made, events, reports, names, close, state: () => made.states.get('d9')! };
}

describe('events of a drive', () => {
  it('are told once each, with what changed, and acknowledged', async () => {
    const { clock, ask, events, reports, names, state, client, close } = await scene();
    expect(await ask(events.enable(DRIVE))).toEqual(ALL);
    expect([events.watches(DRIVE), await ask(events.stillOn(DRIVE))]).toEqual([true, true]);
    await pass(clock, 2000);
    expect(reports).toEqual([]);
    state().temperature = 75;
    await pass(clock, 1000);
    expect(names()).toEqual(['temperature and warnings']);
    expect(reports[0]).toMatchObject({
      drive: DRIVE,
      overflow: false,
      events: [
        { id: EVENT.temperature, scope: 2, data: Uint8Array.of(75) },
        { id: EVENT.warnings, data: Uint8Array.of(2) },
      ],
    });
    state().spare = 99;
    await pass(clock, 10_000);
    expect(names().slice(1)).toEqual(['spare']);
    expect(events.counters).toMatchObject({ received: 2, acknowledged: 2, repeated: 0, malformed: 0 });
    await ask(events.disable(DRIVE));
    state().spare = 5;
    await pass(clock, 10_000);
    expect(reports).toHaveLength(2);
    expect((await ask(client.supportedEvents(DRIVE))).entries.every(({ enabled }) => enabled === 0)).toBe(true);
    close();
  });

  it('are few when few are asked for, and none of a drive which has none: its requester polls', async () => {
    const { clock, ask, events, names, state, close } = await scene();
    expect(await ask(events.enable(DRIVE, { only: [EVENT.spare, 0xc0] }))).toEqual([EVENT.spare]);
    state().temperature = 90;
    state().spare = 50;
    await pass(clock, 1000);
    expect(names()).toEqual(['spare']);
    close();
    const old = await scene([], { ...QUIET, events: false });
    expect(await old.ask(old.events.enable(DRIVE))).toEqual([]);
    expect(old.events.watches(DRIVE)).toBe(false);
    old.close();
  });

  it('wait for the delay that was asked for; what happens in between is one message', async () => {
    const { clock, ask, events, names, state, close } = await scene();
    await ask(events.enable(DRIVE, { delayS: 2 }));
    state().spare = 98;
    await pass(clock, 1000);
    state().used = 4;
    await pass(clock, 1000);
    expect(names()).toEqual([]);
    await pass(clock, 500);
    expect(names()).toEqual(['spare and life used']);
    close();
  });

  it('of before, which somebody else had switched on, are told by the answer, and the drive tells us from then on', async () => {
    const { clock, ask, events, names, state, client, close } = await scene();
    await ask(client.setEvents(DRIVE, [{ id: EVENT.spare, enabled: true }], { delayS: 200 }));
    state().spare = 90;
    await pass(clock, 1000);
    // Once more, without being off before: what is still on is told.
    const occurred = await ask(client.setEvents(DRIVE, [{ id: EVENT.spare, enabled: true }]));
    expect(occurred.occurrences).toMatchObject([{ id: EVENT.spare }]);
    await ask(events.enable(DRIVE));
    state().spare = 80;
    await pass(clock, 1000);
    expect(names()).toEqual(['spare']);
    close();
  });

  it('which somebody else had switched on are off afterwards, unless they are wanted, too', async () => {
    const { ask, events, client, close } = await scene();
    const both = [EVENT.spare, EVENT.temperature].map((id) => ({ id, enabled: true }));
    await ask(client.setEvents(DRIVE, both));
    await ask(events.enable(DRIVE, { only: [EVENT.spare, EVENT.warnings] }));
    const { entries } = await ask(client.supportedEvents(DRIVE));
    expect(entries.flatMap(({ id, enabled }) => (enabled === 1 ? [id] : []))).toEqual([EVENT.spare, EVENT.warnings]);
    close();
  });

  it('which are lost on the way come again, and are told once', async () => {
    const { clock, ask, events, names, state, client, close } = await scene(['loseEvents(3)']);
    await ask(events.enable(DRIVE, { retryMs: 200 }));
    state().spare = 90;
    await pass(clock, 5000);
    expect(names()).toEqual(['spare']);
    expect(events.counters).toMatchObject({ received: 1, repeated: 0, acknowledged: 1 });
    expect((await ask(client.health(DRIVE))).nvmSubsystemStatus & 0x80).toBe(0);
    close();
  });

  it('which come several times are told once', async () => {
    const { clock, ask, events, names, state, close } = await scene(['repeatEvents(4)']);
    await ask(events.enable(DRIVE));
    state().spare = 90;
    await pass(clock, 1000);
    state().spare = 80;
    await pass(clock, 5000);
    expect(names()).toEqual(['spare', 'spare']);
    expect(events.counters).toMatchObject({ received: 10, repeated: 8, acknowledged: 2 });
    close();
  });

  it('are not told when their lengths are wrong, and not acknowledged: the drive gives up, and says so', async () => {
    const { clock, ask, events, names, state, client, close } = await scene(['brokenEvents']);
    await ask(events.enable(DRIVE, { retryMs: 100 }));
    state().spare = 90;
    await pass(clock, 60_000);
    expect(names()).toEqual([]);
    // Once, and seven times more.
    expect(events.counters).toMatchObject({ received: 8, malformed: 8, acknowledged: 0 });
    expect((await ask(client.health(DRIVE))).nvmSubsystemStatus & 0x80).toBe(0x80);
    // What it could not tell comes with the next list.
    expect((await ask(client.setEvents(DRIVE, [{ id: EVENT.spare, enabled: true }]))).occurrences).toHaveLength(1);
    expect((await ask(client.health(DRIVE))).nvmSubsystemStatus & 0x80).toBe(0);
    close();
  });

  it('without end are counted, and neither all told nor all acknowledged', async () => {
    const { clock, ask, events, reports, close } = await scene(['floodEvents(10)']);
    await ask(events.enable(DRIVE));
    await pass(clock, 60_000);
    const { received, flood, acknowledged } = events.counters;
    expect(received + flood).toBeGreaterThan(5000);
    // A burst of 32, then four per second.
    expect(reports.length).toBeLessThanOrEqual(32 + 4 * 60 + 4);
    expect(acknowledged).toBeLessThanOrEqual(reports.length);
    expect(reports.length).toBeGreaterThan(200);
    close();
  });

  it('whose acknowledgement was lost are acknowledged with the repetition, and not told again', async () => {
    const { clock, ask, bench, events, names, state, close } = await scene();
    await ask(events.enable(DRIVE, { retryMs: 8000 }));
    state().spare = 90;
    bench.i2c('bus').faults.add({ kind: 'drop', to: 0x1d, count: 1 });
    await pass(clock, 7000);
    expect(events.counters).toMatchObject({ received: 1, acknowledged: 0, acknowledgeFailures: 1 });
    await pass(clock, 3000);
    expect(events.counters).toMatchObject({ received: 2, repeated: 1, acknowledged: 1 });
    expect(names()).toEqual(['spare']);
    close();
  });

  it('which arrive together with the answer to an acknowledgement are acknowledged, too', async () => {
    const { clock, ask, events, names, state, client, close } = await scene();
    await ask(events.enable(DRIVE));
    // The drive has the acknowledgement, and its next event is heard before its answer.
    const acknowledge = client.acknowledgeEvents.bind(client);
    let held = 0;
    client.acknowledgeEvents = async (...args) => {
      const answer = await acknowledge(...args);
      if (held++ > 0) return answer;
      state().spare = 80;
      await new Promise<void>((resolve) => clock.schedule(2000, resolve));
      return answer;
    };
    state().spare = 90;
    await pass(clock, 20_000);
    expect(names()).toEqual(['spare', 'spare']);
    expect(events.counters).toMatchObject({ acknowledged: 2 });
    expect((await ask(client.health(DRIVE))).nvmSubsystemStatus & 0x80).toBe(0);
    close();
  });

  it('are forgotten by a drive which is reset: it is seen, and they are switched on again', async () => {
    const { clock, ask, events, names, state, device, close } = await scene();
    await ask(events.enable(DRIVE));
    device(9).reset();
    await pass(clock, 1000);
    expect(await ask(events.stillOn(DRIVE))).toBe(false);
    await ask(events.enable(DRIVE));
    state().spare = 90;
    await pass(clock, 1000);
    expect(names()).toEqual(['spare']);
    close();
  });

  it('cannot be received where something else receives messages of NVMe-MI', async () => {
    const { clock, host, events, close } = await scene();
    const other = new NvmeMiResponder({ transport: host, clock }).start();
    expect(await settleError(clock, events.enable(DRIVE))).toMatchObject({ code: 'EADDRINUSE' });
    expect(events.watches(DRIVE)).toBe(false);
    other.close();
    close();
  });

  it('which are closed while a drive is asked what it has are not received from then on', async () => {
    const { clock, host, client, events, close } = await scene();
    const ask = client.supportedEvents.bind(client);
    client.supportedEvents = async (...args) => {
      const answer = await ask(...args);
      events.close();
      return answer;
    };
    expect(await settleError(clock, events.enable(DRIVE))).toMatchObject({ code: 'ECANCELED' });
    // It would be refused where something else receives them.
    new NvmeMiResponder({ transport: host, clock }).start().close();
    close();
  });

  it('come from a drive which was addressed by its place, whatever its EID', async () => {
    const { clock, ask, events, reports, state, close } = await scene();
    const place = { eid: 0, link: 'bench:bus', physicalAddress: '1d' };
    await ask(events.enable(place));
    state().spare = 90;
    await pass(clock, 1000);
    expect(reports).toMatchObject([{ drive: place, events: [{ id: EVENT.spare }] }]);
    expect(events.counters).toMatchObject({ unexpected: 0, acknowledged: 1 });
    close();
  });

  it('have names, also those of vendors', () => {
    expect([6, 0x0f, 0xc1].map(eventText)).toEqual(['temperature', 'event 0x0f', 'vendor event 0xc1']);
  });
});

/** One occurrence of SPARE, generation 3. */
const LIST = encode(structures.occurrenceList, {
  version: 0,
  totalLength: 18,
  overflow: 0,
  headerLength: 7,
  retryCount: 0,
  generationNumber: 3,
  occurrences: [
    {
      headerLength: 9,
      id: EVENT.spare,
      scopeIdInfo: 7,
      scope: 1,
      specificInfoHex: Uint8Array.of(1),
      vendorInfoHex: Uint8Array.of(2),
    },
  ],
});

/** Send lists as the drive with EID 9 does. */
async function fakeDrive() {
  const made = await scene();
  const { ask, clock, events, device } = made;
  await ask(events.enable(DRIVE, { only: [EVENT.spare] }));
  const socket = device(9).mctp!.socket();
  const send = async (list: Uint8Array, rightMic = true): Promise<void> => {
    const payload = Uint8Array.of(0x28, 0, 0, ...list, 0, 0, 0, 0);
    const mic = micOf(payload, payload.length - 4) ^ (rightMic ? 0 : 1);
    new DataView(payload.buffer).setUint32(payload.length - 4, mic, true);
    const host = { eid: 8, link: 'bus', physicalAddress: '10' };
    await ask(socket.send(host, payload, { type: 4, integrityCheck: true, reply: false }));
    await pass(clock, 1000);
  };
  const close = (): void => {
    socket.close();
    made.close();
  };
  return { ...made, send, close };
}

it.each([
  ['as it should be', {}, 'told'],
  ['longer than the message', { 2: 19 }, 'malformed'],
  ['with a longer message than it says', { 2: 17 }, 'malformed'],
  ['of another version', { 1: 1 }, 'malformed'],
  ['with another header', { 5: 8 }, 'malformed'],
  ['with another header of an occurrence', { 7: 10 }, 'malformed'],
  ['of nothing', { 0: 0 }, 'malformed'],
  ['of more than there is', { 0: 2 }, 'malformed'],
  ['with an event which is not on', { 10: EVENT.warnings }, 'malformed'],
  ['with a lost event', { 4: 0x80 }, 'told'],
] as const)('a list %s', async (_what, changes, outcome) => {
  const { events, reports, send, close } = await fakeDrive();
  const list = LIST.slice();
  for (const [at, value] of Object.entries(changes)) list[Number(at)] = value;
  await send(list);
  const told = outcome === 'told' ? 1 : 0;
  expect(reports.map(({ overflow }) => overflow)).toEqual(told === 1 ? ['4' in changes] : []);
  expect(events.counters).toMatchObject({ received: 1, malformed: 1 - told, acknowledged: told });
  close();
});

it('property: whatever a drive sends as an event, nothing is thrown, and only whole lists of what is on are told', async () => {
  const { events, reports, send, close } = await fakeDrive();
  let generation = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.record({ at: fc.nat(LIST.length - 1), to: fc.nat(255), cut: fc.nat(2) }),
        fc.uint8Array({ maxLength: 60 }),
      ),
      fc.boolean(),
      async (change, rightMic) => {
        const list = change instanceof Uint8Array ? change : LIST.slice(0, LIST.length - change.cut);
        if (!(change instanceof Uint8Array)) {
          list[6] = (++generation % 32) << 3;
          if (change.at < list.length) list[change.at] = change.to;
        }
        const before = { told: reports.length, ...events.counters };
        await send(list, rightMic);
        const told = reports.slice(before.told);
        if (!rightMic) expect(told).toEqual([]);
        for (const report of told) {
          for (const { id } of report.events) expect(id).toBe(EVENT.spare);
          expect(report.events.length).toBe(list[0]);
        }
        expect(events.counters.acknowledged - before.acknowledged).toBe(told.length);
      },
    ),
    { numRuns: 150 },
  );
  const { received, malformed, corrupt } = events.counters;
  expect([received, malformed, corrupt].every((count) => count > 10)).toBe(true);
  close();
});
