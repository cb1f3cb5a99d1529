/** What a PLDM command gave: for programs and for people. */

export interface PldmAnswer {
  /** Keys of the JSON document, behind `target`, `type`, `command`. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** The terminus said no. */
  readonly refused?: boolean;
}
