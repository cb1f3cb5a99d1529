/** The options of a network while it runs: its own, and the limits of its stack, which it shares with other networks. */

import { MctpError } from '../../../stack/errors.js';
import type { Limits } from '../../../stack/limits.js';
import type { Mctp } from '../../../stack/mctp.js';
import type { GuardedPolicy } from './guarded-policy.js';
import {
  checkedOption,
  LIMIT_OPTIONS,
  limitOption,
  NETWORK_OPTIONS,
  type NetworkOption,
  type NetworkOptionName,
  type NetworkOptionValues,
  networkOption,
  type OptionValue,
  type ShownOption,
} from './network-options.js';

export interface OptionOwner {
  readonly name: string;
  readonly stack: Mctp;
  readonly policy: GuardedPolicy;
  readonly values: NetworkOptionValues;
}

export class LiveOptions {
  constructor(
    private readonly network: OptionOwner,
    private readonly changed: (name: string, value: OptionValue) => void,
  ) {}

  /** Those of the network, then the limits of its stack. */
  shown(): ShownOption[] {
    const { policy, values, stack } = this.network;
    const own = Object.entries(NETWORK_OPTIONS).map(([name, option]) => {
      const value = policy.valueOf(name) ?? values[name as NetworkOptionName];
      return { ...(option as NetworkOption), name, value };
    });
    const limits = [...LIMIT_OPTIONS].map(([name, { limit, ...option }]) => {
      return { ...option, name, value: stack.limits[limit] };
    });
    return [...own, ...limits];
  }

  /** @throws MctpError ENOENT, EINVAL, EACCES, ENOTSUP */
  set(name: string, value: unknown): void {
    const { name: network, policy, values } = this.network;
    const checked = checkedOption(name, value);
    if (networkOption(name).who === undefined) {
      throw new MctpError(
        'ENOTSUP',
        `${name} is fixed while the network runs: set it in the configuration and start again`,
      );
    }
    if (!policy.maySet(name, checked)) throw new MctpError('EACCES', `the policy of ${network} refuses ${name}`);
    const limit = LIMIT_OPTIONS.get(name)?.limit;
    if (limit !== undefined) this.#setLimit(limit, checked as number);
    else {
      Object.assign(values, { [name]: checked });
      this.changed(name, checked);
    }
  }

  /** Others follow it; each that changed is told. */
  #setLimit(limit: keyof Limits, value: number): void {
    const { stack } = this.network;
    const before = { ...stack.limits };
    stack.setLimits({ [limit]: value }, limitOption);
    for (const [name, option] of LIMIT_OPTIONS) {
      const now = stack.limits[option.limit];
      if (option.limit === limit || now !== before[option.limit]) this.changed(name, now);
    }
  }
}
