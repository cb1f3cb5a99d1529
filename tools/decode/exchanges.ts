/** Requests with their answers, their retries, and those that nobody answered: a conversation as it went. Pure. */

import { toHex } from '../../stack/codec/buffer.js';
import type { CapturedMessage } from './captured.js';
import { kindOf } from './message-identity.js';

export interface Exchange {
  readonly request: CapturedMessage;
  answer: CapturedMessage | undefined;
  /** The same request again, before an answer came. */
  readonly retries: CapturedMessage[];
}

export interface Exchanges {
  readonly list: readonly Exchange[];
  /** What it is a retry of. */
  readonly retryOf: ReadonlyMap<CapturedMessage, CapturedMessage>;
  /** Requests, their last try, to which no answer came. Datagrams have none coming. */
  readonly unanswered: ReadonlySet<CapturedMessage>;
  /** Answers to nothing: wrong, late, twice, or the request was not recorded. */
  readonly stray: ReadonlySet<CapturedMessage>;
}

/** A request that comes again later than this is a new one. */
const RETRY_WITHIN_US = 10_000_000;

export function exchangesOf(messages: readonly CapturedMessage[]): Exchanges {
  const list: Exchange[] = [];
  const byMessage = new Map<CapturedMessage, Exchange>();
  const open = new Map<string, Exchange>();
  const retryOf = new Map<CapturedMessage, CapturedMessage>();
  const stray = new Set<CapturedMessage>();
  for (const message of messages) {
    const kind = kindOf(message);
    if (kind === 'datagram') continue;
    if (kind === 'request') {
      const key = requestKey(message);
      const before = open.get(key);
      if (before !== undefined && before.answer === undefined && isSoon(before, message)) {
        retryOf.set(message, before.request);
        before.retries.push(message);
        byMessage.set(message, before);
        continue;
      }
      const exchange: Exchange = { request: message, answer: undefined, retries: [] };
      list.push(exchange);
      open.set(key, exchange);
      byMessage.set(message, exchange);
    } else {
      const exchange = message.request === undefined ? undefined : byMessage.get(message.request);
      // A single answer is shown, but not counted as one without a request.
      if (exchange === undefined || exchange.answer !== undefined) {
        if (messages.length > 1) stray.add(message);
      } else exchange.answer = message;
    }
  }
  const unanswered = list
    .filter(({ answer }) => answer === undefined)
    .map(({ request, retries }) => retries.at(-1) ?? request);
  return { list, retryOf, unanswered: new Set(unanswered), stray };
}

/** From the last try to the answer; undefined without an answer or without times. */
export function latencyUs({ answer }: Exchange): number | undefined {
  const from = answer?.request?.timeUs;
  return answer?.timeUs === undefined || from === undefined ? undefined : answer.timeUs - from;
}

function requestKey({ dir = '', src, dest, tag, bytes }: CapturedMessage): string {
  return `${dir} ${src} ${dest} ${tag} ${toHex(bytes)}`;
}

function isSoon({ request, retries }: Exchange, again: CapturedMessage): boolean {
  const last = retries.at(-1) ?? request;
  if (last.timeUs === undefined || again.timeUs === undefined) return true;
  return again.timeUs - last.timeUs <= RETRY_WITHIN_US;
}
