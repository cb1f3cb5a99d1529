/** The two ends of a recorded exchange: a requester and a responder which play what they said. */

import { concat } from '../../tools/decode/named-fields.js';
import { FrameReader } from '../../tools/spdm/emulator-frames.js';
import type { Connection } from '../../tools/world-network.js';
import type { RecordedConversation } from './spdm-conversations.js';

/** Everything that side sent, header and payload. */
export function recorded({ frames }: RecordedConversation, fromRequester: boolean): Uint8Array {
  return concat(...frames.filter((frame) => frame.fromRequester === fromRequester).map(({ bytes }) => bytes));
}

/** Says each message when the answer to the one before is there; gives what it heard. `most`: vanishes after so many. */
export async function playRequester(
  connection: Connection,
  { frames }: RecordedConversation,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const said = frames.filter(({ fromRequester }) => fromRequester);
  const heard: Uint8Array[] = [];
  const reader = new FrameReader();
  let at = 0;
  const next = async (): Promise<boolean> => {
    if (at >= Math.min(said.length, most)) return false;
    await connection.write(said[at++]!.bytes);
    return true;
  };
  await next();
  for await (const chunk of connection) {
    heard.push(chunk);
    for (const _frame of reader.push(chunk)) if (!(await next())) connection.close();
    if (at >= most && reader.pending === 0 && heard.length >= most) break;
  }
  connection.close();
  return concat(...heard);
}

/** Answers in the recorded order, whatever it is asked; gives what it was asked. `most`: then it vanishes. */
export async function playResponder(
  connection: Connection,
  { frames }: RecordedConversation,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const said = frames.filter(({ fromRequester }) => !fromRequester);
  const heard: Uint8Array[] = [];
  const reader = new FrameReader();
  let at = 0;
  for await (const chunk of connection) {
    heard.push(chunk);
    for (const _frame of reader.push(chunk)) {
      if (at >= most) connection.close();
      else await connection.write(said[at++]!.bytes).catch(() => {});
    }
  }
  return concat(...heard);
}
