/**
 * Options that are for some of what a verb does: for actions (`fw update`), for calls with another option (`--interval` goes
 * with `--watch`), or for calls without one. Elsewhere they would do nothing, and are refused.
 */

import { usageError } from './command-error.js';
import { longFlag, type OptionDeclaration, type OptionDeclarations, type OptionValues, type Verb } from './verb.js';

/**
 * The option for these actions alone; its help begins with them. What begins with `--` is an option it goes with,
 * `without --json` one with which it does nothing.
 */
export function onlyFor<T>(actions: readonly string[], option: OptionDeclaration<T>): OptionDeclaration<T> {
  const named = actions.filter((action) => !isOption(action));
  return {
    ...option,
    actions,
    summary: named.length === 0 ? option.summary : `${named.join(', ')}: ${option.summary}`,
  };
}

/** Each of the options for these actions alone, with the help that it has everywhere. */
export function allFor<const D extends OptionDeclarations>(actions: readonly string[], options: D): D {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { ...option, actions }])) as D;
}

/** `given`: names of the options that were written. @throws CommandError (usage) for one that is for something else */
export function refuseOthers(
  { name: verb, options: declared, does }: Verb,
  args: readonly string[],
  options: OptionValues<OptionDeclarations>,
  given: readonly string[],
): void {
  const done = does?.(args, options);
  if (done === undefined) return;
  for (const { flags, actions } of given.map((name) => declared[name]!)) {
    if (actions === undefined || actions.some((action) => done.includes(action))) continue;
    const which = longFlag(flags);
    const [only, more] = done;
    // Another option makes it this call: those that are for something else would not help, though written too.
    if (only !== undefined && more === undefined && isOption(only))
      throw usageError(`${which} does not go with ${only}`);
    if (actions.every(isOption)) throw usageError(`${which} goes with ${actions.join(' or ')}`);
    if (actions.every(isLack)) {
      throw usageError(`${which} does not go with ${actions.map((action) => action.slice(LACK.length)).join(' or ')}`);
    }
    const refused = done[0] === undefined ? '' : `: ${verb} ${done[0]} does not take it`;
    throw usageError(`${which} is of ${verb} ${actions.join(', ')}${refused}`);
  }
}

/**
 * For completion: may the option be of a call which begins with these words? Undecided, which is yes, as long as another option
 * or another word can still make it so.
 */
export function mayBeOf(
  { options: declared, does }: Verb,
  args: readonly string[],
  actions: readonly string[],
): boolean {
  if (args.length === 0 || !actions.every(isNamed)) return true;
  const nothing = Object.fromEntries(Object.entries(declared).map(([name, { read }]) => [name, read([])]));
  const done = does?.(args, nothing)?.filter(isNamed) ?? [];
  return done.length === 0 || actions.some((action) => done.includes(action));
}

/** `update`, `vpd write`: by words alone, not by an option or by whatever stands in a place (`ADDRESS`). */
function isNamed(action: string): boolean {
  return /^[a-z ]+$/.test(action);
}

/** In front of an option which an action is without. */
const LACK = 'without ';

function isLack(action: string): boolean {
  return action.startsWith(LACK);
}

function isOption(action: string): boolean {
  return action.startsWith('--');
}
