import { expect, it } from 'vitest';
import { PERMISSIONS } from '../../../hw-fixtures/validator/declaration.js';
import { allChecks } from '../../../hw-fixtures/validator/registry.js';
import { validated } from '../../support/validated-device.js';

it('a device which raises no event by itself is waited for once in a run', async () => {
  const results = await validated({ toml: '[devices.dut.pldm]\ntid = 3' }, allChecks(), [], PERMISSIONS);
  const waits = results.filter(({ why }) => why === 'the device raises no event by itself');
  expect(waits.map(({ verdict }) => verdict)).toEqual(new Array(6).fill('notApplicable'));
  expect(waits.map(({ ms }) => ms > 5000)).toEqual([true, false, false, false, false, false]);
  expect(Math.max(...waits.slice(1).map(({ ms }) => ms))).toBeLessThan(100);
});
