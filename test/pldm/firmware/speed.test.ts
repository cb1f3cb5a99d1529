/** An update takes little longer than its bits; the whole table is printed by `npm run bench -- firmware`. */

import { describe, expect, it } from 'vitest';
import { CHUNKS, downloadMs, limitMs, WIRES } from '../../bench/firmware-update.js';

const IMAGE_BYTES = 32 * 1024;

describe.each(WIRES.map((make) => [make().name, make] as const))('%s', (_name, make) => {
  it.each(CHUNKS)('transfer size %i: at least 95 % of what the wire can do', async (chunk) => {
    const wire = make();
    const ms = await downloadMs(wire, IMAGE_BYTES, chunk);
    const share = limitMs(wire, IMAGE_BYTES, chunk) / ms;
    expect(share).toBeGreaterThan(0.95);
    expect(share).toBeLessThanOrEqual(1.0001);
  });
});
