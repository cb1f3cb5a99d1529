/** `spdm device`: a responder of DMTF's emulators becomes a device on real or virtual links. */

import type { DeviceApp } from '../../hw-fixtures/index.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { TYPE_IC, TYPE_MASK } from '../../stack/packet.js';
import type { MctpMessage } from '../../stack/transport.js';
import { EXIT, printable, refusal } from '../command-error.js';
import { concat } from '../decode/named-fields.js';
import { Emulated, tellEvents } from '../emulated.js';
import type { SpdmEventDocument } from '../schema/spdm-documents.js';
import { untilStopped } from '../wait.js';
import type { World } from '../world.js';
import { hostAndPort } from './run-bridge.js';
import { ResponderClient } from './spdm-device.js';
import { SpdmLines } from './spdm-lines.js';

export interface DeviceWish {
  readonly connect: string;
  readonly links: readonly string[];
  readonly eid: number | undefined;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** DSP0275 1.0. */
const VERSION = 'f1f0ff00';

export async function runDevice(wish: DeviceWish, world: World): Promise<number> {
  const { io, clock, signal } = world;
  const { host, port } = hostAndPort(wish.connect);
  const responder = new ResponderClient(await world.network.connect(host, port, signal), clock, wish.timeoutMs);
  const tell = (event: SpdmEventDocument, text: string): void => io.print(wish.json ? JSON.stringify(event) : text);
  try {
    await responder.hello();
    const lines = new SpdmLines();
    const emulated = await Emulated.start({
      links: wish.links,
      name: 'spdm',
      clock,
      env: world.env,
      hear: tellEvents(io, wish.json),
      kind: () => ({
        types: [MESSAGE_TYPE.spdm, MESSAGE_TYPE.secured].map((type) => ({ type, versions: [VERSION] })),
        apps: [
          responderApp(responder, clock.now.bind(clock), (request, answer, ms) => {
            const asked = lines.hear(request);
            if (answer instanceof MctpError) {
              const event = { event: 'exchange', request: asked.name, answer: null, ms } as const;
              return tell(event, `${asked.text}: ${printable(answer.message)}`);
            }
            const said = lines.hear(answer);
            const event = { event: 'exchange', request: asked.name, answer: said.name, ms } as const;
            tell(event, `${asked.text} -> ${printable(said.text)}  ${ms.toFixed(1)} ms`);
          }),
        ],
        ...(wish.eid !== undefined && { eid: wish.eid }),
      }),
    });
    try {
      const links = [...emulated.links];
      tell(
        { event: 'started', links, responder: wish.connect },
        `the responder at ${wish.connect} is on ${links.join(', ')}; Ctrl-C ends it`,
      );
      io.endUnread();
      await untilStopped(clock, AbortSignal.any([signal, responder.ended]));
      if (!signal.aborted) throw refusal(responder.reason);
      return EXIT.done;
    } finally {
      await emulated.close();
    }
  } finally {
    await responder.close();
  }
}

type Heard = (request: Uint8Array, answer: Uint8Array | MctpError, ms: number) => void;

function responderApp(responder: ResponderClient, now: () => number, heard: Heard): DeviceApp {
  return ({ mctp }) => {
    for (const type of [MESSAGE_TYPE.spdm, MESSAGE_TYPE.secured]) {
      const socket = mctp.socket();
      socket.bind({ type });
      const forward = async (message: MctpMessage): Promise<void> => {
        const start = now();
        const request = concat(Uint8Array.of(typeByte(message)), message.payload);
        const answer = await responder.ask(request);
        heard(request, answer, now() - start);
        if ((answer[0]! & TYPE_MASK) !== type) return;
        const integrityCheck = (answer[0]! & TYPE_IC) !== 0;
        await socket.reply(message, answer.subarray(1), { integrityCheck });
      };
      socket.onMessage((message) => {
        const start = now();
        // What cannot be answered is not: the requester's time runs out, as with a real device.
        forward(message).catch((error: unknown) => {
          if (!MctpError.is(error)) throw error;
          heard(concat(Uint8Array.of(typeByte(message)), message.payload), error, now() - start);
        });
      });
    }
    return undefined;
  };
}

function typeByte({ type, integrityCheck }: MctpMessage): number {
  return type | (integrityCheck ? TYPE_IC : 0);
}
