/** Command lines that help and documentation show: all are understood, and those for the virtual bench run as they stand. */

import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLink } from '../../bindings/index.js';
import { Resolver } from '../../stack/names/index.js';
import { parseArguments } from '../../tools/command-line.js';
import { findVerb, VERBS } from '../../tools/verbs.js';
import { mctpkit } from '../support/in-process.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-documented-'));
const configured = join(folder, 'configured');

/** Needs hardware, another program, or a shell; vendor-messages.md is run by vendor-documented.test.ts. */
const ELSEWHERE =
  /(serial|i2c|kernel|usb|usb-gadget|shared|cable):|sudo|eval|[|<>]|\/etc\/|^mctpkit (join|run|doctor|i2c|usb|adapter|serve|network|cable pair|history|events)\b|--install|my\.toml|(acme|wrong)\.toml|\buuid:/;
/** Goes on until it is stopped; in a terminal each is run by every-verb.test.ts. */
const ENDLESS =
  /--watch|^mctpkit (top|listen)\b(?!.*--for)|^mctpkit spdm (bridge|device)|^mctpkit (emulate|echo)\b(?!.*--behaviour list)/;
/** The device on the bench says no: that is what the line shows. */
const REFUSED = ['mctpkit control 9 GetRoutingTableEntries handle=0'];

const here = process.cwd();

/** One after the other: the command lines name files of the folder they are run in. */
async function run(words: readonly string[], cwd = folder): Promise<{ code: number | null; stderr: string }> {
  process.chdir(cwd);
  try {
    return await mctpkit(words, { env: { XDG_CONFIG_HOME: folder } });
  } finally {
    process.chdir(here);
  }
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
  mkdirSync(join(folder, 'mctpkit'));
  writeFileSync(
    join(folder, 'mctpkit', 'names.toml'),
    '[names]\ndrive0 = "uuid:7a1c5e10-4c2b-11ee-8d01-001b21000001"\n',
  );
  writeFileSync(join(configured, 'mctpkit.toml'), '[links.a]\nurl = "bench:serial0"\n');
  copyFileSync(join(ROOT, 'test/recordings/linux-mctpd-bus-owner.json'), join(folder, 'recording.json'));
  mkdirSync(join(folder, 'test/recordings'), { recursive: true });
  copyFileSync(join(folder, 'recording.json'), join(folder, 'test/recordings/linux-mctpd-bus-owner.json'));
  writeFileSync(join(folder, 'settings.txt'), 'a=1\n');
  const [, bays] = /```toml\n(# bays\.toml\n[\s\S]*?)```/.exec(
    readFileSync(join(ROOT, 'docs/guides/muxes.md'), 'utf8'),
  )!;
  writeFileSync(join(folder, 'bays.toml'), bays!);
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
  expect(await run(['ping', '9', '-c', '2', '-i', '0ms', '--capture', 'trace.pcapng'])).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('shown and run', () => {
  it('there are such lines, in help and on pages', () => {
    const where = [...lines.values()];
    expect(where.filter((name) => name.startsWith('help ')).length).toBeGreaterThan(20);
    expect(where.filter((name) => name.endsWith('.md')).length).toBeGreaterThan(20);
  });

  it.each([...lines])('%s (%s)', async (line) => {
    const { code, stderr } = await run(words(line), line.startsWith('mctpkit config') ? configured : folder);
    expect(code, stderr).toBe(REFUSED.includes(line) ? 1 : 0);
  });
});

/** What stands in the text, in backticks. */
function mentioned(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replace(/^\s*```.*\n[\s\S]*?^\s*```/gm, '');
  return [...text.matchAll(/`((?:sudo )?mctpkit [^`]+)`/g)].map(([, line]) => line!.replace(/\s+/g, ' '));
}

/** In the blocks behind `sudo`, or behind what another program prints. */
function piped(page: string): string[] {
  const blocks = readFileSync(join(ROOT, page), 'utf8').matchAll(/^\s*```(?!ts|json|toml).*\n([\s\S]*?)^\s*```/gm);
  return [...blocks].flatMap(([, block]) =>
    block!.split('\n').flatMap((line) => /^\s*(?:\$ .*|sudo )(mctpkit [a-z].*\S)\s*$/.exec(line)?.[1] ?? []),
  );
}

/** Our part of a line: not what comes before and after it. */
function ours(line: string): string {
  const inside = /\$\((.*)\)/.exec(line)?.[1] ?? line;
  return inside.replace(/^(sudo|npx) /, '').replace(/ (\||>|&&) .*$/, '');
}

/** For the reader to fill in: `...`, `<verb>`, `[FILE]`, VERB. */
const TO_FILL_IN = /\.\.\.|[<[]|^mctpkit (--|VERB)/;

const inText = pages().flatMap((page) => [...mentioned(page), ...piped(page)].map((line) => [line, page]));
const everything = new Map(
  [...examples.flat(), ...documented, ...inText]
    .map(([line, where]) => [ours(line!), where!] as const)
    .filter(([line]) => !TO_FILL_IN.test(line)),
);

describe('shown and understood', () => {
  it('there is more than what is run', () => {
    expect(everything.size).toBeGreaterThan(lines.size + 60);
  });

  it.each([...everything])('%s (%s)', async (line) => {
    const [name = '', ...rest] = words(line);
    const verb = await findVerb(name)?.load();
    const parsed = parseArguments(verb!, rest);
    if ('help' in parsed) return;
    const place = verb!.arguments?.[0]?.name === 'address' ? (parsed.args[0] ?? '') : '';
    const address = place.includes(':') ? new Resolver().parse(place) : undefined;
    const { link = [] } = parsed.options as { readonly link?: readonly string[] };
    const urls = [...link, ...(address?.kind === 'physical' ? [address.link] : [])];
    for (const url of urls) if (/^(serial|i2c|usb|usb-gadget):/.test(url)) await createLink(url);
    // zsh takes an unquoted question mark for the name of a file.
    expect(line.replace(/'[^']*'|"[^"]*"/g, '')).not.toMatch(/[?*]/);
  });
});
