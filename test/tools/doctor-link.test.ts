/** `doctor --link`: what is wrong on this machine is a check that fails, what is no link is wrong usage. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mctpkit } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('doctor --link', () => {
  it('says what is wrong with a link', async () => {
    const { code, stdout } = await mctpkit(['doctor', '--link', 'serial:/dev/ttyNOTTHERE']);
    expect(code).toBe(1);
    expect(stdout).toContain('broken   serial:/dev/ttyNOTTHERE: /dev/ttyNOTTHERE does not exist');
    expect(stdout).toContain('fix: is the adapter plugged in?');
  });

  it.each([
    ['cable:nobody', 'there is no cable nobody (known are broken, keyless): make it with mctpkit cable pair nobody'],
    ['cable:keyless', 'keyless.key cannot be read: it is not there'],
    ['cable:broken', 'broken.toml:1'],
    ['cable:127.0.0.1:1?allow=any&key=/nowhere', '/nowhere cannot be read: it is not there'],
    ['bench:/nowhere.toml', '/nowhere.toml cannot be read: no such file or directory'],
  ])('%s: a cable or a file which is not there is a check that fails, as a device is', async (url, says) => {
    const cables = join(folder, 'config/mctpkit/cables');
    mkdirSync(cables, { recursive: true });
    const keyless = `connect = ["127.0.0.1:1"]\nkey-file = "${cables}/keyless.key"\nreceive = "any"\nsend = "any"\n`;
    writeFileSync(join(cables, 'keyless.toml'), `[cables.keyless]\n${keyless}`);
    writeFileSync(join(cables, 'broken.toml'), 'nonsense');
    const env = { XDG_CONFIG_HOME: join(folder, 'config') };
    const { code, stdout, stderr } = await mctpkit(['doctor', '--link', url, '--json'], { env });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const found = (JSON.parse(stdout) as { checks: { id: string; status: string; what: string }[] }).checks;
    const check = found.find(({ id }) => id === `link:${url}`);
    expect(check).toMatchObject({ status: 'broken', what: expect.stringContaining(says) });
    // Other verbs take it for wrong usage.
    expect(await mctpkit(['discover', '--link', url], { env })).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([
    ['cable:desk?allow=any', 'a cable with a name has its options in its section [cables.desk]'],
    ['bench:nope', 'the bench has no wire "nope"'],
    ['bench:?foo=1', 'no option "foo" for bench'],
    ['serial:/dev/ttyNOTTHERE?bawd=1', 'no option "bawd" for serial'],
    ['nope:x', 'no link kind "nope"'],
  ])('refuses %s, which is not a link, as every verb does', async (url, says) => {
    const { code, stdout, stderr } = await mctpkit(['doctor', '--link', url]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).toBe((await mctpkit(['discover', '--link', url])).stderr);
  });
});
