/** The terminus manager: what it knows of termini, and what it does when they restart, move, change or fall silent. */

import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { GetTID, SetTID } from '../../../pldm/base/index.js';
import {
  PldmTerminus,
  type TerminusDescription,
  TerminusManager,
  type TerminusManagerOptions,
} from '../../../pldm/index.js';
import { decodePdr, GetEventReceiver, GetPDR, GetSensorReading, PDR_TYPE } from '../../../pldm/platform/index.js';
import { buildPdrs } from '../../../pldm/platform/pdr-builder.js';
import type { PdrDescription } from '../../../pldm/terminus/terminus-description.js';
import type { Mctp } from '../../../stack/mctp.js';
import { fail } from '../../../stack/protocol/index.js';
import { BusShare, type WatchEvent, type WatchedEndpoint } from '../../../stack/watch/index.js';
import { Table, World } from '../world.js';

const UUID = '11111111-2222-3333-4444-555555555555';

interface Scene {
  readonly world: World;
  readonly manager: TerminusManager;
  readonly events: WatchEvent[];
  /** Events but readings, in words. */
  told(): string[];
}

async function scene(options: Partial<TerminusManagerOptions> = {}): Promise<Scene> {
  const world = await World.make();
  const manager = new TerminusManager({
    transport: world.bmc,
    clock: world.clock,
    responder: world.responder,
    ownEid: () => 8,
    ...options,
  });
  const events: WatchEvent[] = [];
  manager.subscribe((event) => events.push(event));
  const told = (): string[] => events.filter(({ kind }) => kind !== 'reading').map(words);
  return { world, manager, events, told };
}

function words(event: WatchEvent): string {
  const { kind } = event;
  if (kind === 'watchState') return `${event.from} -> ${event.to}`;
  if (kind === 'sensorState') return `${event.sensor.name}: ${event.from} -> ${event.to}`;
  if (kind === 'firmware') return `firmware ${event.to}`;
  if (kind === 'recordsChanged') return `${event.sensors} sensors`;
  return 'what' in event ? `${kind} ${event.what}` : kind;
}

function endpoint(eid: number, more: Partial<WatchedEndpoint> = {}): WatchedEndpoint {
  const address = eid.toString(16).padStart(2, '0');
  return { network: 1, eid, link: 'dev8', physicalAddress: address, uuid: undefined, messageTypes: [0, 1], ...more };
}

function thermometer(state: { temperature: number; reads?: number }): TerminusDescription {
  return {
    numericSensors: [
      {
        id: 1,
        name: 'Inlet',
        unit: '°C',
        updateInterval: 2,
        thresholds: { upperCritical: 90 },
        read: () => {
          state.reads = (state.reads ?? 0) + 1;
          return state.temperature;
        },
      },
    ],
    stateSensors: [{ id: 2, name: 'Riser', sensors: [{ stateSetId: 13, possibleStates: [1, 2], read: () => 1 }] }],
    fru: [{ recordSetIdentifier: 1, fields: { serialNumber: 'SN1', model: 'Board' } }],
  };
}

/** Records of a terminus which also describe the sensors of another, with the same numbers. */
function withNeighbour(locators: 'tid' | 'eid' | 'none' | 'strangers'): TerminusDescription {
  const located = { tid: [3, 4], eid: [9, 10], none: [], strangers: [50, 51] }[locators];
  const { numericSensors = [], ...rest } = thermometer({ temperature: 41 });
  const other = { ...numericSensors[0]!, name: 'Outlet of another', read: () => 0 };
  const theirs = [1, 2].map((id) => {
    const { recordHandle: _, ...pdr } = decodePdr(
      buildPdrs({ numericSensors: [{ ...other, id }], terminusHandle: 2 })[0]!,
    );
    return pdr as PdrDescription;
  });
  return {
    ...rest,
    numericSensors,
    tid: 3,
    pdrs: [
      ...located.map((where, index) => ({
        pdrType: PDR_TYPE.terminusLocator,
        pldmTerminusHandle: index + 1,
        validity: 'valid' as const,
        tid: locators === 'tid' ? where : 0,
        containerId: 0,
        terminusLocatorType: locators === 'eid' ? ('mctpEid' as const) : ('uid' as const),
        terminusLocatorValue: locators === 'eid' ? Uint8Array.of(where) : new Uint8Array(17).fill(where),
      })),
      ...theirs,
    ],
  };
}

