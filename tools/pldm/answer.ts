/** What a PLDM command gave: for programs and for people. */

import type { PldmDocument } from '../schema/pldm-documents.js';

type WithoutTarget<D> = D extends unknown ? Omit<D, 'target'> : never;
/** One of the documents of `pldm --json`, without the target that they all name. */
type AnswerDocument = WithoutTarget<PldmDocument>;

export interface PldmAnswer {
  /** Keys of the JSON document, behind `target`, `type`, `command`. */
  readonly json: AnswerDocument;
  readonly lines: readonly string[];
  /** The terminus said no. */
  readonly refused?: boolean;
}
