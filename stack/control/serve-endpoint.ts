/** What every endpoint answers: commands 0x01 to 0x06 (DSP0236 §12, table 12), registered with a responder. */

import { isEid } from '../ids.js';
import { fail } from '../protocol/index.js';
import {
  EID_ALLOCATION,
  EID_ASSIGNMENT,
  EID_TYPE,
  ENDPOINT_TYPE,
  GetEndpointID,
  GetEndpointUUID,
  GetMCTPVersionSupport,
  GetMessageTypeSupport,
  GetVendorDefinedMessageSupport,
  LAST_HANDLE,
  SET_EID_OPERATION,
  SetEndpointID,
} from './commands/index.js';
import { COMPLETION } from './completion-codes.js';
import type { ControlContext, ControlResponder } from './control-responder.js';
import type { MessageTypeRegistry } from './message-types.js';

/** What the endpoint is on the link a request came in on. */
export interface EndpointState {
  /** 8..254, or 0 while there is none. */
  readonly eid: number;
  /** ENDPOINT_TYPE; default simple. */
  readonly endpointType?: number;
  /** EID_TYPE; default dynamic. */
  readonly eidType?: number;
  /** Medium specific; SMBus bit 0: fairness arbitration. Default 0. */
  readonly medium?: number;
}

/** What became of an EID a bus owner gave us. */
export interface EidAssignment {
  readonly accepted: boolean;
  /** The EID now in effect. */
  readonly eid: number;
  /** EID_ALLOCATION; default none. */
  readonly allocation?: number;
  /** Dynamic EIDs a bridge wants; default 0. */
  readonly poolSize?: number;
}

/** The owner of the EID: `stack/mctp.ts`, or a test. Calls are synchronous; the answer goes out after they return. */
export interface EndpointHost {
  /** Of the link the request came in on (`context.message.link`). */
  endpointState(context: ControlContext): EndpointState;
  /**
   * Take this EID (8..254) for the network of the link. With one bus every EID is accepted; a device with several
   * rejects what comes from another than the first, unless forced.
   * A completion code instead refuses: 0x05 from a bus owner, which gives EIDs and takes none.
   */
  assignEid(eid: number, force: boolean, context: ControlContext): EidAssignment | number;
  /** Back to the static EID; undefined when there is none, and when the method is missing: ERROR_INVALID_DATA. */
  resetEid?(context: ControlContext): EidAssignment | undefined;
  /** Set the Discovered flag of a binding that has one; missing: ERROR_INVALID_DATA. */
  setDiscovered?(context: ControlContext): EidAssignment | undefined;
  /** The device's UUID as text; undefined: the command is not supported. */
  readonly uuid: string | undefined;
}

/** Answer as an endpoint. Returns a function that takes the handlers back. */
export function serveEndpoint(responder: ControlResponder, host: EndpointHost, types: MessageTypeRegistry): () => void {
  const registered = [
    responder.handlers.on(SetEndpointID, ({ operation, eid }, context) => {
      const result = setEid(host, operation, eid, context);
      if (result === undefined) return fail(COMPLETION.invalidData);
      if (typeof result === 'number') return fail(result);
      return {
        assignment: result.accepted ? EID_ASSIGNMENT.accepted : EID_ASSIGNMENT.rejected,
        allocation: result.allocation ?? EID_ALLOCATION.none,
        eid: result.eid,
        poolSize: result.poolSize ?? 0,
      };
    }),
    responder.handlers.on(GetEndpointID, (_fields, context) => {
      const state = host.endpointState(context);
      return {
        eid: state.eid,
        endpointType: state.endpointType ?? ENDPOINT_TYPE.simple,
        eidType: state.eidType ?? EID_TYPE.dynamic,
        medium: state.medium ?? 0,
      };
    }),
    responder.handlers.on(GetEndpointUUID, () =>
      host.uuid === undefined ? fail(COMPLETION.unsupportedCommand) : { uuid: host.uuid },
    ),
    responder.handlers.on(GetMCTPVersionSupport, ({ type }) => {
      const versions = types.versions(type);
      return versions === undefined ? fail(COMPLETION.messageTypeNotSupported) : { versions };
    }),
    responder.handlers.on(GetMessageTypeSupport, (_fields, context) => ({ types: types.types(context.message.link) })),
    responder.handlers.on(GetVendorDefinedMessageSupport, ({ selector }) => {
      const sets = types.vendorSets();
      const set = sets[selector];
      if (set === undefined) return fail(COMPLETION.invalidData);
      return { nextSelector: selector + 1 < sets.length ? selector + 1 : LAST_HANDLE, ...set };
    }),
  ];
  return () => {
    for (const takeBack of registered) takeBack();
  };
}

function setEid(
  host: EndpointHost,
  operation: number,
  eid: number,
  context: ControlContext,
): EidAssignment | number | undefined {
  if (operation === SET_EID_OPERATION.reset) return host.resetEid?.(context);
  if (operation === SET_EID_OPERATION.setDiscovered) return host.setDiscovered?.(context);
  // 0 and 255 are illegal; 1 to 7 are reserved, and Linux, libmctp and others refuse them too.
  return isEid(eid) ? host.assignEid(eid, operation === SET_EID_OPERATION.force, context) : undefined;
}
