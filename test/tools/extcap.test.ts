/** The extcap protocol, spoken as Wireshark speaks it. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mctpkit } from '../support/in-process.js';
import { readCapture } from '../support/pcapng-reader.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-extcap-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `interface {value=x}{display=y}` as Wireshark reads it. */
function sentences(text: string): { readonly word: string; readonly values: Readonly<Record<string, string>> }[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [, word = '', rest = ''] = /^(\w+) ((?:\{[^{}]*\})+)$/.exec(line) ?? [];
      const values = [...rest.matchAll(/\{(\w+)=([^{}]*)\}/g)].map((match) => [match[1], match[2]]);
      return { word, values: Object.fromEntries(values) as Record<string, string> };
    });
}

describe('the program Wireshark finds', () => {
  let program = '';
  beforeAll(async () => {
    const { code, stdout } = await mctpkit(['extcap', '--install', folder]);
    expect(code).toBe(0);
    program = join(folder, 'mctpkit-extcap');
    expect(stdout).toContain(program);
  });
  const ask = (...args: string[]): string => execFileSync(program, args).toString();

  it('lists links', () => {
    const said = sentences(ask('--extcap-interfaces', '--extcap-version=4.4'));
    expect(said[0]).toMatchObject({ word: 'extcap', values: { version: expect.any(String) } });
    expect(said).toContainEqual({
      word: 'interface',
      values: { value: 'mctpkit_bench', display: 'MCTP: bench: (the virtual bench)' },
    });
    expect(said.at(-1)!.values.value).toBe('mctpkit_any');
  });

  it('says what its packets are, and what can be set', () => {
    expect(sentences(ask('--extcap-interface', 'mctpkit_bench', '--extcap-dlts'))).toEqual([
      { word: 'dlt', values: { number: '276', name: 'LINUX_SLL2', display: expect.any(String) } },
    ]);
    const args = sentences(ask('--extcap-interface=mctpkit_bench', '--extcap-config'));
    expect(args.map(({ word, values }) => [word, values.call, values.type])).toEqual([
      ['arg', '--link', 'string'],
      ['arg', '--discover', 'boolflag'],
    ]);
    expect(args[0]!.values.default).toBe('bench:');
  });

  it('captures into the pipe until Wireshark has had enough', async () => {
    const fifo = join(folder, 'pipe');
    execFileSync('mkfifo', [fifo]);
    const args = ['--extcap-interface', 'mctpkit_bench', '--capture', '--fifo', fifo, '--discover'];
    const child = spawn(program, args);
    const chunks: Buffer[] = [];
    const pipe = createReadStream(fifo);
    pipe.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
    const closed = once(pipe, 'close');
    // Sixty packets and more: a discovery of the bench has twice as many.
    await expect.poll(() => Buffer.concat(chunks).length).toBeGreaterThan(6000);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    await closed;
    expect(code).toBe(0);
    const { interfaces, packets } = readCapture(Buffer.concat(chunks));
    expect(interfaces.map(({ linkType }) => linkType)).toEqual([276, 276]);
    expect(packets.length).toBeGreaterThan(50);
  });

  it('mistakes are one line', async () => {
    expect((await mctpkit(['extcap'])).stderr).toBe(
      'mctpkit: this is for Wireshark: mctpkit extcap --install makes it known there\n',
    );
    expect((await mctpkit(['extcap', '--extcap-interface', 'eth0', '--extcap-dlts'])).stderr).toBe(
      'mctpkit: there is no interface eth0\n',
    );
  });
});
