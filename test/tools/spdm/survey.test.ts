/** `spdm ADDRESS` with an emulated responder on a serial line, through the command. */

import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../../tools/schema/index.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';
import { misfits } from '../../support/json-schema.js';
import { type NullModem, nullModem } from '../../support/null-modem.js';

const BENCH = `
[wires.line]
kind = "serial"

[devices.rot]
wire = "line"
spdm = true
`;

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-spdm-'));
let line: NullModem;
let device: RunningVerb;
let near = '';

beforeAll(async () => {
  line = await nullModem();
  near = `serial:${line.ends[0]}`;
  const bench = join(folder, 'bench.toml');
  writeFileSync(bench, BENCH);
  device = new RunningVerb(['emulate', '--bench', bench, '--device', 'rot', '--link', `serial:${line.ends[1]}`]);
  await device.line(/Ctrl-C ends it/);
});

afterAll(async () => {
  await device.stop();
  await line.close();
  rmSync(folder, { recursive: true });
});

describe('mctpkit spdm', () => {
  it('shows what a responder says, and claims no more', async () => {
    const { code, stdout, stderr } = await mctpkit(['spdm', near]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('SPDM 1.0, 1.1, 1.2; 1.2 is used');
    expect(stdout).toContain('capabilities: CERT, MEAS without signature');
    expect(stdout).toContain('algorithms: ECDSA-P256, SHA-256');
    expect(stdout).toMatch(/slot 0: 3 certificates, 1390 bytes, digest a05750305d369c58/);
    expect(stdout).toMatch(/ {2}1 {2}immutable ROM: digest 5a5a/);
    expect(stdout).toMatch(/16 {2}secure version number: raw 0700000000000000/);
    expect(stdout).toContain('nothing of this is verified');
  });

  it('saves the chains as PEM, which can be read again', async () => {
    const { code, stderr } = await mctpkit(['spdm', near, '--save', join(folder, 'chains')]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('slot0.pem')]);
    const pem = readFileSync(join(folder, 'chains', 'slot0.pem'), 'utf8');
    const blocks = pem.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g)!;
    expect(blocks.map((block) => new X509Certificate(block).subject).length).toBe(3);
  });

  it.each([
    ['no folder', 'in-a-file/chains', 'no such file or directory'],
    ['a file', 'in-a-file', 'a file has this name'],
  ])('--save into %s is wrong usage before anybody is asked', async (_what, name, why) => {
    writeFileSync(join(folder, 'in-a-file'), '');
    // Nobody of the bench speaks SPDM: who is asked does not answer.
    const { code, stderr } = await mctpkit(['spdm', '9', '--save', join(folder, name)]);
    expect(code).toBe(2);
    expect(stderr).toBe(`mctpkit: ${join(folder, name)} cannot be written: ${why}\n`);
  });

  it('is a document of its schema', async () => {
    const { stdout } = await mctpkit(['spdm', near, '--json']);
    const document = JSON.parse(stdout);
    expect(misfits(document, SCHEMAS.spdm!)).toEqual([]);
    expect(document).toMatchObject({ version: '1.2', verified: false, slots: [{ slot: 0, chainBytes: 1390 }] });
  });

  it('send speaks SPDM by name', async () => {
    const { code, stdout } = await mctpkit(['send', near, '-W', '30s', 'GET_VERSION']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('VERSION response')]);
    const refused = await mctpkit(['send', near, '-W', '30s', 'spdm:GET_CSR', 'requesterInfo=', 'opaqueData=']);
    expect(refused.stdout).toMatch(/errorCode: UnexpectedRequest/);
  });

  it('without a responder is one line', async () => {
    const { code, stderr } = await mctpkit(['spdm', 'bench:serial0', '-W', '50ms']);
    expect(code).toBe(1);
    expect(stderr.split('\n')).toHaveLength(2);
  });
});
