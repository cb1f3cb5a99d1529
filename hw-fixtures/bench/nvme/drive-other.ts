/** VPD, resets, PCIe configuration space and control primitives of a drive. */

import {
  Abort,
  GetState,
  MI_STATUS,
  MiReset,
  type NvmeMiResponder,
  Pause,
  PcieConfigurationRead,
  ReadVpd,
  Replay,
  Resume,
  SetConfiguration,
  Shutdown,
  WriteVpd,
} from '../../../stack/nvme-mi/index.js';
import { fail, NO_ANSWER } from '../../../stack/protocol/index.js';
import type { DriveState } from './drive-state.js';
import { PCI_DEVICE, PCI_VENDOR } from './drive-structures.js';

const CONFIGURATION_SPACE = 4096;
const PAUSED = 0x8000;
const BAD_MIC = 0x10;

export function serveOther(responder: NvmeMiResponder, state: DriveState, reset: () => void): void {
  const { handlers } = responder;
  const { without } = state.description;
  const has = (word: (typeof without)[number]): boolean => !without.includes(word);
  const { flash } = state;
  handlers.on(SetConfiguration, () => fail(MI_STATUS.invalidParameter));
  handlers.on(ReadVpd, ({ dataOffset, dataLength }) => {
    if (dataOffset + dataLength > flash.vpd.length) return fail(MI_STATUS.invalidParameter);
    return { data: flash.vpd.slice(dataOffset, dataOffset + dataLength) };
  });
  if (has('vpdWrite')) {
    handlers.on(WriteVpd, ({ dataOffset, dataLength, data }) => {
      if (data.length !== dataLength) return fail(MI_STATUS.invalidInputDataSize);
      if (dataOffset + dataLength > flash.vpd.length) return fail(MI_STATUS.invalidParameter);
      if (flash.vpdWritesLeft === 0) return fail(MI_STATUS.vpdUpdatesExceeded);
      flash.vpdWritesLeft--;
      flash.vpd.set(data, dataOffset);
      return {};
    });
  }
  if (has('reset')) {
    handlers.on(MiReset, ({ resetType }) => {
      if (resetType !== 0) return fail(MI_STATUS.invalidParameter);
      reset();
      return NO_ANSWER;
    });
  }
  if (has('shutdown'))
    handlers.on(Shutdown, ({ shutdownType }) => (shutdownType > 1 ? fail(MI_STATUS.invalidParameter) : {}));
  if (has('pcie')) {
    handlers.on(PcieConfigurationRead, ({ controller, length, nmd1 }) => {
      const offset = nmd1 & 0xfff;
      const known = state.description.controllers.includes(controller);
      if (!known || offset + length > CONFIGURATION_SPACE) return fail(MI_STATUS.invalidParameter);
      const space = new Uint8Array(CONFIGURATION_SPACE);
      // Vendor, device; class code of an NVMe controller.
      const ids = [PCI_VENDOR & 0xff, PCI_VENDOR >> 8, PCI_DEVICE & 0xff, PCI_DEVICE >> 8];
      space.set([...ids, 0x06, 0, 0x10, 0, 0, 2, 8, 1]);
      return { data: space.slice(offset, offset + Math.ceil(length / 4) * 4) };
    });
  }
  servePrimitives(responder, state);
}

/** Commands are answered so fast that a primitive finds the slots idle, but for those that say "more processing". */
function servePrimitives({ handlers, counters }: NvmeMiResponder, state: DriveState): void {
  let corruptBefore = 0;
  handlers.on(Pause, ({ tag }) => {
    state.paused = true;
    return { tag, result: 0 };
  });
  handlers.on(Resume, ({ tag }) => {
    state.paused = false;
    return { tag, result: 0 };
  });
  handlers.on(Abort, ({ tag }) => {
    state.paused = false;
    return { tag, result: 0 };
  });
  handlers.on(GetState, ({ tag, clearErrorStateFlags }) => {
    const result = (state.paused ? PAUSED : 0) | (counters.corrupt > corruptBefore ? BAD_MIC : 0);
    if (clearErrorStateFlags === 1) corruptBefore = counters.corrupt;
    return { tag, result };
  });
  handlers.on(Replay, ({ tag }) => ({ tag, result: 0 }));
}
