/** Recorded exchanges of DMTF's emulators: what was negotiated is learned on the way. */

import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../stack/codec/index.js';
import { decodeSpdm, encodeSpdm, SpdmObserver } from '../../../stack/spdm/index.js';
import { spdmConversations } from '../../support/spdm-conversations.js';

/** Offset of the SPDM code in a message. */
const CODE = 2;
const CHUNK_RESPONSE = 0x06;

describe('an observer', () => {
  it.each(spdmConversations().map((one) => [one.name, one] as const))('follows %s', (_name, { frames }) => {
    const observer = new SpdmObserver();
    let messages = 0;
    let isChunked = false;
    for (const { command, payload } of frames) {
      if (command !== 1) continue;
      const { context, asked } = observer.hear(payload);
      isChunked ||= payload[CODE] === CHUNK_RESPONSE;
      const decoded = decodeSpdm(payload, { context, asked });
      if (!isChunked) expect(decoded.isPartial).toBe(typeof decoded.name === 'number');
      expect(toHex(encodeSpdm(decoded.name, decoded.fields, { context, asked }))).toBe(toHex(payload));
      messages++;
    }
    expect(messages).toBeGreaterThan(15);
  });

  it('forgets everything with GET_VERSION, and takes broken messages', () => {
    const observer = new SpdmObserver();
    for (const { command, payload } of spdmConversations()[0]!.frames) if (command === 1) observer.hear(payload);
    expect(observer.context).toMatchObject({ hashSize: 32, signatureSize: 64, responderFlags: 55 });
    observer.hear(fromHex('0510840000')!);
    expect(observer.context).toBeUndefined();
    observer.hear(fromHex('051063ff00')!);
    expect(observer.context).toMatchObject({ hashSize: 0 });
  });
});
