import type { ServedNode } from './served-node.js';

/** A client which has not said in so many ms what it is, or what it wants, is ended. */
export const HELLO_LIMIT_MS = 10_000;

/** A client, as the network sees it. */
export interface NetworkClient {
  readonly node: ServedNode | undefined;
  readonly wanted: ReadonlySet<string> | 'all' | undefined;
  /** An event for it alone, which it need not ask for. */
  notify(event: object): void;
  kick(): void;
  end(): void;
}
