/** The test kit where vitest is not installed, or where it is and something else runs the tests. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const KIT = new URL('../../../dist-test/hw-fixtures/testing/index.js', import.meta.url).href;

/** Run `program`, which has the exports of the kit in `kit`, in a process in which importing vitest fails in this way. */
async function without(failure: string, program: string): Promise<string> {
  const hooks = `export function resolve(specifier, context, next) {
    if (specifier === 'vitest') throw ${failure};
    return next(specifier, context);
  }`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', dataUrl(register)],
    ...['--input-type=module', '--eval', `const kit = await import('${KIT}'); ${program}`],
  ]);
  return stdout;
}

const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

describe('mctpkit/testing without vitest', () => {
  it.each([
    [
      'it is not installed',
      `Object.assign(new Error("Cannot find package 'vitest'"), { code: 'ERR_MODULE_NOT_FOUND' })`,
      'which is not installed: npm install --save-dev vitest',
    ],
    [
      'something else runs the tests',
      // What vitest 3 does outside of its own runs.
      `new Error('Vitest failed to access its internal state.')`,
      'which does not load here: run the tests with npx vitest',
    ],
  ])('has virtual time and ports in memory, and says what needs vitest, where %s', async (_where, failure, remedy) => {
    const program = `
      const clock = new kit.TestClock();
      const [a] = kit.memoryPortPair({ clock });
      await a.open({ state() {} });
      await clock.run(new Promise((resolve) => clock.schedule(5000, resolve)));
      console.log(clock.now(), a.isOpen);
      for (const call of [() => kit.describeLinkCompliance('it', () => ({})), () => kit.validate('it', {}), () => kit.device()])
        try { call(); } catch ({ code, message }) { console.log(code, message); }`;
    expect(await without(failure, program)).toBe(
      [
        '5000 true',
        ...['describeLinkCompliance', 'validate', 'device'].map(
          (name) => `ENOPACKAGE ${name} needs the package vitest, ${remedy}`,
        ),
        '',
      ].join('\n'),
    );
  });
});
