/** Faults of the protocol engine which were found once. */

import { expect, it } from 'vitest';
import { flush, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { PldmResponder } from '../../../pldm/base/index.js';
import { base, PldmClient, platform } from '../../../pldm/index.js';
import { fromHex } from '../../../stack/codec/index.js';
import { ControlClient, GetEndpointID, GetEndpointUUID } from '../../../stack/control/index.js';
import { TRANSMIT } from '../../../stack/link.js';
import { Handlers, Requester, Responder } from '../../../stack/protocol/index.js';
import { declareVendor } from '../../../stack/vendor/index.js';
import { World } from '../../pldm/world.js';
import { packet } from '../../support/scripted-link.js';
import { oneStack } from '../../support/stacks.js';

const TO = { eid: 9 };

const withoutIds = declareVendor({
  name: 'acme',
  title: 'Acme',
  type: 0x7e,
  id: 0x1234,
  byteOrder: 'little',
  header: ['kind', 'command'],
  codes: {},
  commands: [{ name: 'Toggle', code: 1, request: [], answer: [{ name: 'state', type: 'u8' }], codes: {} }],
} as never);
const toggle = withoutIds.commands.named('Toggle')!;

it('a command of a protocol without instance ids runs each time, and the next does not wait after a timeout', async () => {
  const world = await World.make();
  const { clock } = world;
  const transport = await world.device(9);
  const client = new Requester(withoutIds.messages, { transport: world.bmc, clock, retries: 0 });
  const lost = client.request(TO, toggle, {} as never).catch(({ code }) => code);
  expect(await settle(clock, lost)).toBe('ETIMEDOUT');
  let state = 0;
  const handlers = new Handlers(withoutIds.protocol);
  handlers.on(toggle, () => ({ state: ++state }) as never);
  new Responder(handlers, withoutIds.messages, { transport, clock }, () => 5).start();
  const before = clock.now();
  for (let n = 1; n <= 3; n++) {
    expect(await settle(clock, client.request(TO, toggle, {} as never))).toMatchObject({ state: n });
  }
  expect(clock.now() - before).toBeLessThan(1_000);
});

it('a request whose patience ends while others have the turn gives the last "not ready", and is not sent', async () => {
  const world = await World.make();
  const { clock } = world;
  const socket = (await world.device(9)).socket();
  socket.bind({ type: 0 });
  let asked = 0;
  socket.onMessage((message) => {
    if (message.payload[1] !== 2) return;
    asked++;
    void socket.reply(message, Uint8Array.of(message.payload[0]! & 0x1f, 2, 4));
  });
  const client = new ControlClient({ transport: world.bmc, clock });
  const first = client.exchange(TO, GetEndpointID, {});
  await flush();
  const others = Array.from({ length: 7 }, () => client.request(TO, GetEndpointUUID, {}).catch(({ code }) => code));
  expect(await settle(clock, first)).toEqual({ completionCode: 4 });
  expect(asked).toBe(1);
  expect(await settle(clock, Promise.all(others))).toEqual(others.map(() => 'ETIMEDOUT'));
});

it('a responder whose onError, logger or error text throws answers ERROR all the same', async () => {
  const world = await World.make();
  const { clock } = world;
  const thrower = (): never => {
    throw new Error('mine');
  };
  const logger = { error: thrower, warn: thrower, info: thrower, debug: thrower } as never;
  const responder = new PldmResponder({ transport: await world.device(9), clock, onError: thrower, logger });
  const unspeakable = { toString: thrower };
  responder.handlers.on(base.GetTID, () => Promise.reject(unspeakable));
  responder.start();
  expect(await settle(clock, world.client.exchange(TO, base.GetTID, {}))).toEqual({ completionCode: 1 });
  responder.handlers.on(base.GetTID, thrower);
  expect(await settle(clock, world.client.exchange(TO, base.GetTID, {}))).toEqual({ completionCode: 1 });
});

it('two requests outstanding, and the answer to the first lost: each is carried out once', async () => {
  const world = await World.make();
  const { clock } = world;
  const responder = new PldmResponder({ transport: await world.device(9), clock, maxRemembered: 2 });
  const ran: number[] = [];
  responder.handlers.on(platform.SetStateEffecterStates, ({ effecterId }) => {
    ran.push(effecterId);
    return {};
  });
  responder.start();
  let lost = 0;
  world.wire.faults = ({ from }) => (from === '09' && lost++ === 0 ? 'drop' : 'deliver');
  const client = new PldmClient({ transport: world.bmc, clock, outstanding: 2 });
  const set = (effecterId: number) =>
    client.request(TO, platform.SetStateEffecterStates, {
      effecterId,
      stateField: [{ setRequest: 'requestSet' as const, effecterState: 1 }],
    });
  await settle(clock, Promise.all([set(1), set(2)]));
  expect(ran).toEqual([1, 2]);
  // Ids come round: the same bytes once more are another request.
  for (let n = 0; n < 64; n++) await settle(clock, set(1));
  expect(ran).toHaveLength(66);
});

it('a program started anew, with the instance ids of the one before it, is not answered from what that one asked', async () => {
  const world = await World.make();
  const { clock } = world;
  const responder = new PldmResponder({ transport: await world.device(9), clock });
  let ran = 0;
  responder.handlers.on(platform.SetStateEffecterStates, () => {
    ran++;
    return {};
  });
  responder.start();
  const socket = world.bmc.socket();
  const ask = (...bytes: number[]) => settle(clock, socket.request(TO, Uint8Array.of(...bytes), { type: 1 }));
  const set = [0x81, 0x02, 0x39, 1, 0, 1, 1, 1];
  await ask(...set);
  await ask(0x82, 0x00, 0x02);
  await ask(...set);
  expect(ran).toBe(2);
  await ask(...set);
  expect(ran).toBe(2);
});

it.each([
  ['a request which had left when it ended may still be answered: its id rests', 'sent', [1, 1]],
  ['a request which ended before it left is never answered: its id is used again', 'busy', [1, 0]],
] as const)('%s', async (_, answer, next) => {
  const { clock, mctp, link } = await oneStack();
  const client = new PldmClient({ transport: mctp, clock, instanceIds: 2 });
  link.answer = TRANSMIT[answer];
  const stop = new AbortController();
  const ended = client.request(TO, base.GetTID, {}, { signal: stop.signal }).catch(({ code }) => code);
  await flush();
  expect(link.takeSent()).toHaveLength(answer === 'sent' ? 1 : 0);
  stop.abort();
  expect(await ended).toBe('ECANCELED');
  const ids: number[] = [];
  link.answer = ({ hex }) => {
    const request = fromHex(hex)!;
    ids.push(request[5]! & 0x1f);
    const tag = request[3]! & 7;
    clock.schedule(1, () => link.inject(packet({ to: false, tag }, Uint8Array.of(1, request[5]! & 0x1f, 0, 2, 0, 7))));
    return TRANSMIT.sent;
  };
  link.host.ready();
  for (let n = 0; n < 2; n++)
    expect(await settle(clock, client.request(TO, base.GetTID, {}))).toMatchObject({ tid: 7 });
  expect(ids).toEqual(next);
});
