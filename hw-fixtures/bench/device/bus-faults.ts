/** What a device does wrong below the bytes: on a wire of the bench, or by an adapter which makes faults on copper. */

import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { MctpError } from '../../../stack/errors.js';
import type { Link } from '../../../stack/link.js';
import type { Behaviour } from './behaviour.js';

/**
 * Put the faults of the behaviours to work on the open link. `onWire`: a behaviour which acknowledges does so there by itself.
 * @returns whether writes to its address are refused by the bus from now on
 * @throws MctpError ENOTSUP when the link cannot make the fault, and nothing else of the behaviour would be left
 */
export async function armBusFaults(link: Link, behaviours: readonly Behaviour[], onWire: boolean): Promise<boolean> {
  let refuses = false;
  for (const { name, busFault, acknowledge } of behaviours) {
    if (busFault === undefined || (onWire && acknowledge !== undefined)) continue;
    try {
      if (!(link instanceof SmbusLink)) throw new MctpError('ENOTSUP', `${link.name} is not on an I2C bus`);
      await link.misbehave(busFault);
      if (busFault.kind === 'refuseAddress') refuses = true;
    } catch (error) {
      if (!MctpError.is(error, 'ENOTSUP')) throw error;
      if (acknowledge !== undefined) continue;
      throw new MctpError('ENOTSUP', `${name} is a fault of an I2C bus: ${error.message}`, { cause: error });
    }
  }
  return refuses;
}
