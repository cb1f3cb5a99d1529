/**
 * Rights of a served network with real users: the operating system decides by the modes of the sockets who connects. Needs
 * root, to be other users; elsewhere it is skipped and says so.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, RunningCommand } from '../support/cli.js';

/** Owner, group, and users with nothing: numbers which need no names. */
const OWNER = 64_001;
const GROUP = 64_002;
const STRANGER = 64_003;
const MEMBER = 64_004;

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  if (spawnSync('setpriv', ['--version']).status !== 0) return 'needs setpriv';
  const other = ['--reuid', String(STRANGER), '--clear-groups', process.execPath, COMMAND, 'version'];
  return spawnSync('setpriv', other).status === 0 ? undefined : 'other users may not read the command here';
}
const why = whyNot();

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-rights-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface User {
  readonly uid: number;
  readonly groups?: readonly number[];
}
const owner: User = { uid: OWNER };
/** Its own group is another: the network's is one of its further ones. */
const member: User = { uid: MEMBER, groups: [GROUP] };
const stranger: User = { uid: STRANGER };

describe.skipIf(why !== undefined)(`rights with real users${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let server: RunningCommand;

  beforeAll(async () => {
    chmodSync(folder, 0o755);
    const config = join(folder, 's.toml');
    // The owner manages, the group only receives; the others nothing.
    writeFileSync(
      config,
      `[links.a]\nurl = "bench:serial0"\n` +
        `[serve.t]\nmode = "0740"\nowner = "${OWNER}"\ngroup = "${GROUP}"\n` +
        `[serve.open]\nmode = "0766"\nowner = "${OWNER}"\ngroup = "${GROUP}"\n`,
    );
    // The umask of who runs the tests is to take nothing away.
    const command = join(folder, 'without-umask.mjs');
    writeFileSync(command, `process.umask(0);\nawait import(${JSON.stringify(COMMAND)});\n`);
    server = new RunningCommand(['serve', '--config', config, '--dir', folder, '--json'], { command });
    await server.line(/"ready","network":"open"/);
    await server.line(/"appeared"/);
  });
  afterAll(async () => {
    expect(await server.stop()).toMatchObject({ code: 0 });
  });

  /** The command as another user, without any capability. */
  function as({ uid, groups = [] }: User, ...words: readonly string[]) {
    const further = groups.length > 0 ? [`--groups=${groups.join(',')}`] : ['--clear-groups'];
    const { status, stdout, stderr } = spawnSync(
      'setpriv',
      [`--reuid=${uid}`, `--regid=${uid}`, ...further, '--inh-caps=-all', process.execPath, COMMAND, ...words],
      { encoding: 'utf8', timeout: 100_000, env: { PATH: process.env.PATH, HOME: '/nonexistent' } },
    );
    return { status, stdout, stderr: stderr.trim() };
  }
  const ping = (user: User, network = 't') => as(user, 'ping', '9', '-c', '1', '--link', `shared:${folder}/${network}`);
  const nodes = (user: User, network = 't') => as(user, 'network', 'nodes', '--link', `shared:${folder}/${network}`);
  const set = (user: User, network = 't') =>
    as(user, 'network', 'set', 'queue=9', '--link', `shared:${folder}/${network}`);

  it('the owner receives, sends and manages', () => {
    expect(ping(owner).stdout).toContain('1 sent, 1 received');
    expect(set(owner)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(as(owner, 'network', 'events', '--for', '1ms', '--link', `shared:${folder}/t`).status).toBe(0);
  });

  it('without the right nobody connects, and is told which group to join', () => {
    for (const result of [ping(stranger), nodes(stranger), set(stranger)]) {
      expect(result.stdout).toBe('');
      expect(result.stderr).toMatch(/you may not connect to .*: join the group which owns it \(ls -l/);
      expect(result.stderr.split('\n')).toHaveLength(1);
      expect(result.status).not.toBe(0);
    }
  });

  it('who may only receive looks, and cannot send', () => {
    expect(nodes(member)).toMatchObject({ status: 0, stderr: '' });
    expect(ping(member).stderr).toMatch(/you may not connect to .*\/use/);
    const asked = as(member, 'ping', '9', '-c', '1', '--link', `shared:${folder}/t?right=receive`);
    expect(asked.stdout + asked.stderr).toMatch(/this needs the socket use of t; this client came by receive/);
    expect(asked.status).not.toBe(0);
  });

  it('who may use sends, and cannot manage', () => {
    expect(ping(stranger, 'open').stdout).toContain('1 sent, 1 received');
    const refused = set(stranger, 'open');
    expect(refused.stderr).toMatch(/you may not connect to .*\/manage/);
    expect(refused.status).not.toBe(0);
    const kick = as(stranger, 'network', 'kick', '1', '--link', `shared:${folder}/open`);
    expect(kick.stderr).toMatch(/you may not connect to .*\/manage/);
  });
});
