/** What readers of recordings and logs find in them. */

export interface Unit {
  readonly timeUs: number | undefined;
  readonly dir: string | undefined;
  readonly layer: string;
  readonly bytes: Uint8Array;
  /** The recording says that this is not a packet, and why. */
  readonly fault?: string;
}

export interface TextLog {
  /** For people: "a log of socat -x". */
  readonly title: string;
  /** Undefined: another format. */
  read(text: string): Unit[] | undefined;
}
