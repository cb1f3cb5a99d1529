/** The one drive that an action is about. */

import type { NvmeMiClient } from '../../stack/nvme-mi/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import type { Session } from '../session.js';
import type { Drives } from './open-drives.js';

export interface OneDrive {
  readonly session: Session;
  readonly client: NvmeMiClient;
  readonly to: MctpAddress;
  /** How documents name it. */
  readonly where: { readonly target: string; readonly eid: number };
  /** Which controller admin commands go to: the one that was chosen, else the drive's first. */
  controller(): Promise<number>;
}

export function oneDrive({ session, client, targets }: Drives, chosen: number | undefined): OneDrive {
  const { to, name } = targets[0]!;
  return {
    session,
    client,
    to,
    where: { target: name, eid: to.eid },
    controller: async () => chosen ?? (await client.controllers(to))[0] ?? 0,
  };
}
