/** The device that a user names, in the session of the command: on links of ours, or by the stack of a kernel. */

import { stackTarget } from '../../hw-fixtures/validator/stack-target.js';
import type { Target } from '../../hw-fixtures/validator/target.js';
import { DEFAULT_NETWORK, EID_NULL } from '../../stack/ids.js';
import type { Target as NamedTarget } from '../address.js';
import type { Session } from '../session.js';

export function sessionTarget(session: Session, { to, name, endpoint }: NamedTarget): Target {
  const link = endpoint?.link ?? to.link ?? session.links[0]!.name;
  const physicalAddress = endpoint === undefined ? to.physicalAddress : endpoint.physicalAddress;
  const eid = endpoint?.eid ?? to.eid;
  const { own } = session.stack;
  if (own !== undefined) return { ...stackTarget(own, { eid, link, physicalAddress }), name };
  const status = session.linkStatus().find((one) => one.name === link);
  const network = endpoint?.network ?? status?.network ?? DEFAULT_NETWORK;
  const isTheirs = (packet: Uint8Array, direction: 'rx' | 'tx'): boolean =>
    eid === EID_NULL || packet[direction === 'rx' ? 2 : 1] === eid || packet[direction === 'rx' ? 2 : 1] === EID_NULL;
  return {
    name,
    link,
    eid,
    network,
    physicalAddress,
    transport: session.host,
    clock: session.clock,
    ownEid: status?.eids[0] ?? session.ownEid,
    binding: status?.binding ?? 0,
    maxUnit: status?.transmissionUnit ?? 64,
    record: (hear) =>
      session.packets().record(({ link: on, direction, bytes, fault }) => {
        if (on !== link || bytes.length < 4 || !isTheirs(bytes, direction)) return;
        hear({ direction: direction === 'tx' ? 'sent' : 'received', at: session.clock.now(), bytes, fault });
      }),
  };
}
