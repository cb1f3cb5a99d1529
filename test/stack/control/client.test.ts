import { describe, expect, expectTypeOf, it } from 'vitest';
import { pass } from '../../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../../stack/clock.js';
import { CodecError } from '../../../stack/codec/index.js';
import {
  ControlClient,
  DiscoveryNotify,
  EndpointDiscovery,
  GetEndpointID,
  GetEndpointUUID,
  GetMessageTypeSupport,
  SetEndpointID,
} from '../../../stack/control/index.js';
import { CompletionCodeError, MctpError } from '../../../stack/errors.js';
import type { RequesterOptions } from '../../../stack/protocol/index.js';
import { FakeTransport, run, type Script } from '../../support/fake-transport.js';

function setUp(script?: Script, options: Partial<RequesterOptions> = {}) {
  const clock = new VirtualClock();
  const transport = new FakeTransport(clock, script);
  return { clock, transport, client: new ControlClient({ transport: transport, clock, ...options }) };
}

/** The response to a request in hex: the same instance ID and command, then the body. */
function answer(request: string, body: string, afterMs = 1) {
  const flags = (Number.parseInt(request.slice(0, 2), 16) & 0x1f).toString(16).padStart(2, '0');
  return { afterMs, hex: flags + request.slice(2, 4) + body };
}

const instanceId = (hex: string) => Number.parseInt(hex.slice(0, 2), 16) & 0x1f;
const to = { eid: 9 } as const;
const silence: Script = () => [];
const eidBody = '00090000';

