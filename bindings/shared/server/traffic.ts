/** What passed through a served network, counted by message type, and how long requests took. */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { Histogram } from './metric-histogram.js';

const TYPES = 128;
const PLDM_TYPES = 64;
/** Seconds: from a register of the same board to a firmware update which erases flash. */
const ROUND_TRIP_LIMITS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How a PLDM request ended: a completion code of success, another one, or no answer. */
export type PldmResult = 'success' | 'error' | 'failed';

export class Traffic {
  /** By message type: sent by nodes, and delivered to the network. */
  readonly sent = new Float64Array(TYPES);
  readonly received = new Float64Array(TYPES);
  /** Requests of nodes which were answered, and those which failed. */
  answered = 0;
  failed = 0;
  /** Seconds. */
  readonly roundTrip = new Histogram(ROUND_TRIP_LIMITS);
  /** Requests of nodes by PLDM type (DSP0240 §8.1). */
  readonly pldm: Readonly<Record<PldmResult, Float64Array>> = {
    success: new Float64Array(PLDM_TYPES),
    error: new Float64Array(PLDM_TYPES),
    failed: new Float64Array(PLDM_TYPES),
  };

  /** A request is over. `answer`: its payload, without the type byte; undefined: there was none. */
  asked(type: number, request: Uint8Array, answer: Uint8Array | undefined, ms: number): void {
    if (answer === undefined) this.failed++;
    else {
      this.answered++;
      this.roundTrip.add(ms / 1000);
    }
    if (type !== MESSAGE_TYPE.pldm || request.length < 3) return;
    // The header is instance, type and command; the completion code follows (DSP0240 §8.2).
    const result = answer === undefined ? 'failed' : answer[3] === 0 ? 'success' : 'error';
    this.pldm[result][request[1]! & 0x3f]!++;
  }
}
