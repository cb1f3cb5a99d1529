/** Vendors' messages through the verbs: a device on a line, captures, `listen`, `--batch`, words of the shell. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { type NullModem, nullModem } from '../support/null-modem.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-vendors-'));
const file = join(folder, 'acme.toml');
const bench = join(folder, 'bench.toml');
const VENDOR = ['--vendor', file];
let line: NullModem;

beforeAll(async () => {
  line = await nullModem();
  writeFileSync(
    file,
    `[vendors.acme]
pci = 0x1dea
title = "Acme Power"
[vendors.acme.commands.ReadTemperature]
code = 1
request = [{ name = "probe", type = "u8" }]
answer = [{ name = "celsius", type = "s16", unit = "°C", value = 41 }]
codes = { NO_SUCH_PROBE = 0x80 }
[vendors.zenith]
iana = 32473
[vendors.zenith.commands.ReadTemperature]
code = 1
answer = [{ name = "kelvin", type = "u16", value = 314 }]
`,
  );
  writeFileSync(
    bench,
    `[wires.uart]
kind = "serial"
host = true
[devices.psu]
wire = "uart"
[devices.psu.speaks.acme]
ReadTemperature = { completionCode = 0x80 }
[devices.psu.speaks.zenith]
`,
  );
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

describe('a device', () => {
  it('of emulate --speaks answers on a line, beside the echo, and announces its vendors', async () => {
    const speaks = ['--speaks', 'acme', '--speaks', 'zenith'];
    const device = new RunningVerb(['emulate', '--link', `serial:${line.ends[1]}`, ...VENDOR, ...speaks]);
    await device.line(/Ctrl-C ends it/);
    const near = `serial:${line.ends[0]}`;
    const acme = await mctpkit(['send', near, '-W', '30s', 'acme:ReadTemperature', 'probe=1', ...VENDOR]);
    expect(acme.stdout).toMatch(
      /acme ReadTemperature request #\d+\n.*ReadTemperature response .*\n {2}completionCode: 0 \(SUCCESS\)\n {2}celsius: 41 °C\n$/,
    );
    const zenith = await mctpkit(['send', near, '-W', '30s', 'zenith:ReadTemperature', ...VENDOR, '--json']);
    expect(JSON.parse(zenith.stdout)).toMatchObject({
      type: 0x7f,
      answer: { vendor: 'zenith', command: 'ReadTemperature', fields: { completionCode: 0, kelvin: 314 } },
    });
    const echo = await mctpkit(['send', near, '-W', '30s', '--type', '0x7e', 'ccdef00001', '--raw']);
    expect(echo.stdout).toBe('7eccdef00001\n');
    const unknown = await mctpkit(['send', near, '-W', '30s', '--type', '0x7e', '1dea8177', '--raw', ...VENDOR]);
    expect(unknown.stdout).toBe('7e1dea017705\n');
    const set = await mctpkit(['control', near, 'GetVendorDefinedMessageSupport', 'selector=1']);
    expect(set.stdout).toContain('vendorId: 0x1dea');
    await device.stop();
  });

  it('of a bench answers with what the bench says', async () => {
    const acme = await mctpkit(['send', `bench:${bench}`, 'acme:ReadTemperature', 'probe=1', ...VENDOR]);
    expect([acme.code, acme.stdout]).toEqual([1, expect.stringContaining('completionCode: 128 (NO_SUCH_PROBE)')]);
  });

  it('cannot speak what nobody declared', async () => {
    const { code, stderr } = await mctpkit(['discover', '--link', `bench:${bench}`]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${bench}:6: the messages of "acme" are not declared`);
    const wrong = await mctpkit(['emulate', '--link', 'serial:/dev/null', '--speaks', 'acmi', ...VENDOR]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean acme?')]);
  });
});

describe('other verbs', () => {
  it('name the messages of a capture, and pair answers by vendor', async () => {
    const packets =
      '01090ac87e1dea810105\n010a09c07e1dea01010029\n0109 0ac9 7f00007ed98101\n010a09c17f00007ed901010000013a\n0109 0aca 7e8086 810105\n';
    const decoded = await mctpkit(['decode', '-', '-x', ...VENDOR], { stdin: packets.replaceAll(' ', '') });
    expect(decoded.stdout).toContain('zenith ReadTemperature');
    expect(decoded.stdout).toContain('vendor (PCI) 0x8086 (Intel)');
    expect(decoded.stdout).toMatch(/acme ReadTemperature.*celsius/);
  });

  it('listen tells what comes', async () => {
    const heard = new RunningVerb([
      'listen',
      '--link',
      `serial:${line.ends[0]}`,
      '-c',
      '1',
      '--own-eid',
      '20',
      '0x7e',
      ...VENDOR,
    ]);
    await heard.note(/listening/);
    await mctpkit(['send', `serial:${line.ends[1]}`, 'acme:ReadTemperature', 'probe=7', '--no-reply', ...VENDOR]);
    expect((await heard.finished).stdout).toMatch(/acme ReadTemperature request #\d+ probe: 7/);
  });

  it('--batch takes both layers, and says what is not declared', async () => {
    const lines = [
      { layer: 'vendorPci', hex: '7e1dea81010a' },
      { layer: 'vendorIana', hex: '7f00007ed9010100013a' },
      { layer: 'vendorPci', hex: '7e8086810105' },
      { layer: 'vendorPci', hex: '7e80' },
    ];
    const stdin = lines.map((one) => `${JSON.stringify(one)}\n`).join('');
    const { stdout } = await mctpkit(['decode', '--batch', ...VENDOR], { stdin });
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one) as Record<string, unknown>);
    expect(answers).toMatchObject([
      { ok: true, vendor: 'acme', command: 'ReadTemperature', kind: 'request', instanceId: 1, fields: { probe: 10 } },
      { ok: true, vendor: 'zenith', kind: 'response', fields: { completionCode: 0, kelvin: 314 } },
      {
        ok: false,
        error: { code: 'EBADMSG', message: expect.stringContaining('vendor 0x8086 (Intel) are not declared') },
      },
      { ok: false, error: { code: 'EBADMSG' } },
    ]);
    const again = await mctpkit(['encode', '--batch', ...VENDOR], { stdin: stdout.split('\n').slice(0, 2).join('\n') });
    expect(
      again.stdout
        .trimEnd()
        .split('\n')
        .map((one) => (JSON.parse(one) as { hex: string }).hex),
    ).toEqual(lines.slice(0, 2).map(({ hex }) => hex));
  });

  it('complete the commands and the vendors', async () => {
    const words = async (...begun: string[]): Promise<string[]> =>
      (await mctpkit(['completion', '--words', '--', ...begun])).stdout.split('\n').map((one) => one.split('\t')[0]!);
    expect(await words('send', ...VENDOR, '9', 'acme')).toContain('acme:ReadTemperature');
    expect(await words('emulate', ...VENDOR, '--speaks', 'z')).toContain('zenith');
    expect(await words('send', '--vendor', '/nowhere', '9', 'acme')).toEqual(['']);
  });

  it('a name declared twice, or a file that is not there, is one line', async () => {
    const twice = await mctpkit(['decode', '00', ...VENDOR, ...VENDOR]);
    expect([twice.code, twice.stderr]).toEqual([2, `mctpkit: ${file}: acme is declared in ${file} already\n`]);
    const none = await mctpkit(['decode', '00', '--vendor', '/nowhere.toml']);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('/nowhere.toml: no such file')]);
  });
});
