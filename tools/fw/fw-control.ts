/** `fw cancel` and `fw activate`: a device out of update mode, and what is pending made active. */

import { completionCodeName } from '../../pldm/base/pldm-protocol.js';
import { cancelUpdate } from '../../pldm/firmware/agent/cancel-update.js';
import { fdStateName, readInventory, readStatus } from '../../pldm/firmware/agent/read-inventory.js';
import { AGENT_TIMING } from '../../pldm/firmware/firmware-timing.js';
import { ActivatePendingComponentImageSet } from '../../pldm/firmware/update-commands.js';
import { EXIT, printable } from '../command-error.js';
import type { Io } from '../io.js';
import type { FwDocument } from '../schema/firmware-documents.js';
import type { FirmwareSession } from './fw-devices.js';
import { statusText } from './fw-inventory.js';
import { waitUntil } from './poll.js';

export async function cancel(firmware: FirmwareSession, json: boolean, io: Io): Promise<number> {
  let good = true;
  for (const { name, terminus, inventory } of await firmware.inventories()) {
    const before = fdStateName(inventory.status.currentState);
    const inUpdate = inventory.status.currentState !== 0;
    const result = inUpdate
      ? await cancelUpdate(terminus, AGENT_TIMING, inventory.status.currentState >= 3)
      : { idle: true, nonFunctioning: 0n, reason: '' };
    good &&= result.idle;
    const { idle, reason, nonFunctioning } = result;
    if (json) {
      const document: FwDocument = {
        device: name,
        eid: terminus.address.eid,
        before,
        idle,
        reason,
        nonFunctioning: nonFunctioning.toString(),
      };
      io.print(JSON.stringify(document));
    } else if (!inUpdate) io.print(`${name}: no update is under way`);
    else
      io.print(
        `${name}: ${idle ? `the update is cancelled (it was in ${before})` : `still in update mode: ${reason}`}`,
      );
  }
  return good ? EXIT.done : EXIT.refused;
}

export async function activate(firmware: FirmwareSession, json: boolean, io: Io, signal: AbortSignal): Promise<number> {
  let good = true;
  for (const peer of await firmware.inventories()) {
    const { name, terminus } = peer;
    const answer = await terminus.exchange(ActivatePendingComponentImageSet, {});
    const accepted = ActivatePendingComponentImageSet.succeeded(answer);
    if (accepted) {
      const ms = 1000 * answer.estimatedTimeForActivation + AGENT_TIMING.activationMarginMs;
      const idle = async () => (await readStatus(terminus, { retries: 0 }).catch(() => undefined))?.currentState === 0;
      await waitUntil(firmware.session.clock, idle, ms, signal);
    }
    good &&= accepted;
    const code = completionCodeName(ActivatePendingComponentImageSet, answer.completionCode);
    const now = accepted ? await readInventory(terminus) : peer.inventory;
    const version = now.parameters.activeCompImageSetVersionString;
    if (json)
      io.print(
        JSON.stringify({ device: name, eid: terminus.address.eid, accepted, code, version } satisfies FwDocument),
      );
    else if (accepted) io.print(`${name}: ${printable(version)} runs, ${statusText({ ...peer, inventory: now })}`);
    else io.print(`${name}: refused: ${code}`);
  }
  return good ? EXIT.done : EXIT.refused;
}