describe('a repository with the sensors of several termini', () => {
  for (const locators of ['tid', 'eid'] as const) {
    it(`which its locators tell apart by ${locators.toUpperCase()} has those of its own terminus read, and no others`, async () => {
      const { world, manager } = await scene();
      await world.terminus(9, withNeighbour(locators));
      manager.put(endpoint(9));
      await pass(world.clock, 5000);
      const [terminus] = manager.termini();
      expect(
        terminus!.sensors.map(({ key, kind, name, value, state, error }) => [key, kind, name, value, state, error]),
      ).toEqual([
        ['1', 'numeric', 'Inlet', 41, 'normal', null],
        ['2', 'state', 'Riser', 1, 'Present', null],
      ]);
      expect(terminus!.notes).toEqual([
        '2 sensors and effecters of terminus handle 2 are of other termini, and not asked for here',
      ]);
      await manager.close();
    });
  }

  it('which nothing tells apart has one of each number read, with a note', async () => {
    for (const locators of ['none', 'strangers'] as const) {
      const { world, manager } = await scene();
      await world.terminus(9, withNeighbour(locators));
      manager.put(endpoint(9));
      await pass(world.clock, 5000);
      const [terminus] = manager.termini();
      expect(terminus!.sensors).toHaveLength(2);
      expect(terminus!.notes).toContain('two sensors have the number 1: one is read');
      await manager.close();
    }
  });
});

