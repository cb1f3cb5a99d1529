/** What the server of a network tells, for people. */

/** `node=1 description=poller`; what is unknown is left out. */
export function inWords(details: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(details).filter(([, value]) => value !== null && value !== undefined);
  return entries
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
