/** Command lines that help and documentation show: those for the virtual bench are run as they stand. */

import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../tools/verbs.js';
import { COMMAND } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-documented-'));
const configured = join(folder, 'configured');

/** Needs hardware, another program, or a shell. */
const ELSEWHERE =
  /(serial|i2c|kernel):|sudo|eval|[|<>]|\/etc\/|^mctpkit (join|run|doctor|i2c)\b|--install|my\.toml|\buuid:/;
/** Goes on until it is stopped; in a terminal each is run by every-verb.test.ts. */
const ENDLESS = /--watch|^mctpkit (top|listen)\b(?!.*--for)|^mctpkit (emulate|echo)\b(?!.*--behaviour list)/;
/** The device on the bench says no: that is what the line shows. */
const REFUSED = ['mctpkit control 9 GetRoutingTableEntries handle=0'];

function run(words: readonly string[], cwd = folder): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [COMMAND, ...words], { cwd, maxBuffer: 1 << 26 }, (error, _out, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stderr }),
    );
    child.stdin?.end();
  });
}

/** Words as a shell makes them, without the comment. */
function words(line: string): string[] {
  const found = [...line.replace(/\s+# .*$/, '').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)];
  return found.slice(1).map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

function pages(): string[] {
  const docs = ['docs', 'docs/verbs', 'docs/guides'].flatMap((at) =>
    readdirSync(join(ROOT, at)).flatMap((name) => (name.endsWith('.md') ? [`${at}/${name}`] : [])),
  );
  return ['README.md', ...docs];
}

function shown(page: string): string[] {
  const blocks = readFileSync(join(ROOT, page), 'utf8').matchAll(/^\s*```.*\n([\s\S]*?)^\s*```/gm);
  return [...blocks].flatMap(([, block]) =>
    block!.split('\n').flatMap((line) => /^\s*(?:\$ )?(mctpkit .*\S)\s*$/.exec(line)?.[1] ?? []),
  );
}

const examples = await Promise.all(
  VERBS.map(async (entry) => ((await entry.load()).examples ?? []).map(([line]) => [line, `help ${entry.name}`])),
);
const documented = pages().flatMap((page) => shown(page).map((line) => [line, page]));
const lines = new Map(
  [...examples.flat(), ...documented]
    .map(([line, where]) => [line!, where!] as const)
    .filter(([line]) => !ELSEWHERE.test(line) && !ENDLESS.test(line)),
);

beforeAll(async () => {
  mkdirSync(configured);
  writeFileSync(join(configured, 'mctpkit.toml'), '[links.a]\nurl = "bench:serial0"\n');
  copyFileSync(join(ROOT, 'test/recordings/linux-mctpd-bus-owner.json'), join(folder, 'recording.json'));
  mkdirSync(join(folder, 'test/recordings'), { recursive: true });
  copyFileSync(join(folder, 'recording.json'), join(folder, 'test/recordings/linux-mctpd-bus-owner.json'));
  writeFileSync(join(folder, 'settings.txt'), 'a=1\n');
  writeFileSync(join(folder, 'mcu.bin'), Buffer.alloc(3000, 7));
  const description = {
    version: '9.0',
    devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }], version: '9.1', components: [0] }],
    components: [{ file: 'mcu.bin', identifier: 1, version: '9.1' }],
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description));
  for (const name of ['firmware.pldm', 'fw.pldm']) {
    expect(await run(['fw', 'build', 'package.json', name])).toMatchObject({ code: 0 });
  }
  expect(await run(['ping', '9', '-c', '2', '-i', '0', '--capture', 'trace.pcapng'])).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('shown and run', () => {
  it('there are such lines, in help and on pages', () => {
    const where = [...lines.values()];
    expect(where.filter((name) => name.startsWith('help ')).length).toBeGreaterThan(20);
    expect(where.filter((name) => name.endsWith('.md')).length).toBeGreaterThan(20);
  });

  it.concurrent.each([...lines])('%s (%s)', async (line) => {
    const { code, stderr } = await run(words(line), line.startsWith('mctpkit config') ? configured : folder);
    expect({ code, stderr }).toEqual({ code: REFUSED.includes(line) ? 1 : 0, stderr });
  });
});
