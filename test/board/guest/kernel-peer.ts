// Runs inside the board: the kernel's MCTP stack, set up and used through the helper mctp-peer.

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One command of mctp-peer that is done at once; its words separated by blanks. */
export function mctpPeer(command: string): string {
  return execFileSync('mctp-peer', command.split(' '), { encoding: 'utf8' }).trim();
}

/** The kernel's link on an adapter: `mctpi2cN`, up, with an EID. */
export function kernelI2cLink(bus: number, address: number, eid: number): string {
  execFileSync('i2c-target', [String(bus), 'mctp-i2c-interface', String(address)]);
  const link = `mctpi2c${bus}`;
  mctpPeer(`link ${link} up`);
  mctpPeer(`addr add ${eid} dev ${link}`);
  return link;
}

/**
 * The kernel's link on a tty: `mctpserialN`, up, with an EID, and a route to the other end. The kernel queues a whole
 * message at once, and by default there is no room for the 1024 packets of the largest.
 */
export function kernelSerialLink(tty: string, eid: number, peer: number): string {
  const link = mctpPeer(`ldisc ${tty}`);
  writeFileSync(`/sys/class/net/${link}/tx_queue_len`, '5000');
  mctpPeer(`link ${link} up`);
  mctpPeer(`addr add ${eid} dev ${link}`);
  mctpPeer(`route add ${peer} via ${link}`);
  return link;
}

export function removeKernelI2cLink(bus: number, address: number): void {
  execFileSync('i2c-target', ['-d', String(bus), String(address)]);
}

/** Tell the kernel where an EID is. */
export function kernelNeighbour(link: string, eid: number, address: string, mtu?: number): void {
  mctpPeer(`route add ${eid} via ${link}${mtu === undefined ? '' : ` mtu ${mtu}`}`);
  mctpPeer(`neigh add ${eid} dev ${link} lladdr ${address}`);
}

/** A request sent by the kernel; the answer's body, or the name of the errno. */
export async function kernelRequest(words: string): Promise<Uint8Array | string> {
  try {
    const { stdout } = await run('mctp-peer', ['req', ...words.split(' ')], { maxBuffer: 1 << 20 });
    return Buffer.from(stdout.trim(), 'hex');
  } catch (error) {
    return /\bE[A-Z]+\b/.exec((error as { stderr?: string }).stderr ?? '')?.[0] ?? String(error);
  }
}

/** A program of the kernel's side in the background, once it has said that it is ready. */
export class KernelEcho {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Answers requests of a message type with their own body. */
  static async start(type: number): Promise<KernelEcho> {
    const child = spawn('mctp-peer', ['echo', String(type)], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return new KernelEcho(child);
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.kill();
    await gone;
  }
}
