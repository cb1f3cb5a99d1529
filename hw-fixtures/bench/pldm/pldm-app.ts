/** A PLDM terminus as an application of a bench device. */

import { PldmTerminus } from '../../../pldm/terminus/terminus-responder.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { AppContext, DeviceApp } from '../device/device.js';
import { terminusDescription } from './bench-terminus.js';
import type { PldmDescription } from './pldm-description.js';

/** DSP0241 1.0. */
export const PLDM_OVER_MCTP = 'f1f0f000';

/** More that a device does over PLDM: it gets the terminus, whose responder takes its handlers. Returns how to stop it. */
export type PldmExtension = (
  terminus: PldmTerminus,
  description: PldmDescription,
  context: AppContext,
) => (() => void) | undefined;

/** The terminus of a description; at every boot anew, as it was. */
export function pldmApp(description: PldmDescription, extensions: readonly PldmExtension[] = []): DeviceApp {
  return (context) => {
    const { mctp, clock, types, uuid } = context;
    types.add(MESSAGE_TYPE.pldm, { versions: [PLDM_OVER_MCTP] });
    const terminus = new PldmTerminus({
      transport: mctp,
      clock,
      onEventFailed: ({ eid }, error) =>
        context.problem?.(`events do not reach EID ${eid}: ${error instanceof Error ? error.message : String(error)}`),
      description: { ...terminusDescription(description, clock), ...(uuid !== undefined && { uuid }) },
    });
    const stops = extensions.map((extend) => extend(terminus, description, context));
    terminus.start();
    return () => {
      for (const stop of stops) stop?.();
      terminus.close();
    };
  };
}
