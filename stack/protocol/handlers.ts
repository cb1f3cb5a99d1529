/** Handlers of commands, by the same declarations that requesters use. */

import type { AnyCommand, Failure, RequestFields, ResponseInput } from '../codec/index.js';
import type { MctpAddress, MctpMessage } from '../transport.js';
import type { MaybePromise } from '../util/async.js';
import type { MessageHeader, Protocol } from './protocol.js';

/** Who asked, and how. */
export interface RequestContext<H extends MessageHeader = MessageHeader> {
  readonly header: H;
  /** The requester: by its EID, or by its place when it has none. */
  readonly peer: MctpAddress;
  /** One text per requester. */
  readonly peerKey: string;
  /** The request as it came. */
  readonly message: MctpMessage;
}

/** A handler's way of leaving a request unanswered (Endpoint Discovery, once discovered). */
export const NO_ANSWER = Symbol('no answer');

/** The fields of a success; `fail(code)`; or no answer at all. */
export type HandlerResult<C> = (ResponseInput<C> & object) | Failure | typeof NO_ANSWER;

/** One that throws answers ERROR, and is counted and told. */
export type Handler<C, H extends MessageHeader = MessageHeader> = (
  fields: RequestFields<C>,
  context: RequestContext<H>,
) => MaybePromise<HandlerResult<C>>;

/** `return fail(COMPLETION.invalidData)`: a completion code alone. */
export function fail(completionCode: number): Failure {
  return { completionCode };
}

export interface Registered<C extends AnyCommand, H extends MessageHeader> {
  readonly command: C;
  readonly handler: (fields: never, context: RequestContext<H>) => MaybePromise<HandlerResult<C>>;
}

export class Handlers<C extends AnyCommand, H extends MessageHeader> {
  protected readonly registered = new Map<number, Registered<C, H>>();

  constructor(protected readonly protocol: Protocol<C, H>) {}

  /** Answer a command; a second handler takes the place of the first. Returns how to stop answering it. */
  on<K extends C>(command: K, handler: Handler<K, H>): () => void {
    const key = this.protocol.key(command);
    const entry = { command, handler } as unknown as Registered<C, H>;
    this.registered.set(key, entry);
    return () => {
      if (this.registered.get(key) === entry) this.registered.delete(key);
    };
  }

  find(header: H): Registered<C, H> | undefined {
    return this.registered.get(this.protocol.key(header));
  }
}
