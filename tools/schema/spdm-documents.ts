/** Documents of the verb spdm. */

import { document, either, flag, hex, list, number, type Of, object, oneOf, orNull, text, whole } from './document.js';

const event = either(
  object({ event: oneOf('listening'), host: text, port: whole(0, 65535), device: text }),
  object({ event: oneOf('started'), links: list(text), responder: text }),
  object({ event: oneOf('connected', 'waits', 'sentAway'), peer: text }),
  object({ event: oneOf('exchange'), request: text, answer: orNull(text), ms: number }),
  object({ event: oneOf('ended'), peer: text, reason: text, exchanges: whole(), failed: flag }),
);

export const spdmEventDocument = document(
  'spdm-event',
  'One line of mctpkit spdm bridge and spdm device with --json',
  event,
);
export type SpdmEventDocument = Of<typeof spdmEventDocument>;

export const spdmDocument = document(
  'spdm',
  'One document of mctpkit spdm ADDRESS --json',
  object({
    target: text,
    versions: list(text),
    version: text,
    capabilities: list(text),
    asymmetric: orNull(text),
    hash: orNull(text),
    slots: list(
      object({
        slot: whole(0, 7),
        digest: hex,
        chainBytes: whole(),
        certificates: list(object({ subject: text, issuer: text, serialNumber: text, validFrom: text, validTo: text })),
      }),
    ),
    measurements: list(object({ index: whole(0, 255), type: text, digest: flag, value: hex })),
    verified: flag,
  }),
);
export type SpdmDocument = Of<typeof spdmDocument>;
