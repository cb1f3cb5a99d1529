/** An NVMe drive which speaks NVMe-MI, as an application of a bench device. */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { NvmeMiResponder } from '../../../stack/nvme-mi/index.js';
import type { Behaviour } from '../device/behaviour.js';
import type { DeviceApp } from '../device/device.js';
import { LateWork } from '../device/late-work.js';
import { serveAdmin } from './drive-admin.js';
import type { DriveDescription } from './drive-description.js';
import { serveFirmware } from './drive-firmware.js';
import { DriveFlash } from './drive-flash.js';
import { serveConfiguration, serveHealth } from './drive-health.js';
import { serveOther } from './drive-other.js';
import { DriveState } from './drive-state.js';
import { serveStructures } from './drive-structures.js';
import { vpdOf } from './drive-vpd.js';
import { EventSender } from './event-sender.js';
import { slowAnswers } from './slow-answers.js';

const SERIAL_NUMBER_LENGTH = 20;
/** Of NVMe-MI over MCTP (DSP0235): 1.0. */
const BINDING_VERSION = 'f1f0ff00';

export interface DriveAppOptions {
  /** Those of the device: some change how the drive does. */
  readonly behaviours?: readonly Behaviour[];
  /** Told the state of every boot, for tests which heat or wear it. */
  readonly onState?: (state: DriveState) => void;
}

export function driveApp(description: DriveDescription, { behaviours = [], onState }: DriveAppOptions = {}): DeviceApp {
  let flash: DriveFlash | undefined;
  return ({ name, clock, mctp, types, reset }) => {
    const serial = (description.serial ?? `SN-${name}`).slice(0, SERIAL_NUMBER_LENGTH);
    flash ??= new DriveFlash(description, vpdOf(description.model, serial), clock.now());
    const state = new DriveState(description, flash, clock, (condition, ageMs) =>
      behaviours.reduce((so, behaviour) => behaviour.drive?.(so, ageMs) ?? so, condition),
    );
    onState?.(state);
    types.add(MESSAGE_TYPE.nvmeMi, { versions: [BINDING_VERSION] });
    const responder = new NvmeMiResponder({ transport: mctp, clock });
    const socket = mctp.socket();
    const late = new LateWork(clock);
    const slowly = slowAnswers(socket, late);
    const events = description.events ? new EventSender({ state, clock, socket, behaviours }) : undefined;
    serveStructures(responder, description);
    serveHealth(responder, state, events);
    serveConfiguration(responder, state, events);
    events?.serve(responder);
    serveAdmin(responder, state, serial, slowly);
    if (!description.without.includes('firmware')) serveFirmware(responder, state, slowly);
    serveOther(responder, state, () => reset());
    responder.start();
    return () => {
      events?.stop();
      late.close();
      responder.close();
      socket.close();
    };
  };
}
