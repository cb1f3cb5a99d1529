/** Field, row 4: a line that gives back what we send is not a healthy device. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ECHO_SENTENCE } from '../../bindings/serial/echo-watch.js';
import { joinedLines } from '../support/echoing-line.js';
import { mctpkit } from '../support/in-process.js';

const LINK = 'joined:line';
const TOLD = `${LINK}: ${ECHO_SENTENCE}`;
let forget: (() => void) | undefined;
beforeAll(() => {
  forget = joinedLines();
});
afterAll(() => forget?.());

describe('a line that echoes', () => {
  it.each([
    ['ping', [LINK]],
    ['ping', ['9', '--link', LINK]],
    ['discover', ['--link', LINK]],
    ['send', [LINK, '--type', '1', '01']],
    ['control', [LINK, 'GetEndpointUUID']],
    ['pldm', [LINK]],
    ['sensors', ['--link', LINK]],
    ['pdr', [LINK]],
    ['file', [LINK, 'ls']],
    ['fw', ['inventory', '--link', LINK]],
    ['run', ['--config', '/dev/null', '--link', LINK, '--once']],
  ])('%s %j says so, once, and finds nobody', async (verb, args) => {
    const { code, stdout, stderr } = await mctpkit([verb, ...args]);
    expect(stderr).toContain(TOLD);
    expect(stderr.split(ECHO_SENTENCE)).toHaveLength(2);
    expect(`${stdout}${stderr}`).not.toContain(' 0 % loss');
    expect(code).toBe(verb === 'run' ? 0 : 1);
  });

  it('doctor --link calls it broken', async () => {
    const { code, stdout } = await mctpkit(['doctor', '--link', LINK, '--json']);
    const { healthy, checks } = JSON.parse(stdout);
    expect(healthy).toBe(false);
    expect(checks).toContainEqual({ id: `link:${LINK}:hint1`, status: 'broken', what: ECHO_SENTENCE });
    expect(code).toBe(1);
  });
});
