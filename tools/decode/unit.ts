/** Units of bytes that inputs are made of, and the readers of logs that find them. */

export interface Unit {
  readonly timeUs: number | undefined;
  readonly dir: string | undefined;
  readonly layer: string;
  readonly bytes: Uint8Array;
  /** The recording says that this is not a packet, and why. */
  readonly fault?: string;
}

export interface LogContents {
  readonly units: readonly Unit[];
  /** For people: what was found out about it, or what is strange. */
  readonly remarks?: readonly string[];
  readonly speaksOfI3c?: boolean;
}

export interface TextLog {
  /** For people: "a log of socat -x". */
  readonly title: string;
  /** Undefined: another format. */
  read(text: string): LogContents | undefined;
}
