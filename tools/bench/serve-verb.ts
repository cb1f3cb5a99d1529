/** `bench --serve`: the other end, and what it counts, every two seconds as mctp-bench does. */

import { EXIT } from '../command-error.js';
import { Emulated, tellEvents } from '../emulated.js';
import type { Io } from '../io.js';
import type { DeviceDocument } from '../schema/network-documents.js';
import { every, untilStopped } from '../wait.js';
import type { World } from '../world.js';
import type { DataReceiver } from './bench-formats.js';
import { serveApp } from './serve-bench.js';

const EVERY_MS = 2000;

export interface ServeOptions {
  readonly links: readonly string[];
  readonly eid: number | undefined;
  readonly json: boolean;
  readonly world: World;
}

export async function serveBench({ links, eid, json, world }: ServeOptions): Promise<number> {
  const { io, signal, clock } = world;
  const senders = new Map<number, { readonly receiver: DataReceiver; bytes: number; received: number }>();
  const app = serveApp({
    signal,
    data: (source, receiver) => {
      if (!senders.has(source)) senders.set(source, { receiver, bytes: 0, received: 0 });
    },
    requested: (source, { size, count }) => {
      if (json)
        io.print(JSON.stringify({ event: 'requested', source, size, count: Number(count) } satisfies DeviceDocument));
      else
        io.print(`EID ${source} wants ${count === 0n ? 'messages without end' : `${count} messages`} of ${size} bytes`);
    },
  });
  const emulated = await Emulated.start({
    links,
    name: 'bench',
    clock,
    env: world.env,
    hear: tellEvents(io, json),
    kind: () => ({ apps: [app], ...(eid !== undefined && { eid }) }),
  });
  const stopTelling = every(clock, EVERY_MS, () => {
    for (const [source, sender] of senders) tell(source, sender, json, io);
  });
  try {
    const names = emulated.links;
    if (json) io.print(JSON.stringify({ event: 'started', device: 'bench', links: names } satisfies DeviceDocument));
    else io.print(`other end of a bench on ${names.join(', ')}; Ctrl-C ends it`);
    io.endUnread();
    await untilStopped(clock, signal);
    for (const [source, { receiver }] of senders) total(source, receiver, json, io);
    return EXIT.done;
  } finally {
    stopTelling();
    await emulated.close();
  }
}

function tell(
  source: number,
  sender: { readonly receiver: DataReceiver; bytes: number; received: number },
  json: boolean,
  io: Io,
): void {
  const { receiver } = sender;
  if (receiver.received === sender.received) return;
  const bytesPerSecond = ((receiver.bytes - sender.bytes) * 1000) / EVERY_MS;
  sender.bytes = receiver.bytes;
  sender.received = receiver.received;
  const { received, lost, invalid } = receiver;
  if (json)
    io.print(
      JSON.stringify({ event: 'data', source, received, lost, invalid, bytesPerSecond } satisfies DeviceDocument),
    );
  else
    io.print(
      `EID ${source}: ${(bytesPerSecond / 1024).toFixed(2)} kB/s, ${received} received, ${lost} lost, ${invalid} invalid`,
    );
}

function total(source: number, { received, bytes, lost, invalid }: DataReceiver, json: boolean, io: Io): void {
  if (json)
    io.print(JSON.stringify({ event: 'ended', source, received, bytes, lost, invalid } satisfies DeviceDocument));
  else io.print(`EID ${source}: ${received} messages, ${bytes} bytes, ${lost} lost, ${invalid} invalid`);
}
