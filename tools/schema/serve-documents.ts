/** Documents of the verbs of served networks. */

import { anything, document, either, type Of, object, oneOf, text } from './document.js';
import { runEvent } from './network-documents.js';

export const serveDocument = document(
  'serve',
  'One line of mctpkit serve --json',
  either(
    runEvent,
    object({ event: oneOf('ready'), network: text, folder: text }),
    object({ event: text, network: text, time: text, details: anything }),
  ),
);
export type ServeDocument = Of<typeof serveDocument>;
