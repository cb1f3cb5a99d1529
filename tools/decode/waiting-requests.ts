/** Requests that wait for their answer, and which answer is whose. Pure; a search costs a bounded number of steps. */

import { EID_BROADCAST, EID_NULL, MESSAGE_TYPE } from '../../stack/ids.js';
import type { CapturedMessage } from './captured.js';
import type { DecodedMessage } from './layer.js';
import { messageLayer } from './layers.js';
import { identityOf } from './message-identity.js';

/** A message before it is known what it answers. */
export type Unpaired = Omit<CapturedMessage, 'request'>;

/** More than the tags of a busy system. */
const MAX_WAITING = 4096;
/** Of the same command, instance and tag. */
const MAX_ALIKE = 64;

export class WaitingRequests {
  /** By what an answer has in common with them; the oldest first. */
  readonly #byKey = new Map<string, CapturedMessage[]>();
  #count = 0;

  add(request: CapturedMessage): void {
    const key = keyOf(request);
    const alike = this.#byKey.get(key) ?? [];
    // What was asked last comes last in the map.
    this.#byKey.delete(key);
    this.#byKey.set(key, alike);
    alike.push(request);
    this.#count++;
    if (alike.length > MAX_ALIKE) this.#dropFirst(key, alike);
    if (this.#count > MAX_WAITING) {
      const [oldest, requests] = this.#byKey.entries().next().value!;
      this.#dropFirst(oldest, requests);
    }
  }

  /** The latest request that the answer fits; it is answered then. */
  take(answer: Unpaired): CapturedMessage | undefined {
    const key = keyOf(answer);
    const alike = this.#byKey.get(key) ?? [];
    const index = alike.findLastIndex((request) => answers(answer, request));
    if (index < 0) return undefined;
    const [request] = alike.splice(index, 1);
    this.#count--;
    if (alike.length === 0) this.#byKey.delete(key);
    return request;
  }

  #dropFirst(key: string, requests: CapturedMessage[]): void {
    requests.shift();
    this.#count--;
    if (requests.length === 0) this.#byKey.delete(key);
  }
}

function keyOf({ type, tag, bytes }: Unpaired): string {
  // Types without a header of requests and answers have only the tag.
  return identityOf(type, bytes)?.key ?? `${type} tag ${tag}`;
}

/** Given that their keys are alike. What is unknown of one contradicts nothing. */
function answers(answer: Unpaired, request: CapturedMessage): boolean {
  if (differ(request.tag, answer.tag) || differ(request.src, answer.dest)) return false;
  // An analyser receives both, of others.
  if (request.dir === 'tx' && answer.dir === 'tx') return false;
  const { decoded: asked } = request;
  const { decoded: said } = answer;
  if (asked !== undefined && said !== undefined && !isAnswerTo(request.type, asked, said)) return false;
  // Asked by physical address, all at once, or told to take another EID: another EID answers.
  const renamed = request.type === MESSAGE_TYPE.control && request.decoded?.command === 'SetEndpointID';
  const { dest } = request;
  return !differ(dest, answer.src) || dest === EID_NULL || dest === EID_BROADCAST || renamed;
}

/** Do the commands and instance IDs of two messages of a type fit? */
export function isAnswerTo(type: number, request: DecodedMessage, answer: DecodedMessage): boolean {
  const ofLayer = messageLayer(type)?.isAnswer;
  if (ofLayer !== undefined) return ofLayer(request, answer);
  return request.instanceId === answer.instanceId && request.command === answer.command;
}

function differ(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