describe('a terminus', () => {
  it('is identified, given a TID, read and watched', async () => {
    const { world, manager, told } = await scene();
    const state = { temperature: 41 };
    const device = await world.terminus(9, thermometer(state));
    manager.put(endpoint(9, { uuid: UUID }));
    await pass(world.clock, 5000);
    const [terminus] = manager.termini();
    expect(terminus).toMatchObject({
      key: UUID,
      eid: 9,
      uuid: UUID,
      state: 'watched',
      error: null,
      tid: 1,
      events: 'keepAlive',
    });
    expect(device.base.tid).toBe(1);
    expect(terminus!.types.map(({ name }) => name)).toEqual([
      'messaging control and discovery',
      'platform monitoring and control',
      'FRU data',
    ]);
    expect(terminus!.fru).toEqual([
      {
        recordSet: 1,
        fields: [
          { name: 'serialNumber', value: 'SN1' },
          { name: 'model', value: 'Board' },
        ],
      },
    ]);
    expect(terminus!.pdrs!.records).toBeGreaterThan(2);
    expect(terminus!.sensors).toMatchObject([
      {
        key: '1',
        kind: 'numeric',
        name: 'Inlet',
        unit: '°C',
        value: 41,
        state: 'normal',
        severity: 'ok',
        intervalMs: 2000,
        limits: { upperCritical: 90 },
      },
      {
        key: '2',
        kind: 'state',
        name: 'Riser',
        value: 1,
        state: 'Present',
        intervalMs: 10_000,
        states: { 1: 'Present', 2: 'Not present' },
      },
    ]);
    expect(told()).toEqual(['waiting -> asking', '2 sensors', 'asking -> watched']);
    await settle(world.clock, manager.close());
  });

  it('has each sensor read at its own interval', async () => {
    const { world, manager, events } = await scene();
    await world.terminus(9, thermometer({ temperature: 41 }));
    manager.put(endpoint(9));
    await pass(world.clock, 61_000);
    const times = (key: string): number[] =>
      events.flatMap((event) => (event.kind === 'reading' && event.sensor.key === key ? [event.at] : []));
    const gaps = (list: readonly number[]): number[] => list.slice(1).map((at, index) => at - list[index]!);
    expect(times('1').length).toBeGreaterThanOrEqual(29);
    expect(Math.max(...gaps(times('1')))).toBeLessThan(2500);
    expect(times('2').length).toBeGreaterThanOrEqual(6);
    expect(Math.max(...gaps(times('2')))).toBeLessThan(10_500);
    await settle(world.clock, manager.close());
  });

  it('tells a threshold as soon as the device sends the event', async () => {
    const { world, manager, told } = await scene();
    const state = { temperature: 41 };
    await world.terminus(9, thermometer(state));
    manager.put(endpoint(9));
    await pass(world.clock, 5000);
    state.temperature = 95;
    await pass(world.clock, 3000);
    expect(told().slice(3)).toEqual([
      'platformEvent Inlet: normal -> upperCritical at 95 °C',
      'Inlet: normal -> upperCritical',
    ]);
    expect(manager.termini()[0]!.sensors[0]).toMatchObject({ value: 95, state: 'upperCritical', severity: 'critical' });
    await settle(world.clock, manager.close());
  });

  it('which has the UUID of another one on another link is told apart by its serial number', async () => {
    const { world, manager, told } = await scene();
    const board = (serialNumber: string): TerminusDescription => ({
      ...thermometer({ temperature: 41 }),
      fru: [{ recordSetIdentifier: 1, fields: { serialNumber, model: 'Board' } }],
    });
    await world.terminus(9, board('SN1'));
    await world.terminus(10, board('SN2'));
    await world.terminus(11, board('SN1'));
    const places = [
      endpoint(9, { uuid: UUID }),
      endpoint(10, { uuid: UUID, link: 'other' }),
      endpoint(11, { uuid: UUID, link: 'third' }),
    ];
    for (const place of places) manager.put(place);
    await pass(world.clock, 5000);
    for (const place of places) manager.put(place);
    await pass(world.clock, 5000);
    expect(manager.termini().map(({ key, eid, state, ways }) => [key, eid, state, ways.length])).toEqual([
      [UUID, 9, 'watched', 2],
      ['other/0a', 10, 'watched', 1],
    ]);
    expect(told().filter((what) => what.startsWith('trouble'))).toEqual([
      `trouble EID 9 (dev8/0x09) and EID 10 (other/0x0a) have the same UUID ${UUID} and different serial numbers, SN1 and SN2: they are two devices`,
    ]);
    await manager.close();
  });

  it('which goes away when the last answer of its setup has just come leaves no timer', async () => {
    const start = async () => {
      const made = await scene({ events: 'poll' });
      await made.world.terminus(9, thermometer({ temperature: 41 }));
      made.manager.put(endpoint(9, { uuid: UUID }));
      made.world.clock.step();
      return made;
    };
    // Here an answer takes no time: all is done in so many turns of promises.
    const { manager } = await start();
    let turns = 0;
    for (; manager.termini()[0]?.state !== 'watched'; turns++) await Promise.resolve();
    await manager.close();
    for (let early = 0; early < 12; early++) {
      const other = await start();
      for (let turn = early; turn < turns; turn++) await Promise.resolve();
      other.manager.remove(endpoint(9, { uuid: UUID }));
      await pass(other.world.clock, 30_000);
      // That of the device, which looks at its sensors from its setup on.
      expect(other.world.clock.pending).toBeLessThanOrEqual(1);
      await other.manager.close();
    }
  });

  it('which speaks no PLDM is passed over', async () => {
    const { manager } = await scene();
    manager.put(endpoint(9, { messageTypes: [0, 4] }));
    expect(manager.termini()).toEqual([]);
  });
});

