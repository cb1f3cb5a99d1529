/** Says, once per run, where the tests against a real kernel are and whether they could run here. */

import { boardAvailable } from '../../hw-fixtures/linux-board/index.js';

export function setup(): void {
  const board = boardAvailable();
  const why = board.ok
    ? 'they have a command of their own: npm run test:board'
    : `${board.reason}; then: npm run test:board`;
  console.log(`Tests on the virtual Linux board are skipped by npm test: ${why}`);
}
