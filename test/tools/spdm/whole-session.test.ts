/** Requester, bridge, a serial line, device, responder: recorded exchanges go through unchanged, through the command. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../../stack/codec/index.js';
import { tcpNetwork } from '../../../tools/tcp-network.js';
import { RunningVerb } from '../../support/in-process.js';
import { type NullModem, nullModem } from '../../support/null-modem.js';
import { spdmConversations } from '../../support/spdm-conversations.js';
import { playRequester, playResponder, recorded } from '../../support/spdm-peers.js';

let line: NullModem;
beforeAll(async () => {
  line = await nullModem();
});
afterAll(() => line.close());

const { signal } = new AbortController();

async function listening(verb: RunningVerb): Promise<number> {
  return Number(/:(\d+) reach/.exec(await verb.line(/reach/))?.[1]);
}

describe('a whole session', () => {
  it.each(spdmConversations().map((one) => [one.name, one] as const))('%s', async (_name, conversation) => {
    let asked: Promise<Uint8Array> | undefined;
    const responder = await tcpNetwork.listen('127.0.0.1', 0, (connection) => {
      asked = playResponder(connection, conversation);
    });
    const [near, far] = line.ends;
    const connect = `127.0.0.1:${responder.port}`;
    const device = new RunningVerb(['spdm', 'device', '--connect', connect, '--link', `serial:${far}`]);
    await device.line(/Ctrl-C ends it/);
    const bridge = new RunningVerb(['spdm', 'bridge', `serial:${near}`, '--listen', '127.0.0.1:0', '--once']);
    const requester = await tcpNetwork.connect('127.0.0.1', await listening(bridge), signal);
    const heard = await playRequester(requester, conversation);
    expect(toHex(heard)).toBe(toHex(recorded(conversation, false)));
    const ended = await bridge.finished;
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/the requester ended the session: \d+ exchanges/);
    await device.stop();
    expect(toHex(await asked!)).toBe(toHex(recorded(conversation, true)));
    responder.close();
  });
});

describe('what goes wrong', () => {
  it('is one line: nobody listens, no address, not a port', async () => {
    const nobody = await new RunningVerb(['spdm', 'device', '--connect', '127.0.0.1:1', '--link', 'serial:/dev/none'])
      .finished;
    expect([nobody.code, nobody.stderr]).toEqual([
      1,
      'mctpkit: 127.0.0.1:1 cannot be reached: no program listens there\n',
    ]);
    const none = await new RunningVerb(['spdm', 'bridge']).finished;
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('which device?')]);
    const port = await new RunningVerb(['spdm', 'bridge', 'bench:serial0', '--listen', 'x:99999']).finished;
    expect([port.code, port.stderr]).toEqual([2, expect.stringContaining('is not HOST:PORT')]);
  });

  it('a device without SPDM: the requester is cut off with the reason', async () => {
    const bridge = new RunningVerb(
      ['spdm', 'bridge', 'bench:serial0', '--listen', '127.0.0.1:0', '--once', '-W', '50ms', '--json'],
      {},
    );
    const { port } = JSON.parse(await bridge.line(/listening/)) as { port: number };
    const requester = await tcpNetwork.connect('127.0.0.1', port, signal);
    const heard = await playRequester(requester, spdmConversations()[0]!);
    expect(toHex(heard)).toBe('0000dead000000010000000e5365727665722048656c6c6f2100');
    const ended = await bridge.finished;
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/"reason":"the device did not answer within 50 ms: --timeout gives it longer"/);
  });
});
