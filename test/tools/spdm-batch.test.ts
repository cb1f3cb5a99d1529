/** `decode --batch` and `encode --batch` with SPDM and NC-SI: every vector, both ways, and messages in a conversation. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mctpkit } from '../support/in-process.js';

interface Vector {
  readonly hex: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly context?: unknown;
  readonly request?: unknown;
}

type Answer = Readonly<Record<string, unknown>>;

async function batch(verb: string, lines: readonly unknown[]): Promise<Answer[]> {
  const stdin = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const { code, stdout, stderr } = await mctpkit([verb, '--batch'], { stdin });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

it.each([
  ['spdm', 161],
  ['ncsi', 11],
])('every %s vector decodes to its fields, and those to its bytes', async (layer, count) => {
  const file = new URL(`../vectors/${layer}.json`, import.meta.url);
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as readonly Vector[];
  expect(vectors.length).toBe(count);
  const decoded = await batch(
    'decode',
    vectors.map(({ hex, context, request }) => ({ layer, hex, context, request })),
  );
  expect(decoded).toMatchObject(vectors.map(({ fields }) => ({ ok: true, layer, fields })));
  const encoded = await batch('encode', decoded);
  expect(encoded).toEqual(vectors.map(({ hex }) => ({ ok: true, hex })));
});

it('what is wrong in a line is told', async () => {
  const answers = await batch('decode', [
    { layer: 'spdm', hex: '0512' },
    { layer: 'spdm', hex: '0510840000', context: 7 },
    { layer: 'ncsi', hex: '0200' },
    { layer: 'spdm', hex: '0111840000' },
  ]);
  expect(answers).toMatchObject(Array.from(answers, () => ({ ok: false, error: { message: expect.any(String) } })));
  const [unknown] = await batch('encode', [{ layer: 'spdm', command: 'GET_VERSIO' }]);
  expect(unknown).toMatchObject({ ok: false, error: { message: expect.stringContaining('GET_VERSION') } });
});

it('people see names', async () => {
  const error = await mctpkit(['decode', '05127f0b00']);
  expect(error.stdout).toMatch(/ERROR[\s\S]*errorCode: SessionRequired \(11\)/);
  const link = await mctpkit(['decode', '02000100058e000004000000000000000000010e08ffff63ed']);
  expect(link.stdout).toMatch(/SetMacAddress[\s\S]*MAC address is zero/);
});
