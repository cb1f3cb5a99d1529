/** Health polls and configuration of a drive: what they say and what they change. */

import { encode } from '../../../stack/codec/index.js';
import {
  CONFIGURATION,
  ControllerHealthPoll,
  GetConfiguration,
  MI_STATUS,
  type NvmeMiResponder,
  SetHealthStatusChange,
  SetSmbusFrequency,
  SetTransmissionUnit,
  SubsystemHealthPoll,
  structures,
} from '../../../stack/nvme-mi/index.js';
import { fail } from '../../../stack/protocol/index.js';
import type { DriveState } from './drive-state.js';
import { PORT } from './drive-structures.js';
import type { EventSender } from './event-sender.js';

/** Drive functional, reset not required, link of port 0 active. */
const HEALTHY = 0x38;
/** An event was not taken. */
const EVENT_FAILED = 0x80;
const LEAST_UNIT = 64;
const LEAST_CELSIUS = -60;
const MOST_ENTRIES = 255;

export function serveHealth({ handlers }: NvmeMiResponder, state: DriveState, events?: EventSender): void {
  handlers.on(SubsystemHealthPoll, ({ clearStatus }) => {
    const { temperature, used } = state.condition;
    return {
      data: encode(structures.subsystemHealth, {
        nvmSubsystemStatus: HEALTHY | (events?.failed === true ? EVENT_FAILED : 0),
        smartWarnings: 0xff ^ state.criticalWarning,
        compositeTemperature: Math.max(LEAST_CELSIUS, Math.min(127, temperature)) & 0xff,
        percentageDriveLifeUsed: Math.min(255, used),
        compositeControllerStatus: state.changes('composite', clearStatus === 1),
      }),
    };
  });
  if (state.description.without.includes('controllerHealth')) return;
  handlers.on(ControllerHealthPoll, (asked) => {
    const { startingControllerId, maximumResponseEntries, reportAll, select, clearChangedFlags } = asked;
    if (maximumResponseEntries >= MOST_ENTRIES) return fail(MI_STATUS.invalidParameter);
    const changed = state.changes('controller', false);
    const wanted =
      (select.csts << 8) | (select.ctemp << 9) | (select.pdlu << 10) | (select.spare << 11) | (select.cwarn << 12);
    const tells = asked.includePciFunctions === 1 && (reportAll === 1 || (changed & wanted) !== 0);
    const ids = tells ? state.description.controllers.filter((id) => id >= startingControllerId) : [];
    const shown = ids.slice(0, maximumResponseEntries + 1);
    const data = new Uint8Array(shown.length * structures.CONTROLLER_HEALTH_SIZE);
    shown.forEach((id, index) => {
      data.set(
        encode(structures.controllerHealth, entryOf(state, id, changed)),
        index * structures.CONTROLLER_HEALTH_SIZE,
      );
    });
    // The flags are those of all controllers: they stay until the last one was told.
    if (clearChangedFlags === 1 && shown.length === ids.length) state.changes('controller', true);
    return { nmresp: shown.length * 0x1_0000, data };
  });
}

function entryOf(state: DriveState, controllerId: number, changedFlags: number) {
  const { temperature, used, spare } = state.condition;
  return {
    controllerId,
    // Ready, enabled.
    controllerStatus: 0x21,
    compositeTemperature: temperature + 273,
    percentageUsed: Math.min(255, used),
    availableSpare: spare,
    criticalWarning: state.criticalWarning,
    changedFlags,
  };
}

export function serveConfiguration({ handlers }: NvmeMiResponder, state: DriveState, events?: EventSender): void {
  handlers.on(GetConfiguration, ({ configurationId, portId }) => {
    if (configurationId === CONFIGURATION.healthStatusChange) return {};
    if (configurationId === CONFIGURATION.asynchronousEvents && events !== undefined)
      return { data: events.supported() };
    if (portId !== 0) return fail(MI_STATUS.invalidParameter);
    if (configurationId === CONFIGURATION.smbusFrequency) return { nmresp: state.smbusFrequency };
    if (configurationId === CONFIGURATION.transmissionUnit) return { nmresp: state.transmissionUnit };
    return fail(MI_STATUS.invalidParameter);
  });
  handlers.on(SetSmbusFrequency, ({ portId, smbusFrequency }) => {
    if (portId !== 0 || smbusFrequency < 1 || smbusFrequency > PORT.maximumFrequency) {
      return fail(MI_STATUS.invalidParameter);
    }
    state.smbusFrequency = smbusFrequency;
    return {};
  });
  handlers.on(SetTransmissionUnit, ({ portId, transmissionUnitSize }) => {
    const fits = transmissionUnitSize >= LEAST_UNIT && transmissionUnitSize <= PORT.maximumTransmissionUnit;
    if (portId !== 0 || !fits) return fail(MI_STATUS.invalidParameter);
    state.transmissionUnit = transmissionUnitSize;
    return {};
  });
  handlers.on(SetHealthStatusChange, () => {
    state.changes('composite', true);
    return {};
  });
}
