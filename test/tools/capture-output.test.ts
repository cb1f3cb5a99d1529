/** Files of a capture on a disk which takes nothing: what waits for it is bounded, over all files together. */

import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Recorded } from '../../bindings/capture/recorder.js';
import { CaptureOutput, numbered } from '../../tools/capture/output.js';

const folder = mkdtempSync(join(tmpdir(), 'capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MIB = 1024 * 1024;
const PACKET: Recorded = {
  link: 'a',
  timeNs: 0n,
  direction: 'rx',
  physicalAddress: '',
  bytes: new Uint8Array(MIB),
  isPacket: true,
  fault: undefined,
  linkFault: false,
};

describe.skipIf(process.platform === 'win32')('files in turn on a disk which takes nothing', () => {
  it('do not let more wait than one file would', async () => {
    const target = join(folder, 'a.pcapng');
    // Nobody reads from them: as a disk which does not answer.
    const stuck = [1, 2].map((number) => numbered(target, number));
    execFileSync('mkfifo', stuck);
    const failures: Error[] = [];
    const output = new CaptureOutput({
      target,
      links: () => [],
      program: { name: 'a test', system: '' },
      rotation: { bytes: 20 * MIB },
      stdout: process.stdout,
      failed: (error) => failures.push(error),
    });
    const begun = output.begin();
    for (let count = 0; count < 100; count++) output.packet(PACKET);
    expect(output.packets).toBeLessThan(40);
    expect(output.packets + output.dropped).toBe(100);
    for (const path of stuck) createReadStream(path).resume();
    await begun;
    await output.close();
    expect(failures).toEqual([]);
  });
});
