/** A connected Unix socket of kind SOCK_SEQPACKET, through koffi: Node has none. */

import { ERRNO } from '../../../kernel/errno.js';
import { MSG_DONTWAIT, MSG_TRUNC } from '../../../kernel/kernel-numbers.js';
import type { LibC, Watch } from '../../../kernel/libc.js';
import type { RecordLine, RecordLineUser } from './record-line.js';

const MSG_NOSIGNAL = 0x4000;
/** EID, and the longest message with its type byte. */
const LONGEST = 1 + 65_536;
/** So that a flood on one line lets others have their turn. */
const READ_AT_ONCE = 64;

// One for all: what is read is done with before anything else happens.
const buffer = new Uint8Array(LONGEST);

export class SeqpacketLine implements RecordLine {
  readonly #waiting: { readonly bytes: Uint8Array; readonly taken: () => void }[] = [];
  #user: RecordLineUser | undefined;
  #watch: Watch | undefined;
  #flushing = false;
  /** The watch tells of room to send. */
  #wantsRoom = false;
  #closed = false;

  constructor(
    private readonly libc: LibC,
    private readonly fd: number,
  ) {}

  listen(user: RecordLineUser): void {
    this.#user = user;
    this.resume();
  }

  write(bytes: Uint8Array, taken: () => void): void {
    if (this.#closed) return;
    this.#waiting.push({ bytes, taken });
    if (this.#waiting.length === 1 && !this.#flushing) this.#flush();
  }

  pause(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  resume(): void {
    if (this.#closed || this.#watch !== undefined) return;
    this.#watch = this.libc.watch(this.fd, () => this.#ready());
    this.#wantsRoom = false;
    this.#flush();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.pause();
    this.libc.close(this.fd);
    this.#user?.closed();
  }

  #ready(): void {
    this.#flush();
    for (let i = 0; i < READ_AT_ONCE && this.#watch !== undefined; i++) {
      const size = this.libc.recvfrom(this.fd, buffer, LONGEST, MSG_DONTWAIT | MSG_TRUNC, null, null);
      if (size < 0 && this.libc.errno() === ERRNO.EAGAIN) return;
      // Nothing is what its end looks like; an error is another.
      if (size <= 0) this.close();
      else if (size > LONGEST) this.#user?.tooLong(size);
      else this.#user?.record(buffer.subarray(0, size));
    }
  }

  #flush(): void {
    this.#flushing = true;
    while (!this.#closed) {
      const next = this.#waiting[0];
      if (next === undefined) break;
      const { bytes, taken } = next;
      const sent = this.libc.sendto(this.fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, null, 0);
      if (sent < 0 && this.libc.errno() === ERRNO.EAGAIN) break;
      if (sent < 0) this.close();
      else {
        this.#waiting.shift();
        taken();
      }
    }
    this.#flushing = false;
    const isFull = this.#waiting.length > 0;
    if (isFull !== this.#wantsRoom) this.#watch?.writable(isFull);
    this.#wantsRoom = isFull;
  }
}
