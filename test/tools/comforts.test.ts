/** Completions, doctor, schemas. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { PRODUCT } from '../../bindings/i2c/adapter/find-adapters.js';
import { FIRMWARE_VERSION, isOldFirmware } from '../../hw-fixtures/pico/firmware-version.js';
import { checkI2c, checkSerial } from '../../tools/doctor/doctor-adapters.js';
import { checkPicos } from '../../tools/doctor/doctor-picos.js';
import { checkUsb, checkUsbGadget } from '../../tools/doctor/doctor-usb.js';
import { checkKernel, checkNode, checkPackages } from '../../tools/doctor/machine.js';
import { SCHEMAS } from '../../tools/schema/index.js';
import { VERBS } from '../../tools/verbs.js';
import { COMMAND, RunningCommand } from '../support/cli.js';
import { mctpkit } from '../support/in-process.js';
import { misfits } from '../support/json-schema.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-comforts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

describe('completion', () => {
  const words = async (...begun: string[]): Promise<string[]> => {
    const { stdout } = await mctpkit(['completion', '--words', '--', ...begun]);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t')[0]!);
  };

  it('offers what a verb can be told to do, and kinds of events', async () => {
    expect(await words('network', 'tr')).toEqual(['trace']);
    expect(await words('network', '')).toEqual(expect.arrayContaining(['list', 'nodes', 'dump', 'events', 'trace']));
    expect(await words('cable', '')).toEqual(['pair', 'list']);
    expect(await words('fw', 'in')).toEqual(['inspect', 'inventory']);
    expect(await words('events', '--kind', 'link')).toEqual(['linkUp', 'linkDown']);
  });

  it('offers the commands of the control protocol and of PLDM behind an address', async () => {
    expect(await words('control', '9', 'GetM')).toEqual(['GetMCTPVersionSupport', 'GetMessageTypeSupport']);
    expect(await words('control', '9', 'GetEndpointID', '')).toEqual([]);
    expect(await words('pldm', '9', 'b')).toEqual(['base', 'bios']);
    expect(await words('pldm', '--link', 'bench:', '9', 'raw')).toEqual(['raw']);
    expect(await words('pldm', '9', 'base', 'GetT')).toEqual(['GetTID']);
    expect(await words('pldm', '9', 'set', '')).toEqual([]);
    expect(await words('pldm', '9', 'base', 'GetTID', '')).toEqual([]);
  });

  it('knows verbs, options, values and commands', async () => {
    expect(await words('di')).toEqual(['discover']);
    expect(await words('')).toEqual(VERBS.map(({ name }) => name));
    expect(await words('ping', '--c')).toEqual(['--count', '--capture', '--config']);
    expect(await words('decode', '--layer', 's')).toEqual(['serial', 'smbus', 'spdm', 'secured']);
    expect(await words('send', '9', 'GetEndpointU')).toEqual(['GetEndpointUUID']);
    expect(await words('emulate', '--behaviour', 'late')).toEqual(['lateReply']);
    expect(await words('bench', '--mode', '')).toEqual(['echo', 'send', 'request']);
    expect(await words('ping', '--link', 'bench')).toEqual(['bench:']);
    expect(await words('ping', '9', '--json', '--js')).toEqual([]);
    expect(await words('nonsense', '')).toEqual([]);
    expect(await words('validate', '9', '--group', 'pl')).toEqual(['pldm-base', 'platform']);
    expect(await words('validate', '9', '--profile', 'n')).toEqual(['nvme-ssd']);
    expect(await words('validate', '9', '--allow', 'update,')).toEqual([
      'update,reset',
      'update,write',
      'update,apply',
    ]);
    expect(await words('validate', '9', '--allow', 'a')).toEqual(['apply']);
    expect(await words('validate', '--explain', 'MCTP-CTRL-012')).toEqual(['MCTP-CTRL-012']);
    // The shell offers files.
    expect(await words('validate', '9', '--baseline', '')).toEqual([]);
  });

  it.each(['bash', 'zsh', 'fish'])('there is a script of %s', (shell) => {
    const script = execFileSync(process.execPath, [COMMAND, 'completion', shell]).toString();
    expect(script).toContain('completion --words --');
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it.skipIf(!has(shell))(`the script of ${shell} is one the shell takes`, () => {
      const path = join(folder, `script.${shell}`);
      writeFileSync(path, execFileSync(process.execPath, [COMMAND, 'completion', shell]));
      const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    });
  }

  /** Run a shell in which `mctpkit` is the built command. */
  const inShell = (shell: string, ...args: string[]): string => {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'mctpkit'), `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: folder };
    return execFileSync(shell, args, { env }).toString();
  };

  it.skipIf(!has('fish'))('completes in fish', () => {
    const complete = (line: string): string =>
      inShell('fish', '-c', `mctpkit completion fish | source; complete -C '${line}'`);
    expect(complete('mctpkit dis')).toBe('discover\tfind endpoints, give them EIDs and show what they are\n');
    expect(complete('mctpkit ping --ti')).toMatch(/^--timeout\t/);
    expect(complete('mctpkit ping --link seri')).toMatch(/^serial:\t/);
    expect(complete('mctpkit send 9 GetEndpointU')).toMatch(/^GetEndpointUUID\t/);
  });

  it.skipIf(!has('zsh'))('completes in zsh', () => {
    // The line editor is not there; what the script makes of its words is.
    const stubs = `compdef() { :; }; _files() { print files; }; _describe() { print -rl -- "\${(@P)2}"; }`;
    const complete = (...words: string[]): string => {
      const script = `${stubs}; eval "$(mctpkit completion zsh)"; words=(mctpkit ${words.join(' ')}); CURRENT=${words.length + 1}; _mctpkit`;
      return inShell('zsh', '-f', '-c', script);
    };
    expect(complete('dis')).toBe('discover:find endpoints, give them EIDs and show what they are\n');
    expect(complete('ping', '--ti')).toMatch(/^--timeout:/);
    expect(complete('ping', '--link', 'seri')).toMatch(/^serial\\::/);
    expect(complete('nonsense', 'x')).toBe('files\n');
  });

  it.skipIf(!has('bash'))('completes in bash, colons and all', () => {
    const complete = (line: string): string =>
      inShell(
        'bash',
        '-c',
        `eval "$(mctpkit completion bash)"; COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; compopt() { :; }; _mctpkit; printf '%s\\n' "\${COMPREPLY[@]}"`,
      );
    expect(complete('mctpkit dis')).toBe('discover\n');
    expect(complete('mctpkit ping --ti')).toBe('--timeout\n');
    expect(complete('mctpkit ping --link seri')).toContain('serial:');
  });

  it('a shell nobody has heard of', async () => {
    expect(await mctpkit(['completion', 'bsah'])).toMatchObject({
      code: 2,
      stderr: 'mctpkit: no completion for "bsah" (did you mean bash?): there are bash, zsh, fish\n',
    });
  });
});

describe('doctor', () => {
  const root = join(folder, 'machine');
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put('proc/sys/kernel/osrelease', '6.0.1-test\n');
  put('proc/net/protocols', 'protocol  size\nMCTP       1024\n');
  put('proc/self/status', 'CapEff:\t0000000000000000\n');
  put('proc/77/comm', 'ModemManager\n');
  put('sys/class/net/mctpi2c1/type', '290\n');
  put('sys/class/net/eth0/type', '1\n');
  put('sys/bus/usb-serial/devices/ttyUSB0/latency_timer', '16\n');
  for (const [path, subclass] of [
    ['1-1', '00'],
    ['1-2', '00'],
    ['1-3', '01'],
    ['1-4', '00'],
  ] as const) {
    put(`sys/bus/usb/devices/${path}:1.0/bInterfaceClass`, '14\n');
    put(`sys/bus/usb/devices/${path}:1.0/bInterfaceSubClass`, `${subclass}\n`);
    put(`sys/bus/usb/devices/${path}:1.0/bInterfaceProtocol`, '01\n');
    put(`sys/bus/usb/devices/${path}/busnum`, '1\n');
    put(`sys/bus/usb/devices/${path}/devnum`, `${path.at(-1)}\n`);
  }
  put('sys/bus/usb/devices/1-1/product', 'Drive\n');
  put('sys/bus/usb/devices/1-4/product', 'mctpkit MCTP bridge\n');
  put('sys/bus/usb/devices/1-4/bcdDevice', '0009\n');
  put('sys/bus/usb/devices/2-1:1.0/bInterfaceClass', '08\n');
  put('dev/bus/usb/001/001', '');
  put('sys/class/udc/dummy_udc.0/current_speed', 'high-speed\n');
  put('sys/bus/i2c/devices/i2c-3/name', 'test adapter\n');
  put('sys/bus/i2c/devices/i2c-9/name', 'no device file\n');
  put('dev/ttyUSB0', '');
  put('dev/i2c-3', '');
  const roots = { sys: join(root, 'sys'), dev: join(root, 'dev'), proc: join(root, 'proc') };

  it('the kernel, its links and what we may do', async () => {
    expect(await checkKernel(roots)).toEqual([
      { id: 'kernel', status: 'ok', what: 'Linux 6.0.1-test with MCTP sockets' },
      { id: 'kernel:links', status: 'ok', what: 'kernel links: mctpi2c1' },
      expect.objectContaining({ id: 'kernel:serial', status: 'warning', fix: expect.stringContaining('fcs=any') }),
      expect.objectContaining({ id: 'capabilities', status: 'missing', what: expect.stringContaining('CAP_NET_RAW') }),
    ]);
    put('proc/net/protocols', 'protocol  size\n');
    expect((await checkKernel(roots))[0]).toMatchObject({
      status: 'missing',
      fix: expect.stringContaining('modprobe mctp'),
    });
  });

  it('serial adapters with slow timers, and who disturbs them', async () => {
    expect(await checkSerial(roots)).toEqual([
      { id: `serial:${roots.dev}/ttyUSB0`, status: 'ok', what: `serial:${roots.dev}/ttyUSB0` },
      expect.objectContaining({
        status: 'warning',
        what: expect.stringContaining('latency timer is 16 ms'),
        fix: expect.stringContaining('echo 1 >'),
      }),
      expect.objectContaining({
        id: 'serial:modemmanager',
        fix: expect.stringContaining('systemctl stop ModemManager'),
      }),
    ]);
  });

  it('I2C buses that cannot receive, or have no device file', async () => {
    const openBus = async () => ({ functions: ['i2c'], close: async () => {} }) as never;
    expect(await checkI2c(roots, { openBus })).toEqual([
      expect.objectContaining({ id: 'i2c:3', status: 'warning', fix: expect.stringContaining('slave-mqueue') }),
      expect.objectContaining({ id: 'i2c:9', status: 'broken', fix: 'sudo modprobe i2c-dev' }),
    ]);
    expect((await checkI2c({ ...roots, sys: '/nowhere' }))[0]).toMatchObject({ id: 'i2c', status: 'missing' });
  });

  it('Picos: permission with a udev rule, old firmware, two of them', async () => {
    const root = join(folder, 'picos');
    const plug = (name: string, serial: string, version: string): void => {
      const device = join(root, 'devices', serial);
      mkdirSync(join(device, 'interface'), { recursive: true });
      for (const [file, text] of Object.entries({ product: PRODUCT, serial, bcdDevice: version })) {
        writeFileSync(join(device, file), `${text}\n`);
      }
      mkdirSync(join(root, 'class/tty', name), { recursive: true });
      symlinkSync(join(device, 'interface'), join(root, 'class/tty', name, 'device'));
    };
    const where = { sys: root, dev: join(root, 'dev'), proc: '/nowhere' };
    expect(await checkPicos(where)).toEqual([]);
    plug('ttyACM0', 'E6A', '0101');
    mkdirSync(where.dev);
    expect(await checkPicos(where)).toEqual([
      {
        id: 'i2c:pico:E6A',
        status: 'broken',
        what: `i2c:pico: ${where.dev}/ttyACM0 may not be opened`,
        fix: expect.stringContaining(`ATTRS{product}=="${PRODUCT}", MODE="0660", TAG+="uaccess"`),
      },
    ]);
    plug('ttyACM1', 'E6B', '0100');
    for (const name of ['ttyACM0', 'ttyACM1']) writeFileSync(join(where.dev, name), '');
    expect(await checkPicos(where)).toEqual([
      {
        id: 'i2c:pico:E6A',
        status: 'ok',
        what: `i2c:pico?serial=E6A (Pico adapter E6A, firmware 1.1, ${where.dev}/ttyACM0)`,
      },
      {
        id: 'i2c:pico:E6B',
        status: 'warning',
        what: `i2c:pico?serial=E6B has the old firmware 1.0: ${FIRMWARE_VERSION} comes with this mctpkit`,
        fix: "mctpkit adapter flash --link 'i2c:pico?serial=E6B'",
      },
    ]);
    expect([isOldFirmware('0.9'), isOldFirmware('1.10'), isOldFirmware('2.0'), isOldFirmware('x')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('USB devices, Node and packages', async () => {
    expect(await checkUsb(roots)).toEqual([
      { id: 'usb:1-1:1.0', status: 'ok', what: 'usb:1-1 (Drive)' },
      {
        id: 'usb:1-2:1.0',
        status: 'broken',
        what: expect.stringContaining('dev/bus/usb/001/002 may not be opened'),
        fix: expect.stringContaining('/etc/udev/rules.d/70-mctp-usb.rules'),
      },
      { id: 'usb:1-3:1.0', status: 'warning', what: expect.stringContaining('of another subclass or protocol') },
      {
        id: 'usb:1-4:1.0',
        status: 'warning',
        what: expect.stringMatching(/^usb:1-4 has the old firmware 0\.9: .* comes with this mctpkit$/),
        fix: 'mctpkit adapter flash --link usb:1-4',
      },
    ]);
    expect(await checkUsbGadget(roots)).toMatchObject([
      { id: 'usb-gadget:dummy_udc.0', status: 'ok' },
      { id: 'usb-gadget:configfs', status: 'missing', fix: 'sudo modprobe libcomposite usb_f_fs' },
    ]);
    expect(checkNode('v18.1.0', 'linux', 'x64')[0]).toMatchObject({ status: 'broken' });
    expect(checkNode('v22.0.0', 'darwin', 'arm64')).toHaveLength(2);
    const missing = Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' });
    const checks = await checkPackages([
      { name: 'a', purpose: 'tests', load: async () => ({}) },
      { name: 'b', purpose: 'tests', load: () => Promise.reject(missing) },
      { name: 'c', purpose: 'tests', load: () => Promise.reject(new Error('wrong ABI\nmore')) },
      { name: 'd', purpose: 'tests', instead: 'a', load: () => Promise.reject(missing) },
      { name: 'e', purpose: 'tests', instead: 'b', load: () => Promise.reject(missing) },
    ]);
    expect(checks.map(({ status }) => status)).toEqual(['ok', 'missing', 'broken', 'ok', 'missing']);
    expect(checks[3]!.what).toBe('package d is not installed: tests use a');
    expect(checks[2]!.what).toBe('package c does not load: wrong ABI');
  });
});

/** What was printed: one document, or one a line. */
function documents(stdout: string, lines: boolean): unknown[] {
  const text = stdout.trim();
  if (!lines || text.startsWith('{\n')) return [JSON.parse(text)];
  return text.split('\n').map((line): unknown => JSON.parse(line));
}

describe('schemas', () => {
  /** Verbs that print under another verb's schema, or what is not a document of their own. */
  const OTHERS: Readonly<Record<string, string>> = { emulate: 'device', echo: 'device', schema: 'discover' };
  const LINES = ['listen', 'capture', 'top', 'sensors-watch', 'watch', 'fw'];

  it('are there for every verb that has --json', async () => {
    const verbs = await Promise.all(VERBS.map(({ load }) => load()));
    const names = verbs.filter(({ options }) => 'json' in options).map(({ name }) => OTHERS[name] ?? name);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !Object.hasOwn(SCHEMAS, name))).toEqual([]);
  });

  it.each<[string, string[], number]>([
    ['discover', ['discover', '--json'], 0],
    ['ping', ['ping', '9', '-c', '2', '-i', '0ms', '--json'], 0],
    ['send', ['send', '9', 'GetEndpointID', '--json'], 0],
    ['send', ['send', '9', '--type', '5', '00', '-W', '50ms', '--json'], 1],
    ['listen', ['listen', '--discover', '-c', '5', '--json'], 0],
    ['capture', ['capture', '--discover', '-c', '5', '--json'], 0],
    [
      'decode',
      ['decode', '--json', fileURLToPath(new URL('../recordings/linux-mctpd-bus-owner.json', import.meta.url))],
      0,
    ],
    ['decode', ['decode', '--json', '7e0107010908c80080020eb37e7e0107010908c80080020eb27e'], 0],
    ['bench', ['bench', '9', '-c', '5', '--json'], 0],
    ['top', ['top', '--json', '-c', '2'], 0],
    ['top', ['top', '--json', '--sensors', '-c', '3', '-i', '300ms'], 0],
    ['behaviours', ['emulate', '--behaviour', 'list', '--json'], 0],
    ['validate-list', ['validate', '--explain', 'MCTP-CTRL-012', '--json'], 0],
    ['version', ['version', '--json'], 0],
    ['control', ['control', '9', 'GetEndpointID', '--json'], 0],
    ['pldm', ['pldm', '9', '--json'], 0],
    ['pldm', ['pldm', '12', 'base', 'GetTID', '--json'], 0],
    ['pldm', ['pldm', '9', 'base', 'GetPLDMVersion', '--json'], 0],
    ['pldm', ['pldm', '9', 'base', 'GetPLDMCommands', '--json'], 0],
    ['pldm', ['pldm', '9', 'platform', '--json'], 0],
    ['pldm', ['pldm', '9', 'platform', 'GetPDR', '--json'], 0],
    ['pldm', ['pldm', '9', 'fru', '--json'], 0],
    ['pldm', ['pldm', 'bench:serial0', 'bios', '--json'], 0],
    ['pldm', ['pldm', 'bench:serial0', 'bios', 'GetBIOSTable', 'AttributeTable', '--json'], 0],
    ['pldm', ['pldm', '9', 'raw', '80', '00', '04', '--json'], 0],
    ['pldm', ['pldm', 'bench:serial0', 'platform', 'GetSensorReading', 'sensorId=1', '--json'], 0],
    ['pldm', ['pldm', 'bench:serial0', 'platform', 'GetSensorReading', 'sensorId=999', '--json'], 1],
    ['pldm', ['pldm', 'bench:serial0', 'platform', 'FindPDR', '--json'], 0],
    ['pldm', ['pldm', 'bench:serial0', 'firmwareUpdate', '--json'], 0],
    ['pldm', ['pldm', 'bench:serial0', 'set', 'FanTarget', '6000', '--json'], 0],
    ['pldm', ['pldm', 'bench:serial0', 'bios', 'GetBIOSAttributeCurrentValueByHandle', 'FanMode', '--json'], 0],
    ['pldm', ['pldm', 'bench:serial0', 'bios', 'SetBIOSAttributeCurrentValue', 'FanMode=Quiet', '--json'], 0],
    ['sensors', ['sensors', '--json'], 0],
    ['pdr', ['pdr', '--json'], 0],
    ['fw', ['fw', 'inventory', '--json'], 0],
    ['fw', ['fw', 'status', '--json'], 0],
    ['fw', ['fw', 'cancel', '9', '--json'], 0],
    [
      'fw',
      [
        'fw',
        'inspect',
        fileURLToPath(new URL('../vectors/packages/pldm-fwup-1.1-downstream.pldm', import.meta.url)),
        '--json',
      ],
      0,
    ],
    ['file', ['file', 'bench:serial0', 'ls', '--json'], 0],
    ['file', ['file', 'bench:serial0', 'get', 'boot.log', join(folder, 'boot.log'), '--json'], 0],
    ['link', ['link', '--json'], 0],
    ['address', ['address', '--json'], 0],
    ['route', ['route', '--discover', '--json'], 0],
    ['neigh', ['neigh', '--discover', '--json'], 0],
    ['config', ['config', 'check', join(folder, 'mctpkit.toml'), '--json'], 0],
  ])('%s: mctpkit %j', async (name, args, code) => {
    writeFileSync(join(folder, 'mctpkit.toml'), '[links.a]\nurl = "i2c:1"\n[devices.b]\nlink = "a"\naddress = 0x1d\n');
    const result = await mctpkit(args);
    expect(result.code, result.stderr).toBe(code);
    if (code === 0) expect(result.stderr).not.toMatch(/^mctpkit: /m);
    for (const each of documents(result.stdout, LINES.includes(name))) {
      expect(misfits(each, SCHEMAS[name]!)).toEqual([]);
    }
  });

  it('i2c, of adapters or of none', async () => {
    const { stdout } = await mctpkit(['i2c', '--json']);
    expect(misfits(JSON.parse(stdout), SCHEMAS.i2c!)).toEqual([]);
  });

  it('sensors --watch, line by line', async () => {
    const command = new RunningCommand(['sensors', '9', '--watch', '--interval', '100ms', '--json']);
    await command.line(/readings/);
    const lines = documents((await command.stop()).stdout, true);
    for (const each of lines) expect(misfits(each, SCHEMAS['sensors-watch']!)).toEqual([]);
    expect(lines.length).toBeGreaterThan(0);
  });

  it('doctor', async () => {
    const { stdout } = await mctpkit(['doctor', '--json']);
    expect(misfits(JSON.parse(stdout), SCHEMAS.doctor!)).toEqual([]);
  });

  it('are printed, one or all', async () => {
    expect(JSON.parse((await mctpkit(['schema', 'discover'])).stdout)).toEqual(SCHEMAS.discover);
    expect(JSON.parse((await mctpkit(['schema', '--json'])).stdout)).toEqual(SCHEMAS);
    expect((await mctpkit(['schema', 'dicsover'])).stderr).toContain('did you mean discover?');
  });

  it('the tester finds what does not fit', () => {
    expect(misfits({ mctpkit: 1 }, SCHEMAS.version!)).toEqual(['$ has no node', '$.mctpkit is 1, not of type string']);
    expect(misfits({ event: 'fault', timeUs: 1, link: 'a', fault: 'b', hex: 'zz' }, SCHEMAS.listen!)).toHaveLength(1);
  });
});
