/** The arguments of a verb, by its declaration. */

import { Command, CommanderError, Option } from 'commander';
import { usageError } from './command-error.js';
import { refuseOthers } from './option-actions.js';
import type { OptionDeclarations, OptionValues, Verb } from './verb.js';

export interface ParsedArguments {
  readonly args: readonly string[];
  readonly options: OptionValues<OptionDeclarations>;
}

/** Lines of the help; a terminal may have less. */
const HELP_COLUMNS = 100;

/**
 * The verb's arguments and options, or the help that was asked for, for a terminal with so many columns.
 * @throws CommandError (usage)
 */
export function parseArguments(
  verb: Verb,
  argv: readonly string[],
  columns = HELP_COLUMNS,
): ParsedArguments | { readonly help: string } {
  const command = commandOf(verb, columns);
  if (asksForHelp(argv)) return { help: verbHelp(verb, columns) };
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw usageError(complaint(error, verb), error);
    throw error;
  }
  const extra = command.args[most(verb)];
  if (extra !== undefined)
    throw usageError(`"${extra}" is one argument too many: mctpkit help ${verb.name} tells more`);
  const written = command.opts<Record<string, boolean | readonly string[] | undefined>>();
  const options = Object.fromEntries(
    Object.entries(verb.options).map(([name, declaration]) => {
      const option = new Option(declaration.flags);
      const found = written[option.attributeName()];
      // The parser takes --no-reply for the negation of a --reply nobody declared.
      if (typeof found === 'boolean') return [name, declaration.read(found === option.negate ? [] : [''])];
      return [name, declaration.read(found ?? [])];
    }),
  );
  const given = Object.keys(verb.options).filter(
    (name) => command.getOptionValueSource(new Option(verb.options[name]!.flags).attributeName()) === 'cli',
  );
  refuseOthers(verb, command.args, options, given);
  return { args: command.args, options };
}

/** What `mctpkit help <verb>` prints, in a terminal with so many columns. */
export function verbHelp(verb: Verb, columns = HELP_COLUMNS): string {
  const width = Math.max(0, ...verb.examples.map(([line]) => line.length));
  const besides = verb.examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`.trimEnd());
  // What does not fit beside its line stands below it, where the terminal is narrow.
  const fits = columns >= HELP_COLUMNS || besides.every((line) => line.length <= columns);
  const below = (line: string, meaning: string): string =>
    meaning === '' ? `  ${line}` : `  ${line}\n      ${meaning}`;
  const examples = fits ? besides : verb.examples.map(([line, meaning]) => below(line, meaning));
  const help = commandOf(verb, columns).helpInformation().trimEnd();
  return examples.length === 0 ? help : [help, '', 'Examples:', ...examples].join('\n');
}

function commandOf(verb: Verb, columns: number): Command {
  const command = new Command(`mctpkit ${verb.name}`)
    .description(
      verb.description === undefined ? capital(verb.summary) : `${capital(verb.summary)}\n\n${verb.description}`,
    )
    .helpOption('-h, --help', 'this text')
    .exitOverride()
    .allowExcessArguments(true)
    .configureOutput({
      writeErr: () => {},
      writeOut: () => {},
      getOutHelpWidth: () => Math.min(columns, HELP_COLUMNS),
      getOutHasColors: () => false,
    });
  for (const { name, summary, required, many } of verb.arguments ?? []) {
    const text = many ? `${name}...` : name;
    command.argument(required ? `<${text}>` : `[${text}]`, summary);
  }
  for (const { flags, summary } of Object.values(verb.options)) {
    const option = new Option(flags, summary);
    if (option.required) option.argParser((text: string, before: readonly string[] = []) => [...before, text]);
    command.addOption(option);
  }
  return command;
}

/** How many arguments the verb takes. */
function most({ arguments: declared = [] }: Verb): number {
  return declared.some(({ many }) => many) ? Number.POSITIVE_INFINITY : declared.length;
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).some((word) => word === '--help' || word === '-h');
}

/** The parser's complaint as one line with a way out. */
function complaint(error: CommanderError, verb: Verb): string {
  const text = error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)/s, ' (did you mean $1?)');
  return `${text}: mctpkit help ${verb.name} tells more`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
