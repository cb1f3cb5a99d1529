/** Behaviours of devices whose answers are wrong or missing, one command at a time, and of those that ask too much. */

import {
  COMPLETION,
  CONTROL_HEADER_SIZE,
  controlHeader,
  GetEndpointID,
  SetEndpointID,
} from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { MctpMessage } from '../../../stack/transport.js';
import type { Behaviour } from './behaviour.js';

/** All commands. */
export const ANY_COMMAND = 256;

/** Never answers this command of the control protocol; answers all others. */
export function ignoreCommand(command = 3): Behaviour {
  return { name: 'ignoreCommand', request: (message) => !isControl(message, command) };
}

/** Never answers this command of the control protocol while it has no EID: a Linux endpoint answers some by route only. */
export function ignoreUnrouted(command = 3): Behaviour {
  let assigned = false;
  return {
    name: 'ignoreUnrouted',
    request: (message) => assigned || !isControl(message, command),
    assignEid: (asked) => {
      assigned = true;
      return { uses: asked, says: asked };
    },
  };
}

/** Never answers this PLDM command, of this PLDM type. */
export function ignorePldm(type = 2, command = 0x51): Behaviour {
  return {
    name: 'ignorePldm',
    request: ({ type: messageType, payload }) =>
      messageType !== MESSAGE_TYPE.pldm || (payload[1]! & 0x3f) !== type || payload[2] !== command,
  };
}

/** Answers to this control command (256: any) end `by` bytes too early. */
export function cutAnswer(by = 1, command = ANY_COMMAND): Behaviour {
  return changed('cutAnswer', command, (payload) => payload.slice(0, Math.max(0, payload.length - by)));
}

/** Answers to this control command (256: any) name another command. */
export function wrongCommand(command = ANY_COMMAND): Behaviour {
  return changed('wrongCommand', command, (payload) =>
    payload.map((byte, at) => (at === 1 ? (byte + 1) & 0xff : byte)),
  );
}

/** Answers to this control command (256: any) have another instance ID. */
export function wrongInstance(command = ANY_COMMAND): Behaviour {
  return changed('wrongInstance', command, (payload) =>
    payload.map((byte, at) => (at === 0 ? (byte & 0xe0) | ((byte + 1) & 0x1f) : byte)),
  );
}

/** Says that its EID is one that no endpoint can have: when it is asked, and when it is given another. */
export function illegalEid(eid = 3): Behaviour {
  // Header, completion code; the answer to Set Endpoint ID has a status before the EID.
  const said = (payload: Uint8Array, place: number): Uint8Array =>
    payload.map((byte, at) => (at === place && payload[CONTROL_HEADER_SIZE] === COMPLETION.success ? eid : byte));
  return {
    name: 'illegalEid',
    answer: (answer, request) => {
      if (isControl(request, GetEndpointID.code)) return { ...answer, payload: said(answer.payload, 3) };
      if (isControl(request, SetEndpointID.code)) return { ...answer, payload: said(answer.payload, 4) };
      return answer;
    },
  };
}

/** The version of its firmware in Get Firmware Parameters (DSP0267 §11.2) ends in a NUL. */
export function nulVersion(): Behaviour {
  const FIRMWARE_UPDATE = 5;
  const GET_FIRMWARE_PARAMETERS = 0x02;
  // Header, completion code, capabilities, number of components; then the type and the length of the active version.
  const length = 3 + 1 + 4 + 2 + 1;
  const text = length + 3;
  return {
    name: 'nulVersion',
    answer: (answer, { type, payload }) => {
      const asked = type === MESSAGE_TYPE.pldm && (payload[1]! & 0x3f) === FIRMWARE_UPDATE;
      if (!asked || payload[2] !== GET_FIRMWARE_PARAMETERS || answer.payload.length <= text) return answer;
      const last = text + answer.payload[length]! - 1;
      return { ...answer, payload: answer.payload.map((byte, at) => (at === last ? 0 : byte)) };
    },
  };
}

/** Once it has an EID it asks `count` times to be found again (Discovery Notify). */
export function notifyFlood(count = 1000): Behaviour {
  let left = count;
  return {
    name: 'notifyFlood',
    answered: (device) => {
      for (; left > 0 && device.notify(); left--);
    },
  };
}

function changed(name: string, command: number, change: (payload: Uint8Array) => Uint8Array): Behaviour {
  return {
    name,
    answer: (answer, request) =>
      request.type === MESSAGE_TYPE.control && (command === ANY_COMMAND || isControl(request, command))
        ? { ...answer, payload: change(answer.payload) }
        : answer,
  };
}

/** A request of the control protocol with this command. */
export function isControl(request: MctpMessage, command: number): boolean {
  return request.type === MESSAGE_TYPE.control && controlHeader(request.payload)?.command === command;
}