describe('control client', () => {
  it('gives the fields of the answer, typed', async () => {
    const { client, clock, transport } = setUp(({ hex }) => [answer(hex, '00101400')]);
    const fields = await run(clock, client.request(to, SetEndpointID, { operation: 'force', eid: 10 }));
    expect(fields).toEqual({ completionCode: 0, assignment: 1, allocation: 0, eid: 0x14, poolSize: 0 });
    expectTypeOf(fields.eid).toEqualTypeOf<number>();
    expect(transport.sent[0]).toMatchObject({ hex: '8001010a', to });
    expect(clock.now()).toBe(1);
  });

  it('turns completion codes into errors with names', async () => {
    const { client, clock } = setUp(({ hex }) => [answer(hex, '05')]);
    const failed = run(clock, client.request(to, GetEndpointUUID, {}));
    await expect(failed).rejects.toThrow('GetEndpointUUID to EID 9 was answered with ERROR_UNSUPPORTED_CMD (0x05)');
    await expect(failed).rejects.toBeInstanceOf(CompletionCodeError);
  });

  it('short-error-response: an error of the completion code alone, or with the body behind it, is an error', async () => {
    for (const body of ['03', '0300000000']) {
      const { client, clock } = setUp(({ hex }) => [answer(hex, body)]);
      await expect(run(clock, client.request(to, SetEndpointID, { operation: 0, eid: 9 }))).rejects.toMatchObject({
        code: 'ECOMPLETION',
        completionCode: 3,
      });
    }
  });

  it('truncated-type-list: an answer that does not decode is an error of its own', async () => {
    const { client, clock } = setUp(({ hex }) => [answer(hex, '0003' + '0104')]);
    const failed = run(clock, client.request(to, GetMessageTypeSupport, {}));
    await expect(failed).rejects.toBeInstanceOf(CodecError);
    await expect(failed).rejects.toThrow('GetMessageTypeSupport response: types[2] at byte 7');
  });

  it('retry-new-instance-id: a retry is the same bytes, three tries in all, and the error says so', async () => {
    const { client, clock, transport } = setUp(silence);
    const failed = run(clock, client.request(to, GetEndpointID, {}));
    await expect(failed).rejects.toThrow('GetEndpointID to EID 9: no answer in 3 tries of 300 ms');
    await expect(failed).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(transport.sent.map(({ hex }) => hex)).toEqual(['8002', '8002', '8002']);
    expect(transport.sent.map(({ at }) => at)).toEqual([0, 300, 600]);
  });

  it('rotates instance IDs, and skips those of unanswered requests for MT4', async () => {
    let quiet = true;
    const { client, clock, transport } = setUp(({ hex }) => (quiet ? [] : [answer(hex, eidBody)]));
    await expect(run(clock, client.request(to, GetEndpointID, {}, { retries: 0 }))).rejects.toThrow('in 1 try');
    quiet = false;
    for (let n = 0; n < 40; n++) await run(clock, client.request(to, GetEndpointID, {}));
    const ids = transport.sent.map(({ hex }) => instanceId(hex));
    expect(ids.slice(0, 3)).toEqual([0, 1, 2]);
    expect(ids.slice(1)).not.toContain(0);
    expect(new Set(ids)).toEqual(new Set(Array.from({ length: 32 }, (_, id) => id)));
    clock.advance(6000);
    for (let n = 0; n < 32; n++) await run(clock, client.request(to, GetEndpointID, {}));
    expect(transport.sent.slice(-32).map(({ hex }) => instanceId(hex))).toContain(0);
  });

  it('late-reply-to-next-request: instance ID and command must be those of the request', async () => {
    const { client, clock, transport } = setUp(({ hex }) => [
      { afterMs: 1, hex: `1f02${eidBody}` }, // of an older request
      { afterMs: 2, hex: `${hex.replace('80', '00').slice(0, 2)}05000101` }, // of another command
      { afterMs: 3, hex: hex + eidBody }, // a request, not a response
      { afterMs: 4, hex: `4002${eidBody}` }, // with the datagram bit
      { afterMs: 5, hex: '00' }, // too short
      answer(hex, '000a0000', 6),
    ]);
    await expect(run(clock, client.request(to, GetEndpointID, {}))).resolves.toMatchObject({ eid: 10 });
    expect(transport.refused).toHaveLength(5);
  });

  it('endless-more-processing: a peer that is never ready is given up when the time is over', async () => {
    const { client, clock, transport } = setUp(({ hex }) => [answer(hex, '04')]);
    const failed = run(clock, client.request(to, GetEndpointID, {}));
    await expect(failed).rejects.toMatchObject({ completionCode: 4, completionCodeName: 'ERROR_NOT_READY' });
    expect(clock.now()).toBeLessThanOrEqual(6000);
    expect(transport.sent.length).toBeGreaterThan(10);
    expect(transport.sent[1]!.at).toBe(301);
    // Answered each time, so each attempt is a new request.
    expect(instanceId(transport.sent[1]!.hex)).toBe(1);
  });

  it('endless-more-processing: not even when it takes no time to say so', async () => {
    const { client, clock } = setUp(({ hex }) => [answer(hex, '04', 0)], { notReadyDelayMs: 0 });
    const failed = run(clock, client.request(to, GetEndpointID, {}, { totalMs: 50 }));
    await expect(failed).rejects.toBeInstanceOf(CompletionCodeError);
    expect(clock.now()).toBeLessThanOrEqual(50);
  });

  it('waits for a peer that is not ready yet', async () => {
    let asked = 0;
    const { client, clock } = setUp(({ hex }) => [answer(hex, asked++ < 2 ? '04' : eidBody)]);
    await expect(run(clock, client.request(to, GetEndpointID, {}))).resolves.toMatchObject({ eid: 9 });
    expect(clock.now()).toBe(603);
  });

  it('does not wait for it any more when it is closed, or the caller gives up', async () => {
    const busy: Script = ({ hex }) => [answer(hex, '04')];
    const { client, clock } = setUp(busy, { notReadyDelayMs: 60_000, totalMs: 600_000 });
    const one = client.request(to, GetEndpointID, {});
    const closed = expect(one).rejects.toThrow('client was closed');
    await pass(clock, 100);
    const { pending } = clock;
    client.close();
    await closed;
    expect(clock.pending).toBe(pending - 1);
    const other = setUp(busy, { notReadyDelayMs: 60_000, totalMs: 600_000 });
    const stop = new AbortController();
    const cancelled = expect(
      other.client.request(to, GetEndpointID, {}, { signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'ECANCELED' });
    await pass(other.clock, 100);
    expect(other.clock.pending).toBe(pending);
    stop.abort();
    await cancelled;
    expect(other.clock.pending).toBe(pending - 1);
  });

  it('control-timeout-too-short: slow devices get their own timeout, per call or for all', async () => {
    const slow: Script = ({ hex }) => [answer(hex, eidBody, 9000)];
    const { client, clock, transport } = setUp(slow);
    await expect(run(clock, client.request(to, GetEndpointID, {}))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const slowly = client.request(to, GetEndpointID, {}, { timeoutMs: 10_000, retries: 0 });
    await expect(run(clock, slowly)).resolves.toMatchObject({ eid: 9 });
    expect(transport.sent).toHaveLength(4);
    const patient = setUp(slow, { timeoutMs: 10_000, retries: 0 });
    await expect(run(patient.clock, patient.client.request(to, GetEndpointID, {}))).resolves.toMatchObject({ eid: 9 });
  });

  it('tries fit into the total time', async () => {
    const { client, clock } = setUp(silence);
    const failed = client.request(to, GetEndpointID, {}, { timeoutMs: 1000, retries: 10, totalMs: 2500 });
    await expect(run(clock, failed)).rejects.toThrow('2 tries of 1000 ms');
    expect(clock.now()).toBe(2000);
  });

  it('min-gap-between-commands: the next command waits, to the same peer only', async () => {
    const { client, clock, transport } = setUp(({ hex }) => [answer(hex, eidBody)], { minGapMs: 50 });
    const all = Promise.all([
      client.request(to, GetEndpointID, {}),
      client.request(to, GetEndpointID, {}),
      client.request({ eid: 10 }, GetEndpointID, {}),
    ]);
    await run(clock, all);
    const times = transport.sent.map((sent) => [sent.to.eid, sent.at]);
    expect(times.filter(([eid]) => eid === 9).map(([, at]) => at)).toEqual([0, 51]);
    expect(times.filter(([eid]) => eid === 10).map(([, at]) => at)).toEqual([0]);
  });

  it('has one request outstanding per peer, in order, and a bound on those that wait', async () => {
    const { client, clock, transport } = setUp(({ hex }) => [answer(hex, eidBody, 10)], { maxWaiting: 2 });
    const first = [1, 2, 3].map(() => client.request(to, GetEndpointID, {}));
    await expect(client.request(to, GetEndpointID, {})).rejects.toMatchObject({ code: 'ENOBUFS' });
    await run(clock, Promise.all(first));
    expect(transport.sent.map(({ at }) => at)).toEqual([0, 10, 20]);
  });

  it('addresses the same device by link and physical address as one peer', async () => {
    const { client, clock, transport } = setUp(({ hex }) => [answer(hex, eidBody, 10)]);
    const place = { link: 'i2c:1', physicalAddress: '1d' };
    await run(
      clock,
      Promise.all([
        client.request({ eid: 0, ...place }, GetEndpointID, {}),
        client.request({ eid: 9, ...place }, GetEndpointID, {}),
        client.request({ eid: 0, ...place, physicalAddress: '1e' }, GetEndpointID, {}),
      ]),
    );
    expect(transport.sent.map(({ at }) => at)).toEqual([0, 0, 10]);
  });

  it('can be cancelled while it waits, while it runs and before it starts', async () => {
    const { client, clock, transport } = setUp(silence);
    const running = new AbortController();
    const waiting = new AbortController();
    const a = client.request(to, GetEndpointID, {}, { signal: running.signal });
    const b = client.request(to, GetEndpointID, {}, { signal: waiting.signal });
    const results = Promise.allSettled([a, b]);
    waiting.abort();
    await expect(b).rejects.toMatchObject({ code: 'ECANCELED' });
    running.abort();
    await expect(a).rejects.toMatchObject({ code: 'ECANCELED' });
    await run(clock, results);
    const early = client.request(to, GetEndpointID, {}, { signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(transport.sent).toHaveLength(1);
  });

  it('close ends everything', async () => {
    const { client, clock } = setUp(silence);
    const results = Promise.allSettled([1, 2].map(() => client.request(to, GetEndpointID, {})));
    client.close();
    client.close();
    const codes = (await run(clock, results)).map((result) => result.status === 'rejected' && result.reason.code);
    expect(codes).toEqual(['ECANCELED', 'ECANCELED']);
    await expect(client.request(to, GetEndpointID, {})).rejects.toMatchObject({ code: 'ENOTCONN' });
  });

  it('fails before sending when a field is wrong, and for broadcasts', async () => {
    const { client, transport } = setUp(silence);
    await expect(client.request(to, SetEndpointID, { operation: 0, eid: 256 })).rejects.toThrow(
      'SetEndpointID request: eid: 256 is not an integer from 0 to 255',
    );
    await expect(client.request({ eid: 255, link: 'x' }, GetEndpointID, {})).rejects.toBeInstanceOf(MctpError);
    expect(transport.sent).toHaveLength(0);
  });

  it('sends datagrams, also to everybody', async () => {
    const { client, clock, transport } = setUp();
    await run(clock, client.send({ eid: 255, link: 'pcie' }, EndpointDiscovery, {}));
    await run(clock, client.send(to, DiscoveryNotify, {}));
    expect(transport.datagrams.map(({ hex }) => hex.slice(2))).toEqual(['0c', '0d']);
    expect(Number.parseInt(transport.datagrams[0]!.hex.slice(0, 2), 16) & 0xc0).toBe(0xc0);
  });

  it('forgets idle peers, and refuses more than it can remember', async () => {
    const { client, clock } = setUp(({ hex, to: peer }) => (peer.eid < 100 ? [answer(hex, eidBody)] : []), {
      maxPeers: 4,
    });
    for (let eid = 8; eid < 60; eid++) await run(clock, client.request({ eid }, GetEndpointID, {}));
    const silent = [100, 101, 102, 103].map((eid) => client.request({ eid }, GetEndpointID, {}));
    const results = Promise.allSettled(silent);
    await expect(client.request({ eid: 9 }, GetEndpointID, {})).rejects.toMatchObject({ code: 'ENOBUFS' });
    await run(clock, results);
  });
});
