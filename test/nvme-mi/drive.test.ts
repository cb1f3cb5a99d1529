/** A drive of the bench and the requester, on an SMBus of 400 kHz in virtual time. */

import { describe, expect, it } from 'vitest';
import { driveApp } from '../../hw-fixtures/bench/nvme/drive-app.js';
import { GOOD_DRIVE } from '../../hw-fixtures/bench/nvme/drive-description.js';
import type { DriveState } from '../../hw-fixtures/bench/nvme/drive-state.js';
import { pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import {
  Abort,
  COMMIT_ACTION,
  GetState,
  MiReset,
  MORE_PROCESSING_TOTAL_MS,
  NvmeMiClient,
  NvmeMiResponder,
  nvmeMiMessages,
  SubsystemHealthPoll,
  WriteVpd,
  warningNames,
} from '../../stack/nvme-mi/index.js';
import { world } from '../hw-fixtures/support.js';

const BENCH = `
[wires.bus]
kind = "smbus"
speed = 400
host = 0x10

[devices.drive]
wire = "bus"
address = 0x1d
eid = 9
`;
const DRIVE = { eid: 9 };

async function drive(text = BENCH, description = GOOD_DRIVE, recover = true) {
  const states: DriveState[] = [];
  const made = await world({
    description: text,
    apps: () => [driveApp(description, { onState: (state) => states.push(state) })],
  });
  const { host, clock, bench } = made;
  host.addRoute({ start: 9, end: 9, link: 'bench:bus' });
  host.addNeighbour(9, 'bench:bus', '1d');
  const client = new NvmeMiClient({ transport: host, clock, recover });
  const ask = <T>(work: Promise<T>): Promise<T> => settle(clock, work, { maxSteps: 5_000_000 });
  return { ...made, client, ask, state: () => states.at(-1)!, device: bench.device('drive') };
}

describe('a drive of the bench', () => {
  it('says what it is and how it does', async () => {
    const { client, ask } = await drive();
    expect(await ask(client.subsystemInformation(DRIVE))).toMatchObject({ majorVersion: 1, minorVersion: 2 });
    expect(await ask(client.controllers(DRIVE))).toEqual([0]);
    expect(await ask(client.identify(DRIVE, 0))).toMatchObject({ serialNumber: 'SN-drive', firmwareRevision: '1.4.2' });
    expect(await ask(client.smart(DRIVE, 0))).toMatchObject({ compositeTemperature: 311, availableSpare: 100 });
    expect(await ask(client.health(DRIVE))).toMatchObject({ compositeTemperature: 38, smartWarnings: 0xff });
    client.close();
  });

  it('which gets hot is seen by the next poll', async () => {
    const { client, ask, state } = await drive();
    expect(warningNames(~(await ask(client.health(DRIVE))).smartWarnings)).toEqual([]);
    state().temperature = 85;
    const { smartWarnings, compositeTemperature } = await ask(client.health(DRIVE));
    expect(compositeTemperature).toBe(85);
    expect(warningNames(~smartWarnings)).toEqual(['taut']);
    client.close();
  });

  it('takes firmware in parts, and says which slot comes next', async () => {
    const { client, ask } = await drive();
    const image = new Uint8Array(10_000).fill(0x5a);
    const seen: number[] = [];
    await ask(client.downloadFirmware(DRIVE, 0, image, { onProgress: (done) => seen.push(done) }));
    expect(seen).toEqual([4096, 8192, 10_000]);
    const status = await ask(client.commitFirmware(DRIVE, 0, 2, COMMIT_ACTION.storeAndActivateAtReset));
    expect(status).toMatchObject({ statusCode: 0, statusCodeType: 0 });
    expect(await ask(client.firmwareSlots(DRIVE, 0))).toMatchObject({
      activeSlot: 1,
      nextSlot: 2,
      revisions: ['1.4.2', 'dl10000', '', '', '', '', ''],
    });
    client.close();
  });

  it('which is switched off in the middle of long work leaves it', async () => {
    const { client, ask, clock, device } = await drive(BENCH, { ...GOOD_DRIVE, commitMs: 5000 });
    await ask(client.downloadFirmware(DRIVE, 0, new Uint8Array(4096)));
    const commit = client.commitFirmware(DRIVE, 0, 2, COMMIT_ACTION.storeAndActivateAtReset);
    commit.catch(() => {});
    await pass(clock, 500);
    client.close();
    await device.powerOff();
    expect(clock.pending).toBe(0);
  });

  it('refuses what it does not have', async () => {
    const { client, clock } = await drive(BENCH, { ...GOOD_DRIVE, without: ['reset'] });
    const reset = settleError(clock, client.request(DRIVE, MiReset, {}));
    expect(await reset).toMatchObject({ completionCode: 3 });
    expect(await settleError(clock, client.readLog(DRIVE, 0, 0xc0, 512))).toMatchObject({ completionCode: 4 });
    expect(await settleError(clock, client.smart(DRIVE, 7))).toMatchObject({ completionCode: 4 });
    client.close();
  });

  it('which resets in the middle of a log is a time-out, and then there again', async () => {
    const { client, clock, ask, device } = await drive(BENCH, GOOD_DRIVE, false);
    const log = settleError(clock, client.smart(DRIVE, 0));
    clock.schedule(3, () => device.reset());
    expect(await log).toMatchObject({ code: 'ETIMEDOUT' });
    expect(await ask(client.smart(DRIVE, 0))).toMatchObject({ availableSpare: 100 });
    client.close();
  });
});

describe('a silence of a drive', () => {
  const losing = `${BENCH}behaviours = ["wrongMic(1)"]\n`;

  it('is looked into by Get State and Abort, and what may be asked twice is asked once more', async () => {
    const { client, clock, ask, device } = await drive();
    const log = client.smart(DRIVE, 0);
    clock.schedule(3, () => device.reset());
    expect(await ask(log)).toMatchObject({ availableSpare: 100 });
    expect(client.counters).toMatchObject({ recovered: 1, timeouts: 0 });
    client.close();
    const lost = await drive(losing);
    expect(await lost.ask(lost.client.health(DRIVE))).toMatchObject({ percentageDriveLifeUsed: 3 });
    expect(lost.client.counters).toMatchObject({ recovered: 1, corrupt: 1 });
    lost.client.close();
  });

  it('in the middle of what may be done once only is a time-out', async () => {
    const { client, clock } = await drive(losing);
    const before = client.counters.requests;
    expect(await settleError(clock, client.commitFirmware(DRIVE, 0, 1, COMMIT_ACTION.store))).toMatchObject({
      code: 'ETIMEDOUT',
    });
    expect(client.counters).toMatchObject({ requests: before + 1, recovered: 0 });
    client.close();
  });

  it('of one which is gone costs half a second more, and is a time-out', async () => {
    const { client, clock } = await drive(`${BENCH}behaviours = ["silent"]\n`);
    const start = clock.now();
    expect(await settleError(clock, client.health(DRIVE))).toMatchObject({ code: 'ETIMEDOUT' });
    expect(clock.now() - start).toBeCloseTo(1500, -2);
    expect(client.counters).toMatchObject({ requests: 1, recovered: 0, timeouts: 1 });
    client.close();
  });
});

/** A responder of the test's own on the drive's stack. */
async function responder(answer: (responder: NvmeMiResponder) => void) {
  const made = await world({
    description: BENCH,
    apps: () => [
      ({ mctp, clock }) => {
        const own = new NvmeMiResponder({ transport: mctp, clock });
        answer(own);
        own.start();
        return () => own.close();
      },
    ],
  });
  made.host.addRoute({ start: 9, end: 9, link: 'bench:bus' });
  made.host.addNeighbour(9, 'bench:bus', '1d');
  return { ...made, client: new NvmeMiClient({ transport: made.host, clock: made.clock }) };
}

describe('a command which was aborted before it began', () => {
  it('is sent once more, whatever it does', async () => {
    let begun = 0;
    const { client, clock } = await responder(({ handlers }) => {
      handlers.on(GetState, ({ tag }) => ({ tag, result: 1 }));
      handlers.on(Abort, ({ tag }) => ({ tag, result: 1 }));
      handlers.on(WriteVpd, () => (begun++ === 0 ? new Promise<never>(() => {}) : {}));
    });
    await settle(clock, client.writeVpd(DRIVE, 0, Uint8Array.of(1, 2)));
    expect({ begun, ...client.counters }).toMatchObject({ begun: 2, recovered: 1, timeouts: 0 });
    client.close();
  });
});

describe('the wire', () => {
  it('with a wrong check is not listened to, on either side', async () => {
    let answering: NvmeMiResponder | undefined;
    const { client, host, clock } = await responder((own) => {
      answering = own;
      own.handlers.on(SubsystemHealthPoll, () => ({ data: new Uint8Array(8) }));
    });
    const request = nvmeMiMessages.encodeRequest(SubsystemHealthPoll, 0, { clearStatus: 0 });
    request[request.length - 1]! ^= 1;
    const socket = host.socket();
    const options = { type: MESSAGE_TYPE.nvmeMi, integrityCheck: true, timeoutMs: 50 };
    expect(await settleError(clock, socket.request(DRIVE, request, options))).toMatchObject({ code: 'ETIMEDOUT' });
    expect(answering!.counters.corrupt).toBe(1);
    client.close();
    socket.close();
  });

  it('carries "more processing" as often as it comes, up to a bound, and the answer after it', async () => {
    const made = await world({ description: BENCH });
    const { bench, host, clock } = made;
    host.addRoute({ start: 9, end: 9, link: 'bench:bus' });
    host.addNeighbour(9, 'bench:bus', '1d');
    const client = new NvmeMiClient({ transport: host, clock });
    const socket = bench.device('drive').mctp!.socket();
    socket.bind({ type: MESSAGE_TYPE.nvmeMi });
    let forever = false;
    socket.onMessage((message) => {
      const later = nvmeMiMessages.encodeRaw(SubsystemHealthPoll, 'response', 0, Uint8Array.of(1, 0, 80, 0));
      const done = nvmeMiMessages.encodeResponse(SubsystemHealthPoll, 0, { data: new Uint8Array(8) });
      const say = (payload: Uint8Array) => void socket.reply(message, payload, { integrityCheck: true });
      say(later);
      if (forever) for (let at = 7000; at < 700_000; at += 7000) clock.schedule(at, () => say(later));
      else clock.schedule(7000, () => say(done));
    });
    const { data } = await settle(clock, client.request(DRIVE, SubsystemHealthPoll, { clearStatus: 0 }));
    expect(data).toHaveLength(8);
    expect(client.counters).toMatchObject({ moreProcessing: 1, responses: 1 });
    forever = true;
    const from = clock.now();
    const ended = settleError(clock, client.request(DRIVE, SubsystemHealthPoll, { clearStatus: 0 }));
    expect(await ended).toMatchObject({ code: 'ETIMEDOUT' });
    expect(clock.now() - from).toBeLessThanOrEqual(MORE_PROCESSING_TOTAL_MS + 5000);
    client.close();
    await pass(clock, 200_000);
    socket.close();
  });
});
