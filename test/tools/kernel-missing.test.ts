/** `kernel:` where something is missing, on the built command: one sentence, and wrong usage. */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { mctpkit } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROTOCOLS = '/proc/net/protocols';
const hasMctp = existsSync(PROTOCOLS) && /^MCTP /m.test(readFileSync(PROTOCOLS, 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-kernel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command as npm installs it with --omit=optional. The library beside it is not part of the command. */
function withoutOptionalPackages(): string {
  const command = join(folder, 'dist/tools/mctpkit.js');
  if (existsSync(command)) return command;
  cpSync(join(ROOT, 'dist/tools'), join(folder, 'dist/tools'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const bench = 'hw-fixtures/bench/description/default-bench.toml';
  cpSync(join(ROOT, bench), join(folder, bench));
  const modules = join(folder, 'node_modules');
  for (const name of Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies)) {
    cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true, dereference: true });
  }
  return command;
}

describe('kernel: without what it needs', () => {
  it
    .skipIf(hasMctp || process.platform !== 'linux')
    .each(['discover --link kernel:', 'link --link kernel:', 'echo --link kernel:mctpi2c0 --eid 9', 'join'])(
    '%s: a kernel without MCTP',
    async (line) => {
      const { code, stdout, stderr } = await mctpkit(line.split(' '));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^mctpkit: this kernel has no MCTP: it needs CONFIG_MCTP, .*\n$/);
    },
  );

  it.skipIf(process.platform !== 'linux')('the package koffi', async () => {
    const { code, stdout, stderr } = await mctpkit(['ping', '9', '--link', 'kernel:'], {
      command: withoutOptionalPackages(),
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^mctpkit: .*needs the package koffi, which is not installed: npm install koffi\n$/);
  });

  it.skipIf(process.platform !== 'linux')('the package koffi, for demux = true: nothing is half made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mctpkit-no-koffi-'));
    const config = join(folder, 'c.toml');
    writeFileSync(config, '[links.a]\nurl = "bench:serial0"\n[serve.t]\ndemux = true\n');
    try {
      const { code, stdout, stderr } = await mctpkit(['serve', '--config', config, '--dir', folder], {
        command: withoutOptionalPackages(),
      });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe(
        'mctpkit: demux: a socket of this kind needs Linux and the package koffi: npm install koffi\n',
      );
      expect(readdirSync(folder)).toEqual(['c.toml']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
