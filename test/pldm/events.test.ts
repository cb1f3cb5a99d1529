/** Events: pushed with retries, polled, too large to push, lost heartbeats, changes of the repository (DSP0248 §16). */

import { describe, expect, it } from 'vitest';
import { pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { eventWords } from '../../pldm/platform/event-words.js';
import {
  decodeEvent,
  EVENT_CLASS,
  EventMessageBufferSize,
  EventMessageSupported,
  EventReceiver,
  encodeEvent,
  encodePdr,
  isEventOf,
  PDR_TYPE,
  PdrRepository,
  PollForPlatformEventMessage,
  pollEvents,
  SetEventReceiver,
  viewOf,
  type WatchEvents,
} from '../../pldm/platform/index.js';
import type { PldmTerminus, Terminus } from '../../pldm/terminus/index.js';
import { type DeviceState, description, deviceState } from './device.js';
import { Table, World } from './world.js';

const POLLED = { eventMessageGlobalEnable: 2, transportProtocolType: 0, eventReceiverAddressInfo: 8 } as const;
/** transferFlag in an answer to PollForPlatformEventMessage. */
const FLAG_AT = 11;

interface Scene {
  readonly world: World;
  readonly state: DeviceState;
  readonly device: PldmTerminus;
  readonly terminus: Terminus;
  readonly receiver: EventReceiver;
  readonly events: WatchEvents['event'][];
  readonly log: string[];
}

async function scene(): Promise<Scene> {
  const world = await World.make();
  const state = deviceState();
  const device = await world.terminus(9, description(state));
  const receiver = new EventReceiver({ responder: world.responder, eid: 8 });
  const events: WatchEvents['event'][] = [];
  const log: string[] = [];
  receiver.on('event', (event) => events.push(event));
  receiver.on('lost', () => log.push('lost'));
  receiver.on('restored', () => log.push('restored'));
  receiver.on('trouble', ({ error }) => log.push(error.message));
  receiver.on('repositoryChanged', () => log.push('repository changed'));
  return { world, state, device, terminus: world.at(9), receiver, events, log };
}

describe('asynchronous events', () => {
  it('come when a sensor changes its state', async () => {
    const { world, state, terminus, receiver, events, log } = await scene();
    await settle(world.clock, receiver.watch(terminus, { mode: 'async' }));
    await pass(world.clock, 2000);
    expect(events).toEqual([]);
    state.temperature = 92;
    state.presence = 2;
    await pass(world.clock, 1000);
    expect(events.map(({ tid, event }) => [tid, event])).toEqual([
      [
        7,
        {
          eventClass: 0,
          sensorId: 1,
          sensorEventClass: 2,
          eventState: 10,
          previousEventState: 1,
          sensorDataSize: 3,
          presentReading: 184,
        },
      ],
      [7, { eventClass: 0, sensorId: 20, sensorEventClass: 1, sensorOffset: 0, eventState: 2, previousEventState: 1 }],
    ]);
    expect(log).toEqual([]);
    receiver.close();
  });

  it('too large to be pushed are announced and polled', async () => {
    const { world, device, terminus, receiver, events } = await scene();
    await settle(world.clock, receiver.watch(terminus, { mode: 'async', bufferSize: 64 }));
    const data = Uint8Array.from({ length: 500 }, (_, n) => n & 0xff);
    device.events.raise(0xf5, data);
    device.events.raise(0xf6, Uint8Array.of(1));
    await pass(world.clock, 5000);
    expect(events.map(({ event }) => [event.eventClass, (event as { eventData: Uint8Array }).eventData])).toEqual([
      [0xf5, data],
      [0xf6, Uint8Array.of(1)],
    ]);
    expect(device.events.pending).toBe(0);
  });

  it('of unknown termini are refused, and counted', async () => {
    const { world, device, terminus, receiver } = await scene();
    const call = terminus.call(SetEventReceiver, {
      eventMessageGlobalEnable: 'enableAsync',
      transportProtocolType: 'mctp',
      eventReceiverAddressInfo: 8,
    });
    await settle(world.clock, call);
    device.events.raise(0xf5, Uint8Array.of(1));
    await pass(world.clock, 1000);
    expect(receiver.counters).toMatchObject({ events: 1, unknownSender: 1 });
  });

  it('nobody takes are given up after the retries, and the queue stays bounded', async () => {
    const { world, device, terminus, receiver } = await scene();
    await settle(world.clock, receiver.watch(terminus, { mode: 'async' }));
    world.responder.close();
    for (let n = 0; n < 100; n++) device.events.raise(0xf5, Uint8Array.of(n));
    expect(device.events.pending).toBe(64);
    expect(device.events.counters.lost).toBe(36);
    await pass(world.clock, 64 * 6000 + 1000);
    expect(device.events.pending).toBe(0);
    expect(device.events.counters.failed).toBe(64);
  });
});

describe('polled events', () => {
  it('are fetched in order, in parts, and acknowledged', async () => {
    const { world, device, terminus, receiver, events } = await scene();
    await settle(world.clock, receiver.watch(terminus, { mode: 'poll', bufferSize: 64 }));
    const data = Uint8Array.from({ length: 300 }, (_, n) => n & 0xff);
    device.events.raise(0xf0, Uint8Array.of(1));
    device.events.raise(0xf1, data);
    device.events.raise(0xf2, Uint8Array.of(3));
    await pass(world.clock, 1100);
    expect(events.map(({ event }) => event.eventClass)).toEqual([0xf0, 0xf1, 0xf2]);
    expect(events[1]!.event).toMatchObject({ eventData: data });
    expect(device.events.pending).toBe(0);
    receiver.close();
  });

  it('that come again after their acknowledgement end the poll', async () => {
    const world = await World.make();
    const answer = { tid: 1, eventId: 5, nextDataTransferHandle: 0, transferFlag: 5, eventClass: 0xf0 };
    const table = new Table().on(PollForPlatformEventMessage, () => ({ ...answer, eventData: Uint8Array.of(1) }));
    const device = await world.scripted(9, table.script);
    const error = await settleError(
      world.clock,
      pollEvents(world.at(9), () => {}),
    );
    expect(error).toMatchObject({ code: 'EPROTO' });
    expect(device.requests).toHaveLength(3);
  });

  it.each([
    ['a last part', 4],
    ['the only part (DSP0248 §16.7)', 5],
  ])('with a checksum that stays wrong in %s are reported and left behind', async (_, flag) => {
    const world = await World.make();
    let acknowledged = false;
    const table = new Table().on(PollForPlatformEventMessage, ({ transferOperationFlag }) => {
      acknowledged ||= transferOperationFlag === 2;
      if (acknowledged) return { tid: 1, eventId: 0 };
      return {
        tid: 1,
        eventId: 5,
        nextDataTransferHandle: 0,
        transferFlag: 4,
        eventClass: 0xf0,
        eventData: Uint8Array.of(1),
        eventDataIntegrityChecksum: 1,
      };
    });
    await world.scripted(9, (request, count) => {
      const answer = table.script(request, count) as Uint8Array;
      return acknowledged ? answer : answer.with(FLAG_AT, flag);
    });
    const damaged: number[] = [];
    const poll = pollEvents(world.at(9), () => expect.unreachable(), { onDamaged: (id) => damaged.push(id) });
    expect(await settle(world.clock, poll)).toBe(1);
    expect(damaged).toEqual([5]);
  });

  it('without end are bounded', async () => {
    const world = await World.make();
    let id = 1;
    const table = new Table().on(PollForPlatformEventMessage, ({ transferOperationFlag }) =>
      transferOperationFlag === 2
        ? { tid: 1, eventId: 0xffff }
        : {
            tid: 1,
            eventId: id++,
            nextDataTransferHandle: 0,
            transferFlag: 5,
            eventClass: 0xf0,
            eventData: Uint8Array.of(1),
          },
    );
    await world.scripted(9, table.script);
    let count = 0;
    await settle(
      world.clock,
      pollEvents(world.at(9), () => count++),
    );
    expect(count).toBe(64);
  });
});

describe('a full queue', () => {
  it('keeps the event that is being polled: its next part is of the same event (DSP0248 §16.7)', async () => {
    const { world, device, terminus } = await scene();
    await settle(world.clock, terminus.call(SetEventReceiver, POLLED));
    await settle(world.clock, terminus.call(EventMessageBufferSize, { eventReceiverMaxBufferSize: 64 }));
    const data = Uint8Array.from({ length: 100 }, (_, n) => n);
    device.events.raise(0xf0, data);
    const first = { transferOperationFlag: 'getFirstPart', dataTransferHandle: 0, eventIdToAcknowledge: 0 } as const;
    const begun = await settle(world.clock, terminus.call(PollForPlatformEventMessage, first));
    for (let count = 0; count < 70; count++) device.events.raise(0xf1, Uint8Array.of(count));
    const { eventId, nextDataTransferHandle: dataTransferHandle = 0 } = begun;
    const next = { transferOperationFlag: 'getNextPart', dataTransferHandle, eventIdToAcknowledge: 0xffff } as const;
    const goesOn = await settle(world.clock, terminus.call(PollForPlatformEventMessage, next));
    expect(goesOn).toMatchObject({ eventId, eventClass: 0xf0 });
    expect(device.events.pending).toBe(64);
  });
});

describe('heartbeats', () => {
  it('that stay away mean lost; setting up again restores', async () => {
    const { world, device, terminus, receiver, events, state, log } = await scene();
    const watch = await settle(world.clock, receiver.watch(terminus, { heartbeatSeconds: 10 }));
    expect(watch.mode).toBe('keepAlive');
    await pass(world.clock, 60_000);
    expect(log).toEqual([]);
    expect(receiver.counters.heartbeats).toBe(6);
    // As after a reset: the device has forgotten us.
    device.events.close();
    await pass(world.clock, 25_000);
    expect(log).toEqual(['lost', 'restored']);
    state.temperature = 95;
    await pass(world.clock, 1000);
    expect(events).toHaveLength(1);
    // Gone for good: lost once, tried again and again.
    device.close();
    await pass(world.clock, 100_000);
    expect(log.filter((entry) => entry === 'lost')).toHaveLength(2);
    expect(watch.lost).toBe(true);
    receiver.close();
    const entries = log.length;
    await pass(world.clock, 100_000);
    expect(log).toHaveLength(entries);
  });
});

describe('repository events', () => {
  it('bring the repository up to date, record by record', async () => {
    const { world, device, terminus, receiver, events, log } = await scene();
    const repository = new PdrRepository(terminus);
    await settle(world.clock, repository.download());
    await settle(world.clock, receiver.watch(terminus, { mode: 'async', repository }));
    const before = repository.records.size;
    const record = (entityInstanceNumber: number) =>
      encodePdr(PDR_TYPE.fruRecordSet, {
        recordHandle: 500,
        pldmTerminusHandle: 1,
        fruRecordSetIdentifier: 2,
        entityType: 120,
        entityInstanceNumber,
        containerId: 1,
      });
    device.putPdr(record(1));
    await pass(world.clock, 1000);
    expect(repository.records.size).toBe(before + 1);
    device.putPdr(record(2));
    await pass(world.clock, 1000);
    expect(repository.view.fruRecordSets.at(-1)).toMatchObject({ entity: { entityInstanceNumber: 2 } });
    device.removePdr(500);
    await pass(world.clock, 1000);
    expect(repository.records.size).toBe(before);
    expect(log).toEqual(['repository changed', 'repository changed', 'repository changed']);
    expect(events.every(({ event }) => isEventOf(event, EVENT_CLASS.pldmPDRRepositoryChgEvent))).toBe(true);
    // An event that says to read all of it.
    device.repository.put(record(3));
    device.events.raise(
      4,
      encodeEvent(EVENT_CLASS.pldmPDRRepositoryChgEvent, { eventDataFormat: 0, changeRecords: [] }),
    );
    await pass(world.clock, 1000);
    expect(repository.records.size).toBe(before + 1);
  });
});

describe('in words', () => {
  it('a list within an event is written out (DSP0248 §17, redfishMessageEvent)', () => {
    const events = [7, 8].map((resourceId) => ({ resourceId, eventSeverity: 2 }));
    const data = encodeEvent(EVENT_CLASS.redfishMessageEvent, { events, eventData: Uint8Array.of(1, 2) });
    const { what } = eventWords(decodeEvent(EVENT_CLASS.redfishMessageEvent, data), viewOf([]));
    expect(what).toBe(
      'eventCount 2, eventDataLength 2, events [resourceId 7, eventSeverity 2; resourceId 8, eventSeverity 2], eventData 0102',
    );
  });
});

describe('setting up', () => {
  it('fails where the terminus sends no events', async () => {
    const world = await World.make();
    const table = new Table().on(EventMessageSupported, () => ({
      synchronyConfiguration: 0,
      synchronyConfigurationSupported: 0,
      eventClass: [],
    }));
    await world.scripted(9, table.script);
    const receiver = new EventReceiver({ responder: world.responder, eid: 8 });
    expect(await settleError(world.clock, receiver.watch(world.at(9)))).toMatchObject({ code: 'ENOTSUP' });
  });
});
