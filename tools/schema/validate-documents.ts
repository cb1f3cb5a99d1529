/** Documents of the verb `validate`. */

import { document, hex, list, number, type Of, object, oneOf, orNull, text, whole } from './document.js';
import { byte } from './shared-shapes.js';

const level = oneOf('mandatory', 'conditional', 'recommended');

export const validateDocument = document(
  'validate',
  'The document of mctpkit validate --json, and of the file of --report',
  object({
    device: object({
      name: text,
      eid: byte,
      network: whole(1),
      link: text,
      physicalAddress: orNull(hex),
      binding: byte,
    }),
    summary: object({
      pass: whole(),
      fail: whole(),
      warning: whole(),
      notApplicable: whole(),
      inconclusive: whole(),
    }),
    checks: list(
      object({
        id: text,
        clause: text,
        level,
        group: text,
        title: text,
        verdict: oneOf('pass', 'fail', 'warning', 'notApplicable', 'inconclusive'),
        sent: list(hex),
        received: list(hex),
        why: text,
        ms: number,
      }),
    ),
  }),
);
export type ValidateDocument = Of<typeof validateDocument>;

export const validateListDocument = document(
  'validate-list',
  'The document of mctpkit validate --list and --explain with --json',
  object({
    checks: list(
      object({
        id: text,
        clause: text,
        level,
        group: text,
        title: text,
        condition: orNull(text),
        needs: orNull(text),
        why: text,
        failure: text,
        mend: text,
      }),
    ),
  }),
);
export type ValidateListDocument = Of<typeof validateListDocument>;
