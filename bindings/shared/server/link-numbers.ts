/** The links of a stack by number, as frames name them. A number stays with its name. */

import { LOCAL_LINK } from '../../../stack/core/path.js';
import { MctpError } from '../../../stack/errors.js';
import type { Mctp } from '../../../stack/mctp.js';
import type { SharedLink } from '../shared-protocol.js';

export class LinkNumbers {
  readonly #names: string[] = [LOCAL_LINK];

  constructor(private readonly stack: Mctp) {}

  /** 0: ourselves. */
  numberOf(name: string): number {
    const known = this.#names.indexOf(name);
    return known >= 0 ? known : this.#names.push(name) - 1;
  }

  /** @throws MctpError ENODEV */
  nameOf(number: number): string {
    const name = this.#names[number];
    if (name === undefined) throw new MctpError('ENODEV', `there is no link number ${number}`);
    return name;
  }

  list(): SharedLink[] {
    return this.stack.links().map(({ downReason, ...status }) => {
      const { name } = status;
      const link = this.stack.linkByName(name);
      return {
        ...status,
        number: this.numberOf(name),
        downReason: downReason ?? null,
        transmissionUnitMax: link.transmissionUnit.max,
        addressSize: link.addressSize,
        ownAddress: link.ownAddress,
        probe: [...this.stack.probeAddresses(name)],
        hints: link.hints?.() ?? [],
      };
    });
  }
}
