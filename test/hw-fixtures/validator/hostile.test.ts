/** Devices which are not what a validator hopes for: the run ends in bounded time, says what it does not know, and puts back. */

import { describe, expect, it } from 'vitest';
import { type Behaviour, rewritePacketOut } from '../../../hw-fixtures/index.js';
import { allChecks, GROUPS } from '../../../hw-fixtures/validator/registry.js';
import { type CheckResult, runChecks } from '../../../hw-fixtures/validator/run-checks.js';
import type { PassedPacket } from '../../../hw-fixtures/validator/target.js';
import { GetStatus, UpdateComponent } from '../../../pldm/firmware/update-commands.js';
import { GetSensorReading, SetNumericSensorEnable } from '../../../pldm/platform/sensor-commands.js';
import { GetEndpointID } from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { type DeviceOnBench, withDevice } from '../../support/validated-device.js';

const CHECKS = allChecks().filter(({ group }) => ['transport', 'control', 'smbus'].includes(group));
const BENCH = GROUPS.find(({ name }) => name === 'transport')!.bench;
/** Of these groups against whatever device. */
const LONGEST_MS = 15 * 60_000;
/** A check which is under way when a device goes, and what it asks then. */
const SILENCE_MS = 60_000;

interface Run {
  readonly results: readonly CheckResult[];
  readonly ms: number;
  readonly eid: number | undefined;
}

/** A run, how long it took, and the EID that the device has behind it. */
function run(behaviours: readonly Behaviour[], hear: (packet: PassedPacket) => void = () => {}): Promise<Run> {
  return withDevice(BENCH, behaviours, async (there) => {
    const { target, clock } = there;
    const start = clock.now();
    const stop = await target.record(hear);
    const results = await runChecks({ target, checks: CHECKS, signal: new AbortController().signal });
    stop();
    const ms = clock.now() - start;
    return { results, ms, eid: await eidOf(there) };
  });
}

async function eidOf({ mctp, target }: DeviceOnBench): Promise<number | undefined> {
  const socket = mctp.socket();
  const to = { eid: 0, link: target.link, physicalAddress: '1d' };
  const request = Uint8Array.of(0x80, GetEndpointID.code);
  const answer = await socket
    .request(to, request, { type: MESSAGE_TYPE.control, timeoutMs: 300 })
    .catch(() => undefined);
  socket.close();
  return answer?.payload[3];
}

const verdicts = (results: readonly CheckResult[]): string[] => [...new Set(results.map(({ verdict }) => verdict))];
const lost = (when: () => boolean): Behaviour => ({
  name: 'gone',
  acknowledge: () => !when(),
  packetIn: () => !when(),
  packetOut: () => !when(),
});

describe('the run ends in bounded time', () => {
  it('when the device is absent: everything is inconclusive', async () => {
    const { results, ms } = await run([lost(() => true)]);
    expect(verdicts(results)).toEqual(['inconclusive']);
    expect(ms).toBeLessThan(SILENCE_MS);
  });

  it('when the device takes requests and never answers: everything is inconclusive', async () => {
    const { results, ms } = await run([{ name: 'mute', request: () => false }]);
    expect(verdicts(results)).toEqual(['inconclusive']);
    expect(ms).toBeLessThan(SILENCE_MS);
  });

  it.each([1, 20, 60])(
    'when the device vanishes after %i packets: no check fails, the rest is inconclusive',
    async (count) => {
      let packets = 0;
      const { results } = await run([lost(() => packets > count)], () => packets++);
      expect(results.filter(({ verdict }) => verdict === 'fail' || verdict === 'warning')).toEqual([]);
      expect(results.at(-1)!.verdict).toBe('inconclusive');
    },
  );

  it('when the device answers everything, whatever it is', async () => {
    const answersAll: Behaviour = {
      name: 'answers everything',
      packetIn: (packet, device, from) => {
        device.send(Uint8Array.of(1, packet[2]!, packet[1]!, 0xc0 | (packet[3]! & 7), ...packet.subarray(4)), from);
        return true;
      },
    };
    const { results, ms } = await run([answersAll]);
    expect(results).toHaveLength(CHECKS.length);
    expect(verdicts(results)).toContain('fail');
    expect(ms).toBeLessThan(LONGEST_MS);
  });

  it('when the device changes its EID as it likes', async () => {
    let count = 0;
    const changesEid = rewritePacketOut((packet) => (++count % 7 < 4 ? packet : packet.with(2, 0x40 + (count & 0xf))));
    const { results, ms, eid } = await run([changesEid]);
    expect(results).toHaveLength(CHECKS.length);
    expect(ms).toBeLessThan(LONGEST_MS);
    expect(eid).toBe(9);
  });

  it('when the device floods: what is kept is bounded, too', async () => {
    const floods: Behaviour = {
      name: 'floods',
      answered: (device) => {
        // What it sends looks like answers to us.
        for (let index = 0; index < 200; index++) device.send(Uint8Array.of(1, 8, 9, 0xc0, 0, 0x80, 2), '10');
      },
    };
    const { results, ms } = await run([floods]);
    expect(results).toHaveLength(CHECKS.length);
    expect(ms).toBeLessThan(LONGEST_MS);
    for (const { packets } of results) expect(packets.length).toBeLessThanOrEqual(512);
  });
});