describe('a TID', () => {
  it.each([
    ['says the reserved TID 255 and takes none', 0xff, fail(0x05)],
    ['takes a TID and goes on saying that it has none', 0, {}],
  ])('%s: that is not a restart at every check (DSP0240 §9.1.1)', async (_, tid, taken) => {
    const { world, manager, told } = await scene();
    const device = await world.terminus(9, thermometer({ temperature: 40 }));
    device.responder.handlers.on(GetTID, () => ({ tid }));
    device.responder.handlers.on(SetTID, () => taken);
    manager.put(endpoint(9, { uuid: UUID }));
    await pass(world.clock, 400_000);
    expect(told().filter((words) => words.startsWith('restarted'))).toEqual([]);
    expect(manager.termini()).toMatchObject([{ state: 'watched', tid: 0 }]);
    expect(manager.termini()[0]!.notes.join()).toMatch(/TID/);
    await settle(world.clock, manager.close());
  });

  it('names another event receiver than it was given: that is not a restart at every check (DSP0248 §16)', async () => {
    const { world, manager, told } = await scene();
    const device = await world.terminus(9, thermometer({ temperature: 40 }));
    let names = 0;
    device.responder.handlers.on(GetEventReceiver, () => ({
      transportProtocolType: 0,
      eventReceiverAddressInfo: names,
    }));
    manager.put(endpoint(9, { uuid: UUID }));
    await pass(world.clock, 400_000);
    expect(told().filter((words) => words.startsWith('restarted'))).toEqual([]);
    expect(manager.termini()[0]!.notes).toContain('it was told that EID 8 receives its events, and names EID 0');
    names = 30;
    await pass(world.clock, 70_000);
    expect(told().filter((words) => words.startsWith('restarted'))).toHaveLength(1);
    await settle(world.clock, manager.close());
  });

  it('is of one terminus: the second which says it has the same gets another', async () => {
    const { world, manager } = await scene();
    for (const eid of [9, 10]) await world.terminus(eid, { ...thermometer({ temperature: 1 }), tid: 5 });
    for (const eid of [9, 10]) manager.put(endpoint(eid));
    await pass(world.clock, 5000);
    const tids = manager.termini().map(({ tid }) => tid);
    expect(tids).toContain(5);
    expect(new Set(tids).size).toBe(2);
    await settle(world.clock, manager.close());
  });

  it('is remembered by the UUID from an earlier run', async () => {
    const kept: (readonly (readonly [string, number])[])[] = [];
    const { world, manager } = await scene({ tids: [[UUID, 77]], onTids: (tids) => kept.push(tids) });
    const device = await world.terminus(9, thermometer({ temperature: 1 }));
    manager.put(endpoint(9, { uuid: UUID }));
    await pass(world.clock, 5000);
    expect(device.base.tid).toBe(77);
    expect(kept.at(-1)).toEqual([[UUID, 77]]);
    await settle(world.clock, manager.close());
  });

  it('is left as it is where we are told so', async () => {
    const { world, manager } = await scene({ setTids: false });
    const device = await world.terminus(9, thermometer({ temperature: 1 }));
    manager.put(endpoint(9));
    await pass(world.clock, 5000);
    expect(device.base.tid).toBe(0);
    expect(manager.termini()[0]).toMatchObject({ tid: 0, state: 'watched' });
    await settle(world.clock, manager.close());
  });
});

/** How often a command was asked of anybody. */
function asked(mctp: Mctp, { pldmType, code }: { readonly pldmType: number; readonly code: number }): () => number {
  let count = 0;
  mctp.tap(({ direction, buffer, start }) => {
    const [, request, type, command] = buffer.subarray(start + 4, start + 8);
    if (direction === 'tx' && (request! & 0x80) !== 0 && (type! & 0x3f) === pldmType && command === code) count++;
  });
  return () => count;
}

