// Boards must not outlive the process that booted them, however it ends.

import { removeJobFolder } from './job.js';
import { isRunning, killGroup, terminate } from './kernel-process.js';

interface LiveBoard {
  readonly pid: number;
  readonly job: string;
}

const live = new Set<LiveBoard>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const GRACE_MS = 500;

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Only usable when nothing asynchronous runs any more. */
function endAllNow(): void {
  for (const { pid } of live) terminate(pid);
  const deadline = Date.now() + GRACE_MS;
  for (const { pid, job } of live) {
    while (isRunning(pid) && Date.now() < deadline) pause(5);
    killGroup(pid);
    removeJobFolder(job);
  }
  live.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  endAllNow();
  uninstall();
  // With other listeners it is theirs to decide; without any, the signal does what it would have done.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function install(): void {
  process.on('exit', endAllNow);
  for (const signal of signals) process.on(signal, onSignal);
}

function uninstall(): void {
  process.off('exit', endAllNow);
  for (const signal of signals) process.off(signal, onSignal);
}

/** Watches over a board; call the returned function once it has ended by itself. */
export function watchOver(board: LiveBoard): () => void {
  if (live.size === 0) install();
  live.add(board);
  return () => {
    if (live.delete(board) && live.size === 0) uninstall();
  };
}
