/** The ways in which devices misbehave, each seen in the field. Combine them at will. */

import { pec } from '../../../bindings/smbus/pec.js';
import {
  COMPLETION,
  CONTROL_HEADER_SIZE,
  GetEndpointUUID,
  GetMessageTypeSupport,
  GetVendorDefinedMessageSupport,
} from '../../../stack/control/index.js';
import { EID_MAX, EID_MIN } from '../../../stack/ids.js';
import { FLAG_SOM } from '../../../stack/packet.js';
import type { Behaviour, FrameKind } from './behaviour.js';
import { isControl } from './faulty-answers.js';

/** Acknowledges on the bus, and never says a word. */
export function silent(): Behaviour {
  return { name: 'silent', packetIn: () => false };
}

/** The first `count` writes to its address are not acknowledged; on a serial line they are lost. */
export function nackFirst(count = 1): Behaviour {
  let left = count;
  return {
    name: 'nackFirst',
    busFault: { kind: 'refuseAddress', count },
    acknowledge: (phase) => phase !== 'address' || left-- <= 0,
  };
}

/** I2C: `count` writes to it are acknowledged up to the `byte`th byte behind the address, and not further. */
export function nackByte(byte = 3, count = 1): Behaviour {
  return { name: 'nackByte', busFault: { kind: 'refuseByte', byte, count } };
}

/** I2C: it holds the clock low for `ms` in `count` writes to it. SMBus allows 25. */
export function stretch(ms = 20, count = 1): Behaviour {
  return { name: 'stretch', busFault: { kind: 'stretch', ms, count } };
}

/** I2C: it holds the data line low for `ms` in `count` writes to it. */
export function holdData(ms = 20, count = 1): Behaviour {
  return { name: 'holdData', busFault: { kind: 'holdData', ms, count } };
}

/** I2C: another controller wins the arbitration against its next `count` writes. */
export function loseArbitration(count = 1): Behaviour {
  return { name: 'loseArbitration', busFault: { kind: 'loseArbitration', count } };
}

/** Answers come `ms` too late: the first `count` of them, or all (0). */
export function lateReply(ms = 400, count = 0): Behaviour {
  let seen = 0;
  return {
    name: 'lateReply',
    answer: (answer) => (count === 0 || seen++ < count ? { ...answer, delayMs: answer.delayMs + ms } : answer),
  };
}

/** Every request takes `ms`, one after the other. MT1 allows 100. */
export function slow(ms = 90): Behaviour {
  let busyUntil = 0;
  return {
    name: 'slow',
    answer: (answer, _request, { clock }) => {
      const now = clock.now();
      busyUntil = Math.max(busyUntil, now) + ms;
      return { ...answer, delayMs: answer.delayMs + busyUntil - now };
    },
  };
}

/** Every answer comes twice. */
export function answerTwice(): Behaviour {
  return { name: 'answerTwice', answer: (answer) => ({ ...answer, copies: answer.copies * 2 }) };
}

/** The `index`th packet it sends is lost, counted from 1; with `every`, so is each `index`th after it. */
export function dropPacket(index = 1, every = false): Behaviour {
  let sent = 0;
  return {
    name: 'dropPacket',
    packetOut: () => {
      sent++;
      return every ? sent % index !== 0 : sent !== index;
    },
  };
}

/** Requests that come less than `ms` after the last answer are lost. */
export function minGap(ms = 10): Behaviour {
  let quietSince = Number.NEGATIVE_INFINITY;
  return {
    name: 'minGap',
    request: (_message, { clock }) => clock.now() - quietSince >= ms,
    answered: ({ clock }) => {
      quietSince = clock.now();
    },
  };
}

/** Serves `count` requests; the next one makes it restart, once. */
export function resetAfter(count = 1): Behaviour {
  let seen = 0;
  return {
    name: 'resetAfter',
    request: (_message, device) => {
      if (seen++ !== count) return true;
      device.reset();
      return false;
    },
  };
}

/** Restarts while it sends a message of several packets: only the first gets out. The first `count` times. */
export function resetMidMessage(count = 1): Behaviour {
  let left = count;
  return {
    name: 'resetMidMessage',
    packetOut: (packet, device) => {
      if ((packet[3]! & FLAG_SOM) !== 0 || left <= 0) return true;
      left--;
      device.reset();
      return false;
    },
  };
}

/** Where the length of a frame is. */
const LENGTH_AT: Readonly<Record<FrameKind, number>> = { smbus: 2, serial: 2, usb: 3 };

/** Frames announce `by` bytes more than they have. The PEC is that of the lie, so that only the length is wrong. */
export function lyingLength(by = 1): Behaviour {
  return {
    name: 'lyingLength',
    frameOut: (frame, kind) => {
      const lie = frame.with(LENGTH_AT[kind], (frame[LENGTH_AT[kind]]! + by) & 0xff);
      return kind === 'smbus' ? lie.with(-1, pec(lie, 0, lie.length - 1)) : lie;
    },
  };
}

/** Takes, and reports, an EID `by` above the one it was given. */
export function wrongEid(by = 1): Behaviour {
  return {
    name: 'wrongEid',
    assignEid: (asked) => {
      const range = EID_MAX - EID_MIN + 1;
      const eid = ((((asked - EID_MIN + by) % range) + range) % range) + EID_MIN;
      return { uses: eid, says: eid };
    },
  };
}

/** Says that it took the EID, and goes on as before. */
export function ignoreSetEid(): Behaviour {
  return {
    name: 'ignoreSetEid',
    assignEid: (asked, present) => ({ uses: present, says: asked }),
  };
}

/** Its UUID is all zero. */
export function nilUuid(): Behaviour {
  return {
    name: 'nilUuid',
    answer: (answer, request) =>
      isControl(request, GetEndpointUUID.code)
        ? { ...answer, payload: answer.payload.map((byte, index) => (index <= CONTROL_HEADER_SIZE ? byte : 0)) }
        : answer,
  };
}

/** Nothing but what DSP0236 table 12 makes mandatory: no UUID, no vendor-defined sets. */
export function noOptionalCommands(): Behaviour {
  return {
    name: 'noOptionalCommands',
    answer: (answer, request) =>
      isControl(request, GetEndpointUUID.code) || isControl(request, GetVendorDefinedMessageSupport.code)
        ? {
            ...answer,
            payload: Uint8Array.of(...answer.payload.subarray(0, CONTROL_HEADER_SIZE), COMPLETION.unsupportedCommand),
          }
        : answer,
  };
}

/** Its list of message types ends in the middle, though the count says otherwise. */
export function truncatedTypeList(): Behaviour {
  // Header, completion code, count.
  const list = CONTROL_HEADER_SIZE + 2;
  return {
    name: 'truncatedTypeList',
    answer: (answer, request) => {
      if (!isControl(request, GetMessageTypeSupport.code)) return answer;
      const payload = answer.payload.slice(0, list + ((answer.payload.length - list) >> 1));
      // A device without types would have nothing to cut off.
      if (answer.payload.length === list) payload[list - 1] = 1;
      return { ...answer, payload };
    },
  };
}
