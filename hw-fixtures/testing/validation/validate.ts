/** The validator in tests of others: one test of vitest for each check, so that every broken clause has a line of its own. */

import { readFileSync } from 'node:fs';
import type { MaybePromise } from '../../../stack/util/async.js';
import { readBaseline } from '../../validator/baseline.js';
import type { Permission } from '../../validator/declaration.js';
import { checksOf, levelIn } from '../../validator/profile.js';
import { allChecks, GROUPS } from '../../validator/registry.js';
import { budgetOf, PUT_BACK_MS } from '../../validator/run-checks.js';
import { checksInGroups, permissionNamed, profileNamed } from '../../validator/selection.js';
import type { WantedDevice } from '../hardware/hil-bus.js';
import { hilEnvironment } from '../hardware/hil-environment.js';
import { sharedBus } from '../hardware/shared-bus.js';
import { vitestFor } from '../test-runner.js';
import { CheckFailure, skipReason } from './check-outcome.js';
import { CheckedDevice } from './checked-device.js';
import type { ReachedDevice } from './reached-device.js';

export interface ValidateOptions {
  /** Only these: `transport`, `control`, `pldm-base`, `platform`...; default all of the profile. */
  readonly groups?: readonly string[];
  /** `all` (the default), `ocp-nic`, `nvme-ssd`, or the path of a TOML file. */
  readonly profile?: string;
  /** What disturbs the device; default nothing: such checks are skipped. */
  readonly allow?: readonly Permission[];
  /** The path of a file of `mctpkit validate --report`: what does not pass there is skipped while it does not pass here. */
  readonly baseline?: string;
}

/** For opening, and for looking whether the device is there. */
const OPEN_MS = 60_000;

/**
 * One test for each check of `mctpkit validate`, called at the top of a file of tests:
 *
 *     validate('our endpoint', () => ({ link: new OurLink() }), { groups: ['transport', 'control'] });
 *     validate('our drive', { uuid: '7a1c5e10-4c2b-11ee-8d01-001b21000001' }, { profile: 'nvme-ssd' });
 *
 * With a function the device is reached by a link, a stack or a transport of yours; with a choice it is a device on the
 * links which MCTPKIT_HIL names, as for `device()`. A check which does not apply, or can say nothing, is skipped with its
 * reason, and so is a recommendation which is not followed. A device which does not answer anything, or stops to, fails.
 * @throws Error for a group, a profile, a permission or a baseline which does not exist
 */
export function validate(
  name: string,
  device: WantedDevice | (() => MaybePromise<ReachedDevice>),
  options: ValidateOptions = {},
): void {
  const { afterAll, beforeAll, describe, it } = vitestFor('validate');
  const { groups = [], allow = [], baseline } = options;
  const all = allChecks();
  const profile = profileNamed(options.profile ?? 'all', all, (path) => readFileSync(path, 'utf8'));
  const checks = checksInGroups(checksOf(profile, all), all, groups);
  const before = baseline === undefined ? undefined : readBaseline(readFileSync(baseline, 'utf8'));
  const run = { allowed: allow.map((one) => permissionNamed(one)), levelOf: levelIn(profile) };
  const noHardware = typeof device !== 'function' && hilEnvironment().links.length === 0;
  if (typeof device !== 'function') sharedBus.enter();

  describe(`${name} does what the standards require`, { sequential: true, shuffle: false }, () => {
    let opened: CheckedDevice | undefined;

    beforeAll(async () => {
      if (noHardware) return;
      opened =
        typeof device === 'function'
          ? await CheckedDevice.reach(await device(), run)
          : await CheckedDevice.onHardware(device, run);
    }, OPEN_MS);

    afterAll(async () => {
      await opened?.close();
      if (typeof device !== 'function') await sharedBus.leave();
    });

    for (const group of GROUPS) {
      const own = checks.filter((check) => check.group === group.name);
      if (own.length === 0) continue;
      describe(group.title, () => {
        for (const check of own) {
          const timeout = budgetOf(check) + PUT_BACK_MS + OPEN_MS;
          it(`${check.id}: ${check.title}`, { timeout }, async ({ skip, signal }) => {
            if (opened === undefined) return skip('no hardware: set MCTPKIT_HIL to the URL of its link');
            const result = await opened.check(check, signal);
            const reason = skipReason(result, before?.get(check.id));
            if (reason !== undefined) skip(reason);
            if (result.verdict !== 'pass') throw new CheckFailure(result);
          });
        }
      });
    }
  });
}
