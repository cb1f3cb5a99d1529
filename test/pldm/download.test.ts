/** A large repository over SMBus takes little longer than its bits. */

import { expect, it } from 'vitest';
import { measureDownload } from '../bench/pldm-download.js';

it('1000 PDRs at 400 kHz come within 1.1 times the limit of the wire', async () => {
  const { ratio, records } = await measureDownload();
  expect(records).toBe(1000);
  expect(ratio).toBeGreaterThanOrEqual(1);
  expect(ratio).toBeLessThanOrEqual(1.1);
});