describe('the device is put back', () => {
  it('when the run is interrupted while it has the EID of a check', async () => {
    const interrupt = new AbortController();
    const { stopped, eid, seen } = await withDevice(BENCH, [], async (there) => {
      const given: number[] = [];
      const stop = await there.target.record(({ direction, bytes }) => {
        // Set Endpoint ID, answered: from here on the device has another EID.
        if (direction !== 'received' || bytes[6] !== 0x01 || bytes[7] !== 0) return;
        given.push(bytes[9]!);
        interrupt.abort();
      });
      const run = runChecks({ target: there.target, checks: CHECKS, signal: interrupt.signal });
      const ended = await run.then(
        () => 'to its end',
        (error: Error) => error.message,
      );
      stop();
      return { stopped: ended, eid: await eidOf(there), seen: given };
    });
    expect(stopped).toContain('interrupted');
    expect(seen[0]).not.toBe(9);
    expect(eid).toBe(9);
  });

  // What a check with --allow has under way: the command which begins it, and what the device says when all is over.
  it.each([
    [
      'a sensor is enabled again',
      'platform',
      'PLDM-PLAT-109',
      SetNumericSensorEnable,
      GetSensorReading,
      [1, 0, 0],
      1,
      0,
    ],
    ['an update is cancelled', 'firmware', 'PLDM-FWUP-029', UpdateComponent, GetStatus, [], 0, 0],
  ] as const)('when the run is interrupted: %s', async (_what, group, id, begins, asks, body, at, expected) => {
    const interrupt = new AbortController();
    const bench = GROUPS.find(({ name }) => name === group)!.bench;
    const checks = allChecks().filter((check) => check.id === id);
    const { stopped, answer } = await withDevice(bench, [], async ({ target, mctp }) => {
      const stop = await target.record(({ direction, bytes }) => {
        const isBegun = direction === 'received' && bytes[6] === begins.pldmType && bytes[7] === begins.code;
        if (isBegun && bytes[8] === 0) interrupt.abort();
      });
      const run = runChecks({ target, checks, allowed: ['write', 'update'], signal: interrupt.signal });
      const ended = await run.then(
        () => 'to its end',
        (error: Error) => error.message,
      );
      stop();
      const socket = mctp.socket();
      const request = Uint8Array.of(0x9f, asks.pldmType, asks.code, ...body);
      const { payload } = await socket.request({ eid: 9 }, request, { type: MESSAGE_TYPE.pldm, timeoutMs: 300 });
      socket.close();
      return { stopped: ended, answer: payload };
    });
    expect(stopped).toContain('interrupted');
    expect(answer[3]).toBe(0);
    expect(answer[4 + at]).toBe(expected);
  });
});
