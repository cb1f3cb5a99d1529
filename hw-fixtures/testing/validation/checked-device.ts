/** The device of a run of checks in a test. */

import { MctpError } from '../../../stack/errors.js';
import type { Check } from '../../validator/declaration.js';
import { type CheckResult, ChecksRun, type ChecksRunOptions } from '../../validator/run-checks.js';
import { stackTarget } from '../../validator/stack-target.js';
import type { WantedDevice } from '../hardware/hil-bus.js';
import { hilEnvironment } from '../hardware/hil-environment.js';
import { sharedBus } from '../hardware/shared-bus.js';
import { type OpenTarget, openTarget, type ReachedDevice } from './reached-device.js';

type RunOptions = Omit<ChecksRunOptions, 'target'>;
type Waiting = <T>(work: Promise<T>) => Promise<T>;

export class CheckedDevice {
  /** The check behind which the device did not answer any more. */
  #lost: Check | undefined;

  private constructor(
    private readonly opened: OpenTarget,
    private readonly run: ChecksRun,
    private readonly waitFor: Waiting,
  ) {}

  /** @throws MctpError: it cannot be reached, or does not answer */
  static async reach(reached: ReachedDevice, options: RunOptions): Promise<CheckedDevice> {
    const waitFor: Waiting = reached.run ?? ((work) => work);
    return CheckedDevice.#begin(await waitFor(openTarget(reached)), options, waitFor);
  }

  /** One on the links which MCTPKIT_HIL names. @throws MctpError: it is not there, or does not answer */
  static async onHardware(wanted: WantedDevice, options: RunOptions): Promise<CheckedDevice> {
    const bus = await sharedBus.open(hilEnvironment().links);
    const target = stackTarget(bus.mctp, await bus.find(wanted));
    return CheckedDevice.#begin({ target, close: async () => {} }, options, (work) => work);
  }

  static async #begin(opened: OpenTarget, options: RunOptions, waitFor: Waiting): Promise<CheckedDevice> {
    const { target } = opened;
    const device = new CheckedDevice(opened, await waitFor(ChecksRun.open({ ...options, target })), waitFor);
    if (!device.run.isGone) return device;
    await device.close();
    throw new MctpError('ETIMEDOUT', `${target.name} does not answer anything`);
  }

  async check(check: Check, signal: AbortSignal): Promise<CheckResult> {
    const result = await this.waitFor(this.run.check(check, signal));
    if (this.run.isGone) this.#lost ??= check;
    return result;
  }

  /** @throws MctpError ETIMEDOUT when the device did not answer any more since some check */
  async close(): Promise<void> {
    this.run.close();
    await this.waitFor(this.opened.close());
    if (this.#lost === undefined) return;
    const { name } = this.opened.target;
    throw new MctpError('ETIMEDOUT', `${name} does not answer anything since ${this.#lost.id}: ${this.#lost.title}`);
  }
}
