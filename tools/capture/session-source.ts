/** The packets of a session, whichever stack is below it. */

import type { Session } from '../session.js';
import type { CapturedLink } from './capture-file.js';
import type { Recorded, RecorderOptions } from './recorder.js';

export interface PacketSource {
  /** Links that are there now. */
  links(): CapturedLink[];
  /** Hear every packet from now on; resolves with how to stop. */
  record(hear: (recorded: Recorded) => void, options?: RecorderOptions): Promise<() => void>;
}

export function sessionSource(session: Session): PacketSource {
  return {
    links: () =>
      session.linkStatus().map(({ name, ownAddress, transmissionUnit }) => {
        const at = ownAddress === '' ? '' : `, we are at 0x${ownAddress}`;
        return { name, description: `MCTP, transmission unit ${transmissionUnit}${at}`, ownAddress };
      }),
    record: (hear, options) => {
      const names = session.links.map(({ name }) => name);
      return session.stack.record(names, hear, options);
    },
  };
}
