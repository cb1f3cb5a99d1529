/** The words of `mctpkit name`. */

export interface NameAction {
  /** How it is written, behind `mctpkit name`. */
  readonly usage: string;
  readonly what: string;
  /** How many words come behind it. */
  readonly words: number;
}

export const NAME_ACTIONS = {
  list: { usage: 'list', what: 'the names that hold here, and where each comes from', words: 0 },
  add: { usage: 'add NAME ADDRESS', what: 'give a name to an EID, a UUID, a place, or a terminus (tid:3)', words: 2 },
  remove: { usage: 'remove NAME', what: 'take a name away that was added', words: 1 },
  resolve: { usage: 'resolve NAME', what: 'look for what has the name, or the address, and say where it is', words: 1 },
} as const satisfies Readonly<Record<string, NameAction>>;
export type NameActionWord = keyof typeof NAME_ACTIONS;
