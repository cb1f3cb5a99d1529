/** `spdm` and NC-SI as somebody uses them: captures, requesters that wait for each other, words of the shell. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { toHex } from '../../../stack/codec/index.js';
import { tcpNetwork } from '../../../tools/tcp-network.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';
import { readCapture } from '../../support/pcapng-reader.js';
import { spdmConversations } from '../../support/spdm-conversations.js';
import { playRequester, recorded } from '../../support/spdm-peers.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-spdm-verb-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = join(folder, 'bench.toml');
writeFileSync(
  bench,
  '[wires.line]\nkind = "smbus"\nspeed = 400\nhost = 0x10\n\n[devices.rot]\nwire = "line"\naddress = 0x1d\nspdm = true\n',
);
const DEVICE = [`bench:${bench}/0x1d`];

describe('a capture', () => {
  it('of spdm has every message, which decode names', async () => {
    const file = join(folder, 'spdm.pcapng');
    const { code, stderr } = await mctpkit(['spdm', ...DEVICE, '--capture', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readCapture(readFileSync(file)).packets.length).toBeGreaterThan(30);
    const { stdout } = await mctpkit(['decode', file, '--exchanges', '--filter', 'type=spdm']);
    for (const name of [
      'GET_VERSION',
      'GET_CAPABILITIES',
      'NEGOTIATE_ALGORITHMS',
      'GET_CERTIFICATE',
      'GET_MEASUREMENTS',
    ])
      expect(stdout).toContain(name);
    expect(stdout).not.toMatch(/no answer|answers nothing/);
  });

  it('of an NC-SI command that send made has its name and its checksum', async () => {
    const file = join(folder, 'ncsi.pcapng');
    const sent = await mctpkit(['send', '9', 'ncsi:GetVersionID', '--no-reply', '--capture', file]);
    expect({ code: sent.code, stdout: sent.stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^sent to EID 9 .*NC-SI GetVersionID request #\d+\n$/),
    });
    const { stdout } = await mctpkit(['decode', file, '--filter', 'type=ncsi', '--json']);
    const { messages } = JSON.parse(stdout) as { messages: readonly Record<string, unknown>[] };
    expect(messages).toMatchObject([
      { type: 2, command: 'GetVersionID', kind: 'request', fields: { checksumRight: true } },
    ]);
  });
});

describe('two requesters at once', () => {
  it('the second is told on the screen, and served when the first has ended', async () => {
    const [plain] = spdmConversations();
    const hello = { ...plain!, frames: [...plain!.frames.slice(0, 2), ...plain!.frames.slice(-2)] };
    const bridge = new RunningVerb(['spdm', 'bridge', ...DEVICE, '--listen', '127.0.0.1:0', '--json']);
    const { port } = JSON.parse(await bridge.line(/"listening"/)) as { port: number };
    const { signal } = new AbortController();
    const first = await tcpNetwork.connect('127.0.0.1', port, signal);
    await bridge.line(/"connected"/);
    const second = await tcpNetwork.connect('127.0.0.1', port, signal);
    const heard = playRequester(second, hello);
    await bridge.line(/"waits"/);
    expect(bridge.output.match(/"connected"/g)).toHaveLength(1);
    expect(toHex(await playRequester(first, hello))).toBe(toHex(recorded(hello, false)));
    expect(toHex(await heard)).toBe(toHex(recorded(hello, false)));
    await bridge.shows(/"ended"[\s\S]*"ended"/);
    const { stdout } = await bridge.stop();
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(['listening', 'connected', 'waits', 'ended', 'connected', 'ended']);
  });
});

it('the shell knows what may follow spdm', async () => {
  const words = async (...begun: string[]): Promise<string[]> => {
    const { stdout } = await mctpkit(['completion', '--words', '--', 'spdm', ...begun]);
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0]!]));
  };
  expect(await words('b')).toEqual(expect.arrayContaining(['bridge', 'bench:']));
  expect(await words('dev')).toEqual(['device']);
  expect(await words('bridge', 'benc')).toEqual(['bench:']);
  expect(await words('device', '')).toEqual([]);
  expect(await words('bridge', '--on')).toEqual(['--once']);
});
