/** Streams to other programs, as verbs get them from their world. */

export interface Connection extends AsyncIterable<Uint8Array> {
  /** For people: "127.0.0.1:40312". */
  readonly peer: string;
  /** Resolves when it may take more. @throws Error when the other side is gone */
  write(bytes: Uint8Array): Promise<void>;
  /** Aborted when either side closed it, or it broke. */
  readonly closed: AbortSignal;
  close(): void;
}

export interface Listener {
  readonly port: number;
  /** Nobody else is let in. */
  close(): void;
}

export interface Network {
  /** @throws MctpError ECONNREFUSED and others as ENOTCONN */
  connect(host: string, port: number, signal: AbortSignal): Promise<Connection>;
  /** Port 0: any that is free. @throws MctpError EADDRINUSE, EINVAL */
  listen(host: string, port: number, accept: (connection: Connection) => void): Promise<Listener>;
}
