/**
 * What tells "ready" is true at the instant it is printed: each test acts while the line is still being written, and finds
 * everything in place. A regression: `capture` said it was recording, and missed what came next.
 */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../bindings/system-clock.js';
import { Owners } from '../../tools/owners.js';
import { Session } from '../../tools/session.js';
import { inVirtualTime } from '../support/auto-clock.js';
import type { Finished } from '../support/cli.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { type NullModem, nullModem } from '../support/null-modem.js';
import { readCapture } from '../support/pcapng-reader.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-ready-'));
afterAll(() => rmSync(folder, { recursive: true }));

let cable: NullModem;
const near = (): string => `serial:${cable.ends[0]}`;
const far = (): string => `serial:${cable.ends[1]}`;
beforeEach(async () => {
  cable = await nullModem();
});
afterEach(() => cable.close());

const ASK = ['-W', '30s', '-r', '0'];
const ask = (...words: string[]) => mctpkit(['send', near(), ...words, ...ASK]);
/** Nobody answers. */
const tell = () => mctpkit(['send', near(), 'GetEndpointID', '-W', '50ms', '-r', '0']);

describe('ready when it says so', () => {
  it('capture: the file has its beginning, and nothing that comes is missed, however soon the end', async () => {
    const path = join(folder, 'ready.pcapng');
    const verb = new RunningVerb(['capture', '-l', far(), '-w', path]);
    let begun = 0;
    await verb.note(/recording/, () => {
      begun = readFileSync(path).length;
    });
    expect(begun).toBeGreaterThan(0);
    await tell();
    // What is sent takes its time through two terminals.
    await expect.poll(() => readFileSync(path).length, { interval: 1 }).toBeGreaterThan(begun);
    expect((await verb.stop()).stderr).toContain('1 packets, 0 with faults');
    expect(readCapture(readFileSync(path)).packets).toHaveLength(1);
  });

  it.each([
    [['capture', '--json'], /GetEndpointID/],
    [['capture'], /8>0 .*control/],
    [['capture', '--print', '-w', join(folder, 'printed.pcapng')], /8>0 .*control/],
    [['listen', '--json'], /GetEndpointID/],
  ])('%j: says so on stderr, and nothing that comes is missed', async (words, shows) => {
    const verb = new RunningVerb([...words, '-l', far(), '-c', '1']);
    await verb.note(/(listening on|recording) .*Ctrl-C ends it/);
    await tell();
    const { code, stdout } = await verb.finished;
    expect({ code, lines: stdout.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 1 });
    expect(stdout).toMatch(shows);
  });

  it('capture: a file that cannot be written is told instead', async () => {
    const { code, stdout, stderr } = await mctpkit(['capture', '-l', far(), '-w', join(folder, 'no/such/file')]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^mctpkit: .*cannot be written: no such file or directory\n$/);
  });

  it('emulate: the device answers', async () => {
    const verb = new RunningVerb(['emulate', '-l', far(), '-d', 'nic']);
    await verb.line(/Ctrl-C ends it/);
    expect((await ask('GetEndpointID')).code).toBe(0);
    expect((await verb.stop()).code).toBe(0);
  });

  it('echo: it answers', async () => {
    const verb = new RunningVerb(['echo', '-l', far(), '--eid', '20']);
    await verb.line(/Ctrl-C ends it/);
    expect((await ask('--type', '0x7e', 'ccdef00001')).stdout).toContain(
      'answer from EID 20: vendor (PCI) 0xccde  6 bytes',
    );
    expect((await verb.stop()).stdout).toMatch(/^1 messages/m);
  });

  it('bench --serve: it answers', async () => {
    const verb = new RunningVerb(['bench', '--serve', '-l', far(), '--eid', '20']);
    await verb.line(/Ctrl-C ends it/);
    expect((await ask('GetEndpointID')).code).toBe(0);
    await verb.stop();
  });

  it('run: its endpoint answers', async () => {
    const config = join(folder, 'ready.toml');
    writeFileSync(config, `[links.a]\nurl = "${far()}"\nrole = "endpoint"\n`);
    const verb = new RunningVerb(['run', '--config', config]);
    await verb.line(/no EID yet/);
    expect((await ask('GetEndpointID')).code).toBe(0);
    await verb.stop();
  });

  it('listen: the first message is shown', async () => {
    const verb = new RunningVerb(['listen', '-l', far(), '-c', '1', 'control']);
    await verb.note(/listening on/);
    await tell();
    expect(await verb.finished).toMatchObject({ code: 0, stdout: expect.stringContaining('GetEndpointID') });
  });

  it('discover --watch: what happens from the search on is told behind the list', () =>
    inVirtualTime(async (clock) => {
      let session: Session | undefined;
      let listed = '';
      const search = vi.spyOn(Session.prototype, 'discover').mockImplementation(function (this: Session, ...args) {
        session = this;
        search.mockRestore();
        return this.discover(...args);
      });
      const reading = vi.spyOn(Owners.prototype, 'events').mockImplementation(function (this: Owners, ...args) {
        listed = verb.output;
        reading.mockRestore();
        return this.events(...args);
      });
      const verb = new RunningVerb(['discover', '--watch', '--json', '--link', 'bench:serial0'], { clock });
      await verb.line(/"endpoints"/, () => void session!.owners.all[0]!.remove(9));
      expect(JSON.parse(await verb.line(/"vanished"/))).toMatchObject({ what: 'removed on request' });
      expect(listed).toBe('');
      await verb.stop();
    }));

  it.each([[['--json']], [[]]])(
    'network events %j: says so on stderr, and the first node which comes is told',
    async (json) => {
      const server = new RunningVerb(['serve', '--link', 'bench:serial0', '--name', 'ready', '--dir', folder]);
      await server.line(/ready in/);
      const link = ['--link', `shared:${folder}/ready`];
      const verb = new RunningVerb(['network', 'events', ...json, ...link], { clock: systemClock });
      let before = '';
      let ping: Promise<Finished> | undefined;
      await verb.note(/^listening to ready; Ctrl-C ends it$/, () => {
        before = verb.output;
        ping ??= mctpkit(['ping', '9', '-c', '1', '-W', '30s', ...link], { realTime: true });
      });
      expect(before).toBe('');
      await verb.line(/nodeJoined/);
      expect((await ping)?.code).toBe(0);
      expect((await verb.stop()).code).toBe(0);
      await server.stop();
    },
  );

  it('top: what passes after the first picture is counted', async () => {
    const verb = new RunningVerb(['top', '--passive', '--json', '-i', '50ms', '-l', far()]);
    await verb.line(/"links"/);
    await tell();
    await verb.line(/"rxPackets":1/);
    await verb.stop();
  });

  it('extcap: the pipe has its beginning before the first packet', async () => {
    const fifo = join(folder, 'pipe');
    execFileSync('mkfifo', [fifo]);
    const verb = new RunningVerb([
      'extcap',
      '--extcap-interface',
      'mctpkit_any',
      '--link',
      far(),
      '--capture',
      '--fifo',
      fifo,
    ]);
    const pipe = createReadStream(fifo);
    const chunks: Buffer[] = [];
    pipe.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
    const ended = once(pipe, 'close');
    await expect.poll(() => Buffer.concat(chunks).length).toBeGreaterThan(0);
    await tell();
    await expect.poll(() => readCapture(Buffer.concat(chunks)).packets.length).toBe(1);
    expect((await verb.stop()).code).toBe(0);
    await ended;
  });
});
