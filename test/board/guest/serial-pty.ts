// Runs inside the board: our serial link on one end of a pseudo terminal, the kernel's mctp-serial on the other.

import { existsSync } from 'node:fs';
import type { BytePort, BytePortHost } from '../../../bindings/serial/byte-port.js';
import { openPty, type Pty } from '../../../bindings/serial/pty.js';
import { SerialLink } from '../../../bindings/serial/serial-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { Mctp } from '../../../stack/mctp.js';
import { TYPE } from './endpoint.js';
import { KernelEcho, kernelRequest, kernelSerialLink } from './kernel-peer.js';
import { counting, equal, outcome, type ReportsOf, runScenarios, until } from './scenarios.js';

const KERNEL = 8;
const OURS = 9;
/** The kernel's limit is 65536 bytes with the message type. */
const LARGEST = 65_535;
const SIZES = [0, 1, 63, 64, 600, 4000, LARGEST];

/** A byte that comes only in the body to be damaged: the kernel sends frames in pieces. */
const MARK = 0xa5;

/** A port that turns a bit over in what passes, when told to. */
class DamagingPort implements BytePort {
  readonly #port: BytePort;
  damageSent = 0;
  damageReceived = 0;

  constructor(port: BytePort) {
    this.#port = port;
  }

  get name(): string {
    return this.#port.name;
  }

  open(host: BytePortHost): Promise<void> {
    return this.#port.open({
      data: (chunk, start, end) => {
        const at = chunk.indexOf(MARK, start);
        if (this.damageReceived > 0 && at >= 0 && at < end) {
          this.damageReceived--;
          chunk[at]! ^= 1;
        }
        host.data(chunk, start, end);
      },
      written: () => host.written(),
      closed: (reason) => host.closed(reason),
    });
  }

  write(buffer: Uint8Array, start: number, end: number): boolean {
    const at = buffer.indexOf(MARK, start);
    if (this.damageSent > 0 && at >= 0 && at < end) {
      this.damageSent--;
      buffer[at]! ^= 1;
    }
    return this.#port.write(buffer, start, end);
  }

  close(): Promise<void> {
    return this.#port.close();
  }
}

/** Our stack on the master side of a new pseudo terminal, the kernel on its tty. */
async function join(): Promise<{ mctp: Mctp; pty: Pty; port: DamagingPort; link: string }> {
  const pty = await openPty();
  const port = new DamagingPort(pty.port);
  const mctp = new Mctp({ clock: systemClock, limits: { tagExpiryMs: 300 } });
  mctp.addLink(new SerialLink({ name: 'serial', port, clock: systemClock }));
  mctp.addAddress(OURS, 'serial');
  mctp.addRoute({ start: KERNEL, link: 'serial' });
  await mctp.open();
  return { mctp, pty, port, link: kernelSerialLink(pty.path, KERNEL, OURS) };
}

let { mctp, pty, port, link } = await join();
let socket = mctp.socket();
const echo = await KernelEcho.start(TYPE);

function answerRequests(): void {
  socket.bind({ type: TYPE });
  socket.onMessage((message) => void socket.reply(message, message.payload).catch(() => {}));
}
answerRequests();

async function asks(body: Uint8Array): Promise<boolean> {
  return equal((await socket.request({ eid: KERNEL }, body, { timeoutMs: 60_000 })).payload, body);
}

async function isAsked(size: number): Promise<boolean> {
  const answer = await kernelRequest(`${OURS} ${TYPE} len=${size} --timeout 8000`);
  return typeof answer !== 'string' && equal(answer, counting(size));
}

async function right(sizes: readonly number[], one: (size: number) => Promise<boolean>): Promise<number[]> {
  const good: number[] = [];
  for (const size of sizes) if (await one(size)) good.push(size);
  return good;
}

/** Bytes that have to be escaped, and nothing else. */
const specials = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => 0x7d + (index & 1));

const scenarios = {
  'we ask, the kernel answers': async () => ({ right: await right(SIZES, (size) => asks(counting(size, size))) }),

  'the kernel asks, we answer': async () => ({ right: await right(SIZES, isAsked) }),

  'every byte escaped': async () => ({ right: await right([1, 64, 1000], (size) => asks(specials(size))) }),

  'both ask at once, several times': async () => {
    const ours = Array.from({ length: 24 }, (_, index) => asks(counting(100 * index, index)));
    const kernels = Array.from({ length: 6 }, (_, index) => isAsked(500 * index));
    return { ours: await Promise.all(ours), kernels: await Promise.all(kernels) };
  },

  'nothing was dropped': async () => {
    const { linkCounters, counters } = mctp.links()[0]!;
    return { rx: linkCounters.rxPackets === counters.rxPackets, drops: counters.drops };
  },

  'a frame is damaged on the way': async () => {
    const body = Uint8Array.of(MARK, 0x20, 0x30);
    const ask = async (): Promise<boolean> => {
      const options = { timeoutMs: 200, retries: 1 };
      return equal((await socket.request({ eid: KERNEL }, body, options)).payload, body);
    };
    const before = socket.counters.retries;
    port.damageSent = 1;
    const sent = await ask();
    port.damageReceived = 1;
    const received = await ask();
    port.damageReceived = 1;
    const kernelAsked = await kernelRequest(`${OURS} ${TYPE} a52030 --timeout 200`);
    const { drops } = mctp.links()[0]!.counters;
    const counted = { linkFault: drops.linkFault, retries: socket.counters.retries - before };
    return { sent, received, kernelAsked, ...counted, next: await isAsked(3) };
  },

  'the line hangs up and another takes its place': async () => {
    await echo.stop();
    const waiting = outcome(socket.request({ eid: KERNEL }, counting(10), { timeoutMs: 15_000 }));
    const reason = new Promise((resolve) => mctp.on('linkDown', (event) => resolve(event.reason?.code)));
    await mctp.removeLink('serial');
    const code = await waiting;
    await until('the kernel notices', () => !existsSync(`/sys/class/net/${link}`));
    await mctp.close();
    ({ mctp, pty, port, link } = await join());
    socket = mctp.socket();
    answerRequests();
    const again = await KernelEcho.start(TYPE);
    const both = [await asks(counting(1000)), await isAsked(1000)];
    await again.stop();
    return { code, reason: await reason, both };
  },

  'closed, nothing is left': async () => {
    await mctp.close();
    await until('the kernel notices', () => !existsSync(`/sys/class/net/${link}`));
    return { tty: existsSync(pty.path) };
  },
};

export type SerialPtyReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);
