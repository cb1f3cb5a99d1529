/**
 * What systemd is told of a service (sd_notify(3)): datagrams to the Unix socket of `$NOTIFY_SOCKET`. They are sent through
 * koffi, by our own process: Node has no datagrams of this kind, and the program systemd-notify would be a process per
 * message, which systemd may not take for one of ours.
 */

import { MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_DGRAM } from '../../../bindings/kernel/kernel-numbers.js';
import { type LibC, loadLibC } from '../../../bindings/kernel/libc.js';
import { AF_UNIX, UNIX_PATH_LONGEST, unixAddress } from '../../../bindings/kernel/unix-address.js';
import type { Clock } from '../../../stack/clock.js';
import { every } from '../../wait.js';

export class Notifier {
  #endWatchdog: () => void = () => {};

  private constructor(
    private readonly libc: LibC,
    private readonly address: Uint8Array,
    private readonly watchdogMs: number | undefined,
  ) {}

  /** Undefined where systemd does not want to know. @throws MctpError ENOPACKAGE, ENOTSUP */
  static async open(env: Readonly<Record<string, string | undefined>>): Promise<Notifier | undefined> {
    const { NOTIFY_SOCKET: path = '', WATCHDOG_USEC: watchdog } = env;
    if (!/^[/@]/.test(path) || Buffer.byteLength(path) > UNIX_PATH_LONGEST) return undefined;
    const usec = Number(watchdog);
    return new Notifier(await loadLibC(), unixAddress(path), usec > 0 ? usec / 1000 : undefined);
  }

  /** Clients may come; from now on systemd is told that the event loop turns, where it asked for that. */
  ready(clock: Clock, status: string): void {
    this.#send(`READY=1\nSTATUS=${status}`);
    // Half the time, as sd_watchdog_enabled(3) advises.
    if (this.watchdogMs !== undefined) {
      this.#endWatchdog = every(clock, this.watchdogMs / 2, () => this.#send('WATCHDOG=1'));
    }
  }

  /** Queues are emptied, and we end; the watchdog hears of us until `close`. */
  stopping(): void {
    this.#send('STOPPING=1');
  }

  close(): void {
    this.#endWatchdog();
  }

  /** What systemd does not take is not waited for. */
  #send(text: string): void {
    const fd = this.libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    const data = new TextEncoder().encode(text);
    this.libc.sendto(fd, data, data.length, MSG_DONTWAIT, this.address, this.address.length);
    this.libc.close(fd);
  }
}