describe('a terminus which changes', () => {
  it('restarts: it is told its TID again, its events come again, and its PDRs are not read again', async () => {
    const { world, manager, told } = await scene();
    const mctp = await world.device(9);
    const make = (): PldmTerminus =>
      new PldmTerminus({ transport: mctp, clock: world.clock, description: thermometer({ temperature: 41 }) }).start();
    const before = make();
    const pdrs = asked(world.bmc, GetPDR);
    manager.put(endpoint(9));
    await pass(world.clock, 5000);
    const read = pdrs();
    expect(read).toBeGreaterThan(2);
    before.close();
    const after = make();
    await pass(world.clock, 70_000);
    expect(told().slice(3)).toEqual(['restarted it has no TID, and had 1']);
    expect(after.base.tid).toBe(1);
    expect(manager.termini()[0]).toMatchObject({ state: 'watched', tid: 1, events: 'keepAlive' });
    expect(pdrs()).toBe(read);
    await settle(world.clock, manager.close());
  });

  it('has another EID: it is the same terminus, and what is known of it stays', async () => {
    const { world, manager } = await scene();
    const mctp = await world.device(9);
    const device = new PldmTerminus({
      transport: mctp,
      clock: world.clock,
      description: thermometer({ temperature: 41 }),
    }).start();
    const pdrs = asked(world.bmc, GetPDR);
    manager.put(endpoint(9, { uuid: UUID }));
    await pass(world.clock, 5000);
    const read = pdrs();
    device.close();
    const other = await world.terminus(10, { ...thermometer({ temperature: 42 }), tid: 1 });
    manager.put(endpoint(10, { uuid: UUID }));
    await pass(world.clock, 5000);
    expect(manager.termini()).toMatchObject([
      { key: UUID, eid: 10, state: 'watched', tid: 1, sensors: [{ value: 42 }, {}] },
    ]);
    expect(other.base.tid).toBe(1);
    expect(pdrs()).toBe(read);
    await settle(world.clock, manager.close());
  });

  it('has another repository: sensors come and go, and those which stay keep their values', async () => {
    const { world, manager, told } = await scene();
    const device = await world.terminus(9, thermometer({ temperature: 41 }));
    manager.put(endpoint(9));
    await pass(world.clock, 5000);
    const state = [...device.repository.records].find(([, record]) => record[5] === PDR_TYPE.stateSensor);
    device.removePdr(state![0]);
    await pass(world.clock, 2000);
    expect(told().slice(3)).toEqual([expect.stringMatching(/^platformEvent PDR repository/), '1 sensors']);
    expect(manager.termini()[0]!.sensors).toMatchObject([{ key: '1', value: 41 }]);
    await settle(world.clock, manager.close());
  });

  it('does not answer: it is silent, asked less and less often, and watched again when it is back', async () => {
    const { world, manager, told } = await scene();
    const mctp = await world.device(9);
    const make = (): PldmTerminus => {
      const description = { ...thermometer({ temperature: 41 }), tid: 1 };
      return new PldmTerminus({ transport: mctp, clock: world.clock, description }).start();
    };
    const device = make();
    const reads = asked(world.bmc, GetSensorReading);
    manager.put(endpoint(9));
    await pass(world.clock, 5000);
    device.close();
    await pass(world.clock, 600_000);
    expect(manager.termini()[0]).toMatchObject({ state: 'silent', error: expect.any(String) });
    const whileSilent = reads();
    await pass(world.clock, 600_000);
    expect(reads()).toBe(whileSilent);
    make();
    await pass(world.clock, 70_000);
    expect(manager.termini()[0]).toMatchObject({ state: 'watched', error: null });
    expect(reads()).toBeGreaterThan(whileSilent);
    expect(
      told()
        .filter((text) => text.includes('->'))
        .slice(2),
    ).toEqual(['watched -> silent', 'silent -> watched']);
    await settle(world.clock, manager.close());
  });

  it('leaves and comes back: its PDRs are not read again', async () => {
    const { world, manager } = await scene();
    await world.terminus(9, thermometer({ temperature: 41 }));
    const pdrs = asked(world.bmc, GetPDR);
    manager.put(endpoint(9, { uuid: UUID }));
    await pass(world.clock, 5000);
    const read = pdrs();
    manager.remove(endpoint(9, { uuid: UUID }));
    expect(manager.termini()).toEqual([]);
    manager.put(endpoint(9, { uuid: UUID }));
    await pass(world.clock, 5000);
    expect(manager.termini()).toMatchObject([{ state: 'watched', sensors: [{ value: 41 }, { value: 1 }] }]);
    expect(pdrs()).toBe(read);
    await settle(world.clock, manager.close());
  });
});

