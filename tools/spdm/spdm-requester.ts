/** What a responder says of itself: versions, capabilities, chains and measurements. Nothing is verified. */

import type { Clock } from '../../stack/clock.js';
import type { Json } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import {
  type DecodedSpdm,
  decodeSpdm,
  encodeSpdm,
  SPDM_ERROR,
  SPDM_ERRORS,
  SpdmObserver,
} from '../../stack/spdm/index.js';
import type { MctpAddress, MctpSocket } from '../../stack/transport.js';
import { wait } from '../../stack/util/async.js';

type SpdmFields = { readonly [name: string]: Json };

export interface RequesterOptions {
  readonly socket: MctpSocket;
  readonly to: MctpAddress;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** ERROR of the responder. */
export class SpdmRefusal extends MctpError {
  constructor(
    readonly errorCode: number,
    request: string,
  ) {
    super('EBADMSG', `${request}: the responder answers ${SPDM_ERRORS[errorCode] ?? `error ${errorCode}`}`);
  }
}

/** Repetitions while the responder is busy, or not ready. */
const MOST_REPEATS = 10;
const BUSY_MS = 100;
const MAX_RDT_EXPONENT = 23;

export class SpdmRequester {
  readonly #observer = new SpdmObserver();
  version = 0x10;

  constructor(private readonly options: RequesterOptions) {}

  /** @throws SpdmRefusal, MctpError */
  async ask(name: string, fields: SpdmFields = {}): Promise<SpdmFields> {
    let asked: Uint8Array = encodeSpdm(name, { spdmVersion: this.version, ...fields });
    for (let round = 0; ; round++) {
      const said = await this.#exchange(asked);
      if (said.name !== 'ERROR') return said.fields;
      const { errorCode, errorData, rdtExponent = 0, requestCode = 0, token = 0 } = said.fields;
      const code = Number(errorCode);
      const notReady = code === SPDM_ERROR.notReady && Number(rdtExponent) <= MAX_RDT_EXPONENT;
      if (round >= MOST_REPEATS || (code !== SPDM_ERROR.busy && !notReady)) {
        throw new SpdmRefusal(code, `${name}${Number(errorData) === 0 ? '' : ` (${errorData})`}`);
      }
      const ms = notReady ? 2 ** Number(rdtExponent) / 1000 : BUSY_MS;
      await wait(this.options.clock, ms, this.options.signal);
      if (notReady) {
        const about = { spdmVersion: this.version, originalRequestCode: requestCode, token };
        asked = encodeSpdm('RESPOND_IF_READY', about);
      }
    }
  }

  async #exchange(message: Uint8Array): Promise<DecodedSpdm> {
    const { socket, to, timeoutMs, signal } = this.options;
    const isDelayed = message[2] === 0xff;
    if (!isDelayed) this.#observer.hear(message);
    const { payload } = await socket.request(to, message.subarray(1), {
      type: MESSAGE_TYPE.spdm,
      timeoutMs,
      totalTimeoutMs: timeoutMs,
      signal,
    });
    const answer = new Uint8Array(1 + payload.length);
    answer[0] = MESSAGE_TYPE.spdm;
    answer.set(payload, 1);
    const { context, asked } = this.#observer.hear(answer);
    return decodeSpdm(answer, { context, asked });
  }
}
