/** Recorded exchanges of DMTF's SPDM emulators, frame by frame as they were on their socket. */

import { readFileSync } from 'node:fs';
import { fromHex } from '../../stack/codec/index.js';

export interface RecordedFrame {
  readonly fromRequester: boolean;
  /** Header and payload, as they were on the socket. */
  readonly bytes: Uint8Array;
  readonly command: number;
  readonly payload: Uint8Array;
}

export interface RecordedConversation {
  readonly name: string;
  readonly frames: readonly RecordedFrame[];
}

interface Written {
  readonly name: string;
  readonly frames: readonly { readonly direction: string; readonly header: string; readonly payload: string }[];
}

export function spdmConversations(): readonly RecordedConversation[] {
  const file = new URL('../vectors/spdm-conversations.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as readonly Written[]).map(({ name, frames }) => ({
    name,
    frames: frames.map(({ direction, header, payload }) => ({
      fromRequester: direction === 'requester->responder',
      bytes: fromHex(header + payload)!,
      command: Number.parseInt(header.slice(0, 8), 16),
      payload: fromHex(payload)!,
    })),
  }));
}
