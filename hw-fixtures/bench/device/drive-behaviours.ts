/** Behaviours of NVMe drives: how they do, and how their NVMe-MI is wrong. */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { MI_STATUS } from '../../../stack/nvme-mi/index.js';
import { MIC_SIZE, writeMic } from '../../../stack/nvme-mi/mi-integrity.js';
import type { Answer, Behaviour } from './behaviour.js';

/** Header of 3 bytes, status. */
const STATUS_AT = 3;

/** So hot, from `after` seconds after its start on. */
export function hotDrive(celsius = 85, after = 0): Behaviour {
  return {
    name: 'hotDrive',
    drive: (so, ageMs) => (ageMs < 1000 * after ? so : { ...so, temperature: celsius }),
  };
}

/** So much of its life is used; percent. */
export function wornDrive(used = 104): Behaviour {
  return { name: 'wornDrive', drive: (so) => ({ ...so, used }) };
}

/** It cannot be written any more. */
export function readOnlyDrive(): Behaviour {
  return { name: 'readOnlyDrive', drive: (so) => ({ ...so, readOnly: true }) };
}

/** So much of its spare is left; percent. */
export function lowSpare(spare = 5): Behaviour {
  return { name: 'lowSpare', drive: (so) => ({ ...so, spare }) };
}

/** The integrity check of its NVMe-MI answers is wrong: of the first `count`, or (0) of all. */
export function wrongMic(count = 0): Behaviour {
  let seen = 0;
  return onNvmeMi('wrongMic', (answer) => {
    if (count !== 0 && seen++ >= count) return answer;
    return { ...answer, payload: answer.payload.map((byte, at, all) => (at === all.length - 1 ? byte ^ 1 : byte)) };
  });
}

/** Asks for `ms` more, again and again, and never has an answer. */
export function neverReady(ms = 1000): Behaviour {
  return onNvmeMi('neverReady', (answer) => {
    const units = Math.ceil(ms / 100);
    const payload = new Uint8Array(STATUS_AT + 4 + MIC_SIZE);
    payload.set(answer.payload.subarray(0, STATUS_AT));
    payload.set([MI_STATUS.moreProcessing, 0, units & 0xff, units >> 8], STATUS_AT);
    return { ...answer, payload: withMic(payload), everyMs: ms, copies: MOST_REPEATS };
  });
}

/** As many as no requester waits for. */
const MOST_REPEATS = 10_000;

/** Its NVMe-MI answers name the other command slot. */
export function wrongSlot(): Behaviour {
  return onNvmeMi('wrongSlot', (answer) => {
    const payload = answer.payload.slice();
    payload[0]! ^= 1;
    return { ...answer, payload: withMic(payload) };
  });
}

/** Its NVMe-MI answers end `by` bytes too early, with the check of what is left. */
export function cutNvmeMi(by = 4): Behaviour {
  return onNvmeMi('cutNvmeMi', (answer) => {
    const left = Math.max(STATUS_AT + 1 + MIC_SIZE, answer.payload.length - by);
    return { ...answer, payload: withMic(answer.payload.slice(0, left)) };
  });
}

/** The first `count` messages with its events are lost on their way, or (0) all. */
export function loseEvents(count = 1): Behaviour {
  let seen = 0;
  return { name: 'loseEvents', event: (message) => (count === 0 || seen++ < count ? [] : [message]) };
}

/** It sends each message with its events so often more, acknowledged or not. */
export function repeatEvents(times = 3): Behaviour {
  return { name: 'repeatEvents', event: (message) => new Array<Uint8Array>(times + 1).fill(message) };
}

/** It sends an event every `ms`, and waits for no acknowledgement. */
export function floodEvents(ms = 10): Behaviour {
  return { name: 'floodEvents', floodMs: ms };
}

/** Lists of its events say a wrong length of their header. */
export function brokenEvents(): Behaviour {
  return {
    name: 'brokenEvents',
    event: (message) => {
      const broken = message.slice();
      broken[LIST_HEADER_AT]! ^= 1;
      return [withMic(broken)];
    },
  };
}

/** Behind three bytes of header: number, version, total length, length of the header. */
const LIST_HEADER_AT = 8;

function onNvmeMi(name: string, change: (answer: Answer) => Answer): Behaviour {
  return { name, answer: (answer, request) => (request.type === MESSAGE_TYPE.nvmeMi ? change(answer) : answer) };
}

/** The last four bytes made right. */
function withMic(payload: Uint8Array): Uint8Array {
  writeMic(payload);
  return payload;
}
