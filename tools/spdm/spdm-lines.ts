/** The messages of one connection, for people: their names, and what errors say. */

import { MctpError } from '../../stack/errors.js';
import { decodeSpdm, SPDM_ERRORS, SpdmObserver } from '../../stack/spdm/index.js';

export class SpdmLines {
  readonly #observer = new SpdmObserver();

  /** `message` has its type byte. */
  hear(message: Uint8Array): { readonly name: string; readonly text: string } {
    const { context, asked } = this.#observer.hear(message);
    try {
      const { name, fields } = decodeSpdm(message, { context, asked });
      const error = name === 'ERROR' ? ` ${SPDM_ERRORS[Number(fields.errorCode)] ?? fields.errorCode}` : '';
      const known = typeof name === 'number' ? `code 0x${name.toString(16)}` : name;
      return { name: known, text: `${known}${error} (${message.length} bytes)` };
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      return { name: 'broken', text: error.message };
    }
  }
}
