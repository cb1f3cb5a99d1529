/** `spdm bridge`: requesters of DMTF's emulators talk to a device on any link, one after the other. */

import type { NamedAddress } from '../../stack/names/index.js';
import { resolveAddress } from '../address.js';
import { EXIT, printable, usageError } from '../command-error.js';
import type { SpdmEventDocument } from '../schema/spdm-documents.js';
import { Session, type SessionOptions } from '../session.js';
import { untilStopped } from '../wait.js';
import type { World } from '../world.js';
import { RequesterLine } from './requester-line.js';
import { serveRequester } from './spdm-bridge.js';
import { SpdmLines } from './spdm-lines.js';

export interface BridgeWish {
  readonly address: NamedAddress;
  readonly listen: string;
  readonly timeoutMs: number;
  readonly json: boolean;
  /** End after the first requester. */
  readonly once: boolean;
  readonly session: Omit<SessionOptions, 'world'>;
}

export async function runBridge(wish: BridgeWish, world: World): Promise<number> {
  const { io, clock, signal } = world;
  const { host, port } = hostAndPort(wish.listen);
  const { address } = wish;
  const session = await Session.open({ ...wish.session, world });
  const tell = (event: SpdmEventDocument, text: string): void => io.print(wish.json ? JSON.stringify(event) : text);
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  let failed = false;
  try {
    io.progress('looking for it ...');
    const { to, name } = await resolveAddress(session, address, true);
    io.progress('');
    const requesters = new RequesterLine(
      async (connection) => {
        const { peer } = connection;
        tell({ event: 'connected', peer }, `requester ${peer}`);
        const lines = new SpdmLines();
        const served = await serveRequester(
          connection,
          {
            transport: session.host,
            clock,
            to,
            timeoutMs: wish.timeoutMs,
            onExchange: (request, answer, ms) => {
              const [asked, said] = [lines.hear(request), lines.hear(answer)];
              const event = { event: 'exchange', request: asked.name, answer: said.name, ms } as const;
              tell(event, `  ${asked.text} -> ${printable(said.text)}  ${ms.toFixed(1)} ms`);
            },
          },
          stop,
        );
        failed = served.failed;
        const { reason, exchanges } = served;
        tell({ event: 'ended', peer, reason, exchanges, failed }, `${reason}: ${exchanges} exchanges`);
        if (wish.once) done.abort();
      },
      ({ peer }, what) => {
        const text = what === 'waits' ? 'waits until the other one has ended' : 'is sent away: too many wait';
        tell({ event: what, peer }, `requester ${peer} ${text}`);
      },
    );
    const listener = await world.network.listen(host, port, (connection) => requesters.add(connection));
    try {
      tell(
        { event: 'listening', host, port: listener.port, device: name },
        `SPDM requesters at ${host}:${listener.port} reach ${name}; Ctrl-C ends it`,
      );
      io.endUnread();
      await untilStopped(clock, stop);
    } finally {
      listener.close();
      requesters.close();
    }
    return failed && wish.once ? EXIT.refused : EXIT.done;
  } finally {
    await session.close();
  }
}

/** `127.0.0.1:2323`, `[::1]:2323` @throws CommandError (usage) */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 0xffff) throw usageError(`"${text}" is not HOST:PORT: write 127.0.0.1:2323`);
  return { host: parts[1] ?? parts[2]!, port };
}
