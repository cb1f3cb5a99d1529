import { describe, expect, it } from 'vitest';
import type { BenchDevice, Check } from '../../../hw-fixtures/validator/declaration.js';
import { PERMISSIONS } from '../../../hw-fixtures/validator/declaration.js';
import { allChecks, GROUPS } from '../../../hw-fixtures/validator/registry.js';
import type { CheckResult } from '../../../hw-fixtures/validator/run-checks.js';
import { validated } from '../../support/validated-device.js';

const ALL = allChecks();
const groupBench = new Map(GROUPS.map(({ name, bench }) => [name, bench]));
const benchOf = (check: Check): BenchDevice => check.bench ?? groupBench.get(check.group)!;
const unhappy = (results: readonly CheckResult[]): string[] =>
  results
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warning')
    .map(({ check, why }) => `${check.id}: ${why}`);

/** What a mutant changes in PLDM messages is not seen by checks which send none of them. */
const isPldm = ({ id }: Check): boolean => id.startsWith('PLDM-');
/** What one changes in frames it changes in those of all messages: the conforming devices are seen to pass with PLDM. */
const isFramed = ({ group }: Check): boolean => ['smbus', 'serial', 'usb'].includes(group);
const inReach = (check: Check): readonly Check[] => {
  if (isFramed(check)) return ALL.filter((one) => !isPldm(one));
  return isPldm(check) ? ALL.filter(isPldm) : ALL;
};

/** Every device that some check needs, with the checks it is the conforming device of. */
const devices = new Map<string, Check[]>();
for (const check of ALL) {
  const key = JSON.stringify(benchOf(check));
  devices.set(key, [...(devices.get(key) ?? []), check]);
}

describe('the validator validated', () => {
  for (const [key, checks] of devices) {
    it(`a conforming device passes ${checks[0]!.id} and ${checks.length - 1} others`, async () => {
      const results = await validated(JSON.parse(key) as BenchDevice, ALL, [], PERMISSIONS);
      expect(unhappy(results)).toEqual([]);
      const passed = new Map(results.map(({ check, verdict, why }) => [check.id, `${verdict} ${why}`]));
      for (const { id } of checks) expect(`${id} ${passed.get(id)}`).toBe(`${id} pass `);
    });
  }

  for (const check of ALL) {
    it(`a device which breaks ${check.id} fails it and no other check`, async () => {
      const results = await validated(benchOf(check), inReach(check), [check.mutant()], PERMISSIONS);
      const expected = check.level === 'recommended' ? 'warning' : 'fail';
      expect(unhappy(results).map((text) => text.slice(0, check.id.length))).toEqual([check.id]);
      expect(results.find((result) => result.check.id === check.id)?.verdict).toBe(expected);
    });
  }
});
