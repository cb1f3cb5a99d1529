// Runs inside the board: the built command over `kernel:`. The bench is joined with the kernel (mctpserial0); a wire of
// I2C leads from the kernel's mctpi2c0 at 0x20 to a stack of ours at 0x1d.

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { type Finished, mctpkit, RunningCommand } from '../../support/cli.js';
import { type ReportsOf, runScenarios } from './scenarios.js';
import { addTarget } from './sysfs.js';

/** Routes are there already: `join` made them. */
const JOINED = ['--link', 'kernel:mctpserial0?look=1'];
const I2C = ['--link', 'kernel:mctpi2c0'];
const OURS = ['--link', 'i2c:1?address=0x1d'];
const DEVICE = 'kernel:mctpi2c0/0x1d';

const over = (...words: string[]): Promise<Finished> => mctpkit([...words, ...JOINED]);
const all = async (...lines: readonly (readonly string[])[]): Promise<Finished[]> => {
  const done: Finished[] = [];
  for (const words of lines) done.push(await over(...words));
  return done;
};

/** The kernel's tables, looked at by a program in C: what is there cannot be added, what is not cannot be removed. */
function peer(...words: string[]): string {
  const { status, stderr } = spawnSync('mctp-peer', words, { encoding: 'utf8' });
  return status === 0 ? 'done' : (stderr.trim().split(' ').at(-1) ?? '');
}

const output = (program: string, ...words: string[]): string =>
  spawnSync(program, words, { encoding: 'utf8' }).stdout.replaceAll(' ', '').trim();

const changed = (...words: string[]): Promise<Finished> => mctpkit([...words, '--link', 'kernel:']);

const image = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => (7 * at + (at >> 8)) & 0xff);

const joined = new RunningCommand(['join', '--json']);
await joined.line(/"ready"/);
addTarget(1, 'slave-mqueue', 0x1d);
addTarget(0, 'mctp-i2c-interface', 0x20);
peer('link', 'mctpi2c0', 'up');

