/** A stream of bytes in both directions, as both sides of a served network see it: a Unix socket, or memory in a test. */

export interface ByteLineUser {
  /** Valid only during the call. */
  data(chunk: Uint8Array): void;
  /** Once: the other side is gone, or we closed it. Nothing comes any more. */
  closed(): void;
}

export interface ByteLine {
  /** Called once, before anything is read. */
  listen(user: ByteLineUser): void;
  /** Never refuses: the writer looks at `unsent`. `taken` is called when the system has it; not when the line is closed. */
  write(bytes: Uint8Array, taken?: () => void): void;
  /** Bytes which were written and which the system has not taken. */
  readonly unsent: number;
  /** Read no further until `resume`. */
  pause(): void;
  resume(): void;
  /** What was written is delivered first, as far as the other side reads it within a time. */
  end(): void;
  /** At once. */
  destroy(): void;
}
