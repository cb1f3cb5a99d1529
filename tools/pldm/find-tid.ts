/** The terminus with a TID: every endpoint that lists PLDM among its types is asked for its own. */

import { GetTID } from '../../pldm/base/base-commands.js';
import { PldmClient } from '../../pldm/base/pldm-client.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { refusal, usageError } from '../command-error.js';
import type { Session } from '../session.js';

/** @throws CommandError, MctpError when there is none, or more than one */
export async function findTid(
  session: Session,
  endpoints: readonly EndpointInfo[],
  tid: number,
): Promise<EndpointInfo> {
  const client = new PldmClient({ transport: session.host, clock: session.clock });
  try {
    const termini = endpoints.filter(({ messageTypes }) => messageTypes.includes(MESSAGE_TYPE.pldm));
    const asked = await Promise.all(
      termini.map(async (endpoint) => {
        const { eid, network } = endpoint;
        const answer = await client.exchange({ eid, network }, GetTID, {}).catch((error: unknown) => {
          if (!MctpError.is(error) || MctpError.is(error, 'ECANCELED')) throw error;
          return undefined;
        });
        return { endpoint, tid: answer !== undefined && GetTID.succeeded(answer) ? answer.tid : undefined };
      }),
    );
    const [found, ...others] = asked.filter((one) => one.tid === tid);
    if (found === undefined) {
      throw refusal(`there is no terminus with TID ${tid}: those that answer have ${tidsOf(asked)}`);
    }
    if (others.length > 0) {
      const names = [found, ...others].map(({ endpoint }) => endpoint.eid).join(', ');
      throw usageError(`TID ${tid} is not unique: EID ${names} have it: name one of them`);
    }
    return found.endpoint;
  } finally {
    client.close();
  }
}

/** The TIDs that there are; termini without one, of which there may be many, together. */
function tidsOf(asked: readonly { readonly endpoint: EndpointInfo; readonly tid: number | undefined }[]): string {
  const numbered = asked.flatMap(({ tid, endpoint }) => (tid ? [`${tid} (EID ${endpoint.eid})`] : []));
  const others = asked.flatMap(({ tid, endpoint }) => (tid ? [] : [endpoint.eid]));
  if (others.length > 0) numbered.push(`none assigned (EID ${others.join(', ')})`);
  return numbered.join(', ') || 'none';
}