const scenarios = {
  /** A program in C, on the kernel's sockets, and devices of the bench. */
  joined: async () => ({
    answers: ['9', '10'].map((eid) => output('mctp-peer', 'req', eid, '0', '8002')),
    first: await joined.line(/"joined"/),
  }),
  discover: () => over('discover', '--json'),
  ping: () => over('ping', '9', '-c', '3', '-i', '0ms'),
  control: async () => ({
    runs: await all(
      ['control', '10', 'GetMessageTypeSupport', '--json'],
      ['control', '9', 'get-mctp-version-support', 'type=0xff'],
    ),
  }),
  pldm: async () => ({
    runs: await all(
      ['pldm', '9'],
      ['pldm', '9', 'base', 'GetPLDMVersion'],
      ['pldm', '9', 'platform', 'GetSensorReading', 'sensorId=2', '--json'],
      ['pldm', '9', 'fru'],
      ['pldm', '20', 'bios'],
      ['pdr', '9'],
      ['sensors', '20', '--json'],
    ),
  }),
  firmware: async () => {
    writeFileSync('/tmp/ssd.bin', image(6000));
    const descriptors = [
      { type: 'pciVendorId', data: 0x1ab4 },
      { type: 'pciDeviceId', data: 0x3840 },
    ];
    const devices = [{ descriptors, version: '9.0', components: [0] }];
    const components = [{ file: 'ssd.bin', identifier: 1, version: '9.0' }];
    writeFileSync('/tmp/package.json', JSON.stringify({ version: '9.0', devices, components }));
    const built = await mctpkit(['fw', 'build', '/tmp/package.json', '/tmp/update.pldm']);
    const [before, updated, after] = await all(
      ['fw', 'inventory', '9', '--json'],
      ['fw', 'update', '/tmp/update.pldm', '9', '--yes', '--json'],
      ['fw', 'inventory', '9', '--json'],
    );
    return { built, before, updated, after };
  },
  file: async () => ({
    runs: await all(['file', '20', 'ls'], ['file', '20', 'get', 'crash.bin', '/tmp/crash.bin']),
    bytes: readFileSync('/tmp/crash.bin').length,
  }),
  listen: async () => {
    const filtered = new RunningCommand(['listen', 'pldm', '-f', 'src=9', '-c', '1', ...JOINED]);
    const everything = new RunningCommand(['listen', '--json', '--both', ...JOINED]);
    await filtered.note(/^listening on/);
    const [asked] = await all(['pldm', '9', 'base', 'GetTID']);
    await everything.line(/"command":"GetTID","kind":"response"/);
    return { asked, filtered: await filtered.finished, everything: await everything.stop() };
  },
  bench: () => over('bench', '9', '-c', '50', '-p', '4', '--json'),
  address: async () => ({
    added: await changed('address', 'add', '30', 'dev', 'mctpserial0'),
    again: peer('addr', 'add', '30', 'dev', 'mctpserial0'),
    shown: await changed('address', 'show', 'mctpserial0', '--json'),
    removed: await changed('address', 'del', '30', 'dev', 'kernel:mctpserial0'),
    /** The kernel reaches EID 8 over mctpserial0: not to be given to ourselves. */
    ownEidTaken: await mctpkit(['ping', DEVICE, '-c', '1', ...I2C]),
    gone: peer('addr', 'del', '30', 'dev', 'mctpserial0'),
    onlooker: await over('address', 'add', '30', 'dev', 'mctpserial0'),
  }),
  route: async () => ({
    added: await changed('route', 'add', '40-45', 'via', 'mctpi2c0', 'mtu', '68'),
    again: peer('route', 'add', '40-45', 'via', 'mctpi2c0'),
    removed: await changed('route', 'del', '40-45', 'via', 'mctpi2c0'),
    gone: peer('route', 'del', '40-45', 'via', 'mctpi2c0'),
  }),
  neigh: async () => ({
    added: await changed('neigh', 'add', '40', 'dev', 'mctpi2c0', 'lladdr', '0x1d', '--json'),
    again: peer('neigh', 'add', '40', 'dev', 'mctpi2c0', 'lladdr', '1d'),
    removed: await changed('neigh', 'del', '40', 'dev', 'mctpi2c0'),
    gone: peer('neigh', 'del', '40', 'dev', 'mctpi2c0'),
    pointToPoint: await changed('neigh', 'add', '40', 'dev', 'mctpserial0', 'lladdr', '0x1d'),
    nowhere: await changed('link', 'show', 'mctpi2c7'),
  }),
  /** The kernel's stack is the other end; we are on the wire. */
  serve: async () => {
    const server = new RunningCommand(['bench', '--serve', ...I2C, '--eid', '100', '--json']);
    await server.line(/"started"/);
    const runs: Finished[] = [];
    for (const mode of ['echo', 'send', 'request']) {
      runs.push(await mctpkit(['bench', 'i2c:1/0x20', ...OURS, '-m', mode, '-c', '20', '--json']));
    }
    return { runs, server: await server.stop(), eidGone: peer('addr', 'del', '100', 'dev', 'mctpi2c0') };
  },
  /** A process named mctpd: devices are its. */
  mctpd: async () => {
    writeFileSync('/tmp/mctpd', '#!/bin/sh\nsleep 60\n');
    chmodSync('/tmp/mctpd', 0o755);
    const device = new RunningCommand(['echo', ...OURS, '--json', '--quiet']);
    await device.line(/"started"/);
    peer('addr', 'add', '101', 'dev', 'mctpi2c0');
    const mctpd = spawn('/tmp/mctpd', { detached: true, stdio: 'ignore' });
    const beside = await mctpkit(['discover', ...I2C]);
    const sent = await mctpkit(['send', DEVICE, 'GetEndpointID', ...I2C, '--raw']);
    const refused = await mctpkit(['route', 'add', '40', 'via', 'mctpi2c0', ...I2C]);
    process.kill(-mctpd.pid!);
    const alone = await mctpkit(['discover', '--address', '0x1d', ...I2C, '--json']);
    const found = JSON.parse(alone.stdout).endpoints[0]?.eid as number | undefined;
    const again = await mctpkit(['ping', String(found), '-c', '1', ...I2C]);
    return { beside, sent, refused, alone, again, device: await device.stop() };
  },
  'join ends': async () => ({ ...(await joined.stop()), interface: peer('link', 'mctpserial0', 'up') }),
};

export type CommandReports = ReportsOf<typeof scenarios>;

await runScenarios(scenarios);
