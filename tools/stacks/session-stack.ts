/** A stack that verbs work on: one of our own, or one that is there already. Verbs know no other difference. */

import type { Recorded, RecorderOptions } from '../../bindings/capture/recorder.js';
import type { EndpointInfo, NetworkStack } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import type { Link } from '../../stack/link.js';
import type { Mctp } from '../../stack/mctp.js';
import type { LinkConfig } from '../config/config-model.js';
import type { Owners } from '../owners.js';
import type { Tables } from '../tables/table-verbs.js';
import type { SessionLinkStatus } from './link-status.js';
import type { StackReadings } from './stack-readings.js';

export interface SessionStack {
  /** Everything at message level goes through it. */
  readonly host: NetworkStack;
  /** The stack itself where it is ours, and can be joined with another. */
  readonly own: Mctp | undefined;
  /** What is changed in the tables stays when the command ends. */
  readonly isLasting: boolean;
  /** Links are searched all at once: a bus where most addresses are silent takes long. */
  readonly searchesAtOnce: boolean;
  /** Packets are heard from before the first link is opened; otherwise once the links are known. */
  readonly recordsFromTheStart: boolean;
  links(): SessionLinkStatus[];
  /**
   * Open a link; with `eid` we have that on it. Not there: its links are what they are.
   * @throws CommandError, MctpError
   */
  add?(link: Link, wanted: LinkConfig | undefined, eid: number | undefined): Promise<void>;
  /** What a link suspects of its wire, a sentence each. */
  hints(link: string): readonly string[];
  /** What we send on the link comes back to us. */
  echoes(link: string): boolean;
  /** For the verbs link, address, route and neigh. */
  tables(): Tables;
  /**
   * The endpoint with this EID, where the way to it is known without a search. Undefined: look for it.
   * @throws MctpError when it does not answer, and a search would not ask anybody else
   */
  known(
    eid: number,
    network: number | undefined,
    links: readonly string[],
    owners: Owners,
  ): Promise<EndpointInfo | undefined>;
  /** Hear every packet of these links from when this resolves; resolves with how to stop. */
  record(links: readonly string[], hear: (recorded: Recorded) => void, options?: RecorderOptions): Promise<() => void>;
  /** Every number that links have counted, on one level, by name. */
  counters(links: readonly string[]): Map<string, Readonly<Record<string, number>>>;
  /** For `top`. */
  readings(): StackReadings;
  /** Why nobody answers control messages here but another program, or nobody: the error of trying, if that will do. */
  mayLeaveControl(error: unknown): boolean;
  /** It is to answer control messages. */
  readonly answersControl: boolean;
  close(): Promise<void>;
}

/** What a stack is opened with. */
export interface StackOptions {
  readonly ownEid: number;
  /** Give its links no EID, and answer nobody. */
  readonly asIs: boolean;
  readonly clock: Clock;
  /** ms since 1970 */
  readonly time: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What we are, where others see us: `mctpkit ping`. */
  readonly description: string;
}

/** A stack that is there already, and the names of its links that are meant. */
export interface OpenedStack {
  readonly stack: SessionStack;
  readonly links: readonly string[];
}
