/** A line of records: each is written and read as a whole. */

export interface RecordLineUser {
  /** Only valid during the call. */
  record(bytes: Uint8Array): void;
  /** One of so many bytes was longer than any may be, and is gone. */
  tooLong(size: number): void;
  /** Once, whoever ended it. */
  closed(): void;
}

export interface RecordLine {
  /** What came before is told at once. */
  listen(user: RecordLineUser): void;
  /** `taken`: the system has it; perhaps at once. */
  write(bytes: Uint8Array, taken: () => void): void;
  /** Read nothing until `resume`. */
  pause(): void;
  resume(): void;
  close(): void;
}
