/** Firmware of a drive: download in parts, slots, activation. */

import {
  COMMIT_ACTION,
  FirmwareCommit,
  FirmwareImageDownload,
  MI_STATUS,
  type NvmeMiResponder,
} from '../../../stack/nvme-mi/index.js';
import { fail } from '../../../stack/protocol/index.js';
import { ended } from './drive-admin.js';
import type { DriveState } from './drive-state.js';
import type { Slowly } from './slow-answers.js';

/** Command specific status codes. */
const SPECIFIC = { invalidSlot: 0x06, invalidImage: 0x07, subsystemReset: 0x10 } as const;
const REVISION_LENGTH = 8;

export function serveFirmware({ handlers }: NvmeMiResponder, state: DriveState, slowly: Slowly): void {
  const { controllers, commitMs } = state.description;
  handlers.on(FirmwareImageDownload, ({ controller, downloadOffset, numberOfDwords, data }) => {
    if (!controllers.includes(controller)) return fail(MI_STATUS.invalidParameter);
    if (data.length !== 4 * (numberOfDwords + 1)) return fail(MI_STATUS.invalidInputDataSize);
    // Parts come in order; a repeated one is taken again.
    if (4 * downloadOffset > state.downloaded) return ended(1, SPECIFIC.invalidImage);
    if (downloadOffset === 0) state.imageHead = data.slice(0, REVISION_LENGTH);
    state.downloaded = 4 * downloadOffset + data.length;
    return {};
  });
  handlers.on(FirmwareCommit, ({ controller, firmwareSlot, commitAction }, { message }) => {
    if (!controllers.includes(controller)) return fail(MI_STATUS.invalidParameter);
    return slowly(message, FirmwareCommit, commitMs, () => commit(state, firmwareSlot, commitAction));
  });
}

function commit(state: DriveState, wanted: number, action: number) {
  const { flash, description } = state;
  const slot = wanted === 0 ? Math.min(2, description.slots) : wanted;
  const stores = action === COMMIT_ACTION.store || action === COMMIT_ACTION.storeAndActivateAtReset;
  const activatesNow = action === COMMIT_ACTION.activateNow;
  if (slot > description.slots || action > COMMIT_ACTION.activateNow) return ended(1, SPECIFIC.invalidSlot);
  // "Activate now" takes an image which was downloaded, else what is in the slot.
  if (stores || (activatesNow && state.downloaded > 0)) {
    if (slot === 1 && description.firstSlotReadOnly) return ended(1, SPECIFIC.invalidSlot);
    if (state.downloaded === 0) return ended(1, SPECIFIC.invalidImage);
    flash.slots[slot - 1] = revisionOf(state);
    state.downloaded = 0;
  }
  if (flash.slots[slot - 1] === '') return ended(1, SPECIFIC.invalidSlot);
  if (action === COMMIT_ACTION.store) return {};
  if (activatesNow) {
    flash.activeSlot = slot;
    flash.nextSlot = 0;
    state.firmwareActivated();
    return {};
  }
  flash.nextSlot = slot;
  return action === COMMIT_ACTION.activateAtReset ? ended(1, SPECIFIC.subsystemReset) : {};
}

/** An image that begins with 8 printable characters names its revision; another one is named after its size. */
function revisionOf({ imageHead, downloaded }: DriveState): string {
  const text = String.fromCharCode(...imageHead).trimEnd();
  const named = /^[0-9A-Za-z][ -~]*$/.test(text) && text.length > 1 && new Set(text).size > 1;
  return named ? text : `dl${downloaded}`.slice(0, REVISION_LENGTH);
}