describe('many termini', () => {
  it('are each read in their own rhythm while one of them never answers and one refuses', async () => {
    const { world, manager, events } = await scene();
    for (const eid of [9, 10, 11]) await world.terminus(eid, thermometer({ temperature: eid }));
    await world.scripted(12, () => undefined);
    await world.scripted(13, new Table().script);
    for (let eid = 9; eid <= 13; eid++) manager.put(endpoint(eid));
    await pass(world.clock, 60_000);
    const states = manager.termini().map(({ state }) => state);
    expect(states).toEqual(['watched', 'watched', 'watched', 'silent', 'refused']);
    for (const eid of [9, 10, 11]) {
      const at = events.flatMap((event) =>
        event.kind === 'reading' && event.device.eid === eid && event.sensor.key === '1' ? [event.at] : [],
      );
      const gaps = at.slice(1).map((time, index) => time - at[index]!);
      expect(Math.max(...gaps)).toBeLessThan(2500);
    }
    await settle(world.clock, manager.close());
  });

  it('are bounded in number', async () => {
    const { world, manager } = await scene({ maxTermini: 2 });
    for (const eid of [9, 10, 11]) manager.put(endpoint(eid));
    expect(manager.termini()).toHaveLength(2);
    expect(manager.refused).toBe(1);
    await settle(world.clock, manager.close());
  });

  it('take no more of the wire than their share', async () => {
    const clock = (await World.make()).clock;
    const share = new BusShare({ clock, percent: 25 });
    // 100 bytes in 10 ms, by ten who never stop.
    let done = 0;
    let ended = false;
    const worker = async (): Promise<void> => {
      while (!ended) {
        const reserved = await share.enter();
        await new Promise<void>((resolve) => void clock.schedule(10, resolve));
        share.leave(reserved, 76, 10);
        done++;
      }
    };
    for (let index = 0; index < 10; index++) void worker();
    await pass(clock, 60_000);
    ended = true;
    expect(done * 10).toBeGreaterThan(0.24 * 60_000);
    expect(done * 10).toBeLessThan(0.27 * 60_000);
    expect(share.use.wireMs).toBeLessThan(0.27 * 60_000);
  });

  it('take another share, and read in another rhythm, from one moment to the next', async () => {
    const { world, manager, events } = await scene({ intervalMs: 1000, leastIntervalMs: 1000 });
    await world.terminus(9, thermometer({ temperature: 41 }));
    manager.put(endpoint(9));
    await pass(world.clock, 30_000);
    const readsIn = async (ms: number): Promise<number> => {
      const before = events.length;
      await pass(world.clock, ms);
      return events.slice(before).filter((event) => event.kind === 'reading' && event.sensor.key === '1').length;
    };
    // It says that it has a new value every two seconds.
    expect(await readsIn(60_000)).toBe(30);
    manager.retime({ intervalMs: 1000, leastIntervalMs: 10_000, checkMs: 60_000 });
    expect(manager.termini()[0]!.sensors[0]).toMatchObject({ value: 41, intervalMs: 10_000 });
    expect(await readsIn(60_000)).toBeLessThanOrEqual(7);
    manager.retime({ intervalMs: 1000, leastIntervalMs: 1000, checkMs: 60_000 });
    expect(await readsIn(60_000)).toBeGreaterThanOrEqual(29);
    await settle(world.clock, manager.close());
    const share = new BusShare({ clock: world.clock, percent: 1 });
    share.leave(await share.enter(), 76_000, 10_000);
    let entered = false;
    void share.enter().then(() => {
      entered = true;
    });
    await pass(world.clock, 60_000);
    expect(entered).toBe(false);
    share.percent = 100;
    await pass(world.clock, 11_000);
    expect(entered).toBe(true);
  });
});

describe('events without end', () => {
  it('of one device are told at a bounded rate, and what was left out is counted', async () => {
    const { world, manager, events } = await scene();
    const device = await world.terminus(9, thermometer({ temperature: 41 }));
    manager.put(endpoint(9));
    await pass(world.clock, 5000);
    for (let index = 0; index < 500; index++) {
      device.events.raise(0xf0, Uint8Array.of(index & 0xff));
      await pass(world.clock, 20);
    }
    await pass(world.clock, 2000);
    device.events.raise(0xf0, Uint8Array.of(1));
    await pass(world.clock, 100);
    const told = events.filter(({ kind }) => kind === 'platformEvent').length;
    expect(told).toBeGreaterThan(60);
    expect(told).toBeLessThan(90);
    expect(events.some((event) => event.kind === 'trouble' && /events were left out/.test(event.what))).toBe(true);
    await settle(world.clock, manager.close());
  });
});
