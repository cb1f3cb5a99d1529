/** Colours by meaning; without a terminal that wants them, none. */

import picocolors from 'picocolors';

export interface Colours {
  readonly enabled: boolean;
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  /** Names and EIDs one looks for. */
  name(text: string): string;
}

/** NO_COLOR (no-color.org) counts when it is set to anything but nothing. */
export function wantsColour(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTty && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

export function coloursFor(isTty: boolean, env: Readonly<Record<string, string | undefined>>): Colours {
  const enabled = wantsColour(isTty, env);
  const { bold, dim, green, red, cyan } = picocolors.createColors(enabled);
  return { enabled, strong: bold, faint: dim, good: green, bad: red, name: cyan };
}

/** How wide a text is on the terminal: colours take no room. */
export function visibleWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  return [...text.replace(/\u001b\[[0-9;]*m/g, '')].length;
}
