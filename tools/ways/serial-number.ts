/** The serial number of an endpoint, by which two devices with one UUID are told apart: of a drive, or of a FRU. */

import { PldmClient } from '../../pldm/base/pldm-client.js';
import { FruData } from '../../pldm/fru/fru-requester.js';
import { Terminus } from '../../pldm/terminus/terminus.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { readIdentity } from '../../stack/nvme-mi/drive-report.js';
import { NvmeMiClient } from '../../stack/nvme-mi/index.js';
import type { MctpAddress, Transport } from '../../stack/transport.js';

/** Undefined: it has none, or does not say. @throws MctpError ECANCELED, ENOTCONN */
export async function serialNumber(
  transport: Transport,
  clock: Clock,
  { eid, network, messageTypes }: EndpointInfo,
): Promise<string | undefined> {
  const to = { eid, network };
  if (messageTypes.includes(MESSAGE_TYPE.nvmeMi)) {
    const serial = await unlessRefused(() => ofDrive(transport, clock, to));
    if (serial !== undefined && serial !== '') return serial;
  }
  if (!messageTypes.includes(MESSAGE_TYPE.pldm)) return undefined;
  return unlessRefused(() => ofFru(transport, clock, to));
}

async function ofDrive(transport: Transport, clock: Clock, to: MctpAddress): Promise<string> {
  const client = new NvmeMiClient({ transport, clock });
  try {
    return (await readIdentity(client, to)).serial;
  } finally {
    client.close();
  }
}

async function ofFru(transport: Transport, clock: Clock, to: MctpAddress): Promise<string | undefined> {
  const client = new PldmClient({ transport, clock });
  try {
    const fru = new FruData(new Terminus(client, to));
    await fru.download();
    for (const set of fru.recordSets) {
      const { serialNumber: serial } = fru.fields(set);
      if (serial !== undefined && serial !== '') return serial;
    }
    return undefined;
  } finally {
    client.close();
  }
}

/** A device that does not say has no serial number for us. */
async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!MctpError.is(error) || MctpError.is(error, 'ECANCELED') || MctpError.is(error, 'ENOTCONN')) throw error;
    return undefined;
  }
}
