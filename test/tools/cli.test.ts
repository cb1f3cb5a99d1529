/** The command as its users meet it: help, versions, mistakes. Runs what is built. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERBS } from '../../tools/verbs.js';
import { mctpkit } from '../support/in-process.js';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('help and version', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('mctpkit %j lists the verbs', async (args) => {
    const { code, stdout, stderr } = await mctpkit(args);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Usage: mctpkit <verb> \[options\]\n/);
    for (const { name, summary } of VERBS) expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  });

  it.each([[['version']], [['--version']], [['-V']]])('mctpkit %j', async (args) => {
    expect(await mctpkit(args)).toMatchObject({ code: 0, stdout: `mctpkit ${manifest.version}\n`, stderr: '' });
  });

  it('version --json', async () => {
    const { stdout } = await mctpkit(['version', '--json']);
    expect(JSON.parse(stdout)).toEqual({ mctpkit: manifest.version, node: process.version });
  });

  it.each(VERBS.map(({ name }) => [name]))('help %s, and with --help, are the same', async (name) => {
    const [one, other] = await Promise.all([mctpkit(['help', name]), mctpkit([name, '--help'])]);
    expect(one).toEqual(other);
    expect(one.code).toBe(0);
    expect(one.stdout).toMatch(new RegExp(`^Usage: mctpkit ${name}`));
  });

  it.each(VERBS.map((entry) => [entry.name, entry] as const))('%s: list and declaration agree', async (name, entry) => {
    const verb = await entry.load();
    expect(verb.name).toBe(name);
    expect(verb.summary).toBe(entry.summary);
  });
});

describe('mistakes are one line on stderr', () => {
  it.each<[string[], number, string]>([
    [['discovr'], 2, 'no verb "discovr" (did you mean discover?): mctpkit --help lists them'],
    [['frobnicate'], 2, 'no verb "frobnicate": mctpkit --help lists them'],
    [['help', 'pong'], 2, 'no verb "pong" (did you mean ping?): mctpkit --help lists them'],
    [['--verison'], 2, 'no option --verison (did you mean --version?): mctpkit --help tells more'],
    [['--json'], 2, 'option --json before the verb: write mctpkit <verb> --json, or mctpkit --help'],
    [['discover', '--jsn'], 2, "unknown option '--jsn' (did you mean --json?): mctpkit help discover tells more"],
    [['discover', '--link'], 2, "option '-l, --link <url>' argument missing: mctpkit help discover tells more"],
    [['discover', 'x'], 2, '"x" is one argument too many: mctpkit help discover tells more'],
    [['discover', '--link', 'foo'], 2, '"foo" is not a link: write scheme:place?option=value'],
    [
      ['discover', '--link', 'serail:/dev/ttyS0'],
      2,
      'no link kind "serail" (did you mean serial?) in serail:/dev/ttyS0: known are serial, i2c, usb, usb-gadget, cable, kernel, shared, bench',
    ],
    [
      ['discover', '--link', 'serial:/dev/ttyNOTTHERE'],
      2,
      '/dev/ttyNOTTHERE does not exist: is the adapter plugged in?',
    ],
    [
      ['discover', '--link', 'i2c:99'],
      2,
      '/dev/i2c-99 does not exist: is the bus enabled, and i2c-dev loaded (modprobe i2c-dev)?',
    ],
    [['discover', '--link', 'serial:'], 2, 'serial:: name the device, as in serial:/dev/ttyUSB0'],
    [
      ['discover', '--link', 'serial:/dev/ttyS0?baud=fast'],
      2,
      'serial:/dev/ttyS0?baud=fast: baud=fast is wrong: use a whole number from 50 to 12000000',
    ],
    [['discover', '--own-eid', '300'], 2, '--own-eid 300 is wrong: use a whole number from 8 to 254'],
    [['ping'], 2, "missing required argument 'address': mctpkit help ping tells more"],
    [['ping', '300'], 2, '300 is not an EID of an endpoint: use 8 to 254'],
    [['ping', '5'], 2, '5 is not an EID of an endpoint: use 8 to 254'],
    [['ping', '0:9'], 2, '0:9: 0 is not a network: use 1 to 4294967295'],
    [['ping', 'uuid:123'], 2, '"123" is not a UUID: write uuid: and 8-4-4-4-12 hex digits'],
    [
      ['ping', 'disk'],
      2,
      '"disk" is not an address: give an EID (9), NET:EID (1:9), uuid:..., or a place such as i2c:1/0x1d',
    ],
    [
      ['ping', 'i2c:1/1d'],
      2,
      'i2c:1/1d: "1d" is not an address of a device: write i2c:1/0x1d for a device, i2c:1 for the bus',
    ],
    [['discover', '--link', 'serial:/etc/passwd'], 2, '/etc/passwd is not a serial device'],
    [['discover', '--link', 'serial:/tmp'], 2, '/tmp is not a serial device'],
    [['discover', '--link', 'bench:nosuch.toml'], 2, 'nosuch.toml cannot be read: no such file or directory'],
    [['config', 'check', 'nosuch.toml'], 2, 'configuration nosuch.toml: no such file or directory'],
    [
      ['emulate', '--bench', 'nosuch.toml', '-l', 'serial:x'],
      2,
      'nosuch.toml cannot be read: no such file or directory',
    ],
    [['file', 'bench:serial0', 'gte', 'x'], 2, 'file cannot "gte" (did you mean get?): use ls, get or put'],
    [
      ['link', 'sohw'],
      2,
      '"sohw" is not known (did you mean show?): link show [LINK] | link set LINK [up|down] [mtu BYTES] [network NETWORK]',
    ],
    [
      ['control', '9', 'SetEndpointID', 'eid=9'],
      2,
      'SetEndpointID needs operation: write operation=set (0 set, 1 force, 2 reset, 3 setDiscovered)',
    ],
    [
      ['control', '9', 'SetEndpointID', 'operation=zet', 'eid=9'],
      2,
      'SetEndpointID request: operation: "zet" is none of set, force, reset, setDiscovered',
    ],
    [['control', '9', 'SetEndpointID', 'operation=set'], 2, 'SetEndpointID needs eid: write eid=...'],
    [['send', '9', 'SetEndpointID'], 2, 'SetEndpointID request needs operation: write operation=...'],
    [['ping', '9', '--count', 'many'], 2, '--count many is wrong: use a whole number from 0 to 1000000000'],
    [['decode'], 2, 'nothing to decode: give hex bytes, a file, or - for standard input'],
    [['decode', '010a0'], 2, '"010a0" has 5 hex digits, an odd number: two make a byte, so one is missing'],
    [['decode', 'nosuch.json'], 2, '"nosuch.json" is neither a file that exists nor hex bytes'],
    [
      ['decode', '--layer', 'sreial', '01'],
      2,
      'no layer "sreial" (did you mean serial?): known are serial, smbus, usb, mctp, control, pldm, nvmeMi, ncsi, spdm, secured, vendorPci, vendorIana',
    ],
    [
      ['decode', '3a0f0841010a08c8008002f8'],
      2,
      'the input looks like none of serial, smbus, usb, mctp, control, pldm, nvmeMi, ncsi, spdm, secured, vendorPci, vendorIana: it would be SMBus if its PEC were 0xf9; say which with --layer',
    ],
    [['encode', '{'], 2, 'the line is not JSON'],
    [['emulate'], 2, 'no link to be on: name one with --link, e.g. serial:/dev/ttyUSB0'],
    [
      ['emulate', '-d', 'bridge', '-l', 'kernel:'],
      2,
      'a bridge forwards packets, and those of kernel: are the business of the kernel: name another link',
    ],
    [
      ['emulate', '--link', 'bench:'],
      2,
      'the bench has its devices already: name a real link, e.g. serial:/dev/ttyUSB0',
    ],
    [
      ['emulate', '--device', 'sdd'],
      2,
      'no device "sdd" (did you mean ssd?): there are ssd, nic, bridge, gpu0, gpu1, retimer, mcu',
    ],
  ])('mctpkit %j', async (args, code, line) => {
    expect(await mctpkit(args)).toMatchObject({ code, stderr: `mctpkit: ${line}\n`, stdout: '' });
  });
});
