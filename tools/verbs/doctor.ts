/** The verb `doctor`: is this machine fit, and if not, what to do. */

import { EXIT, printable } from '../command-error.js';
import { type Check, type CheckStatus, SYSTEM } from '../doctor/check.js';
import { checkLink } from '../doctor/doctor-link.js';
import { checkNode, checkPackages } from '../doctor/machine.js';
import type { Colours } from '../format/colours.js';
import { toolLinkKinds } from '../link-kinds.js';
import type { DoctorDocument } from '../schema/network-documents.js';
import { defineVerb, JSON_OPTION, repeatedOption } from '../verb.js';

export const doctor = defineVerb({
  name: 'doctor',
  summary: 'check what this machine has for MCTP, and say how to fix what is wrong',
  description:
    'Checks Node, packages, serial adapters and their latency timers, I2C buses, USB devices, the kernel and our ' +
    'permissions; changes nothing. With --link it also opens that link, asks once which EID is at the other ' +
    'end of a point-to-point link, and shows what the link reports of itself.',
  options: {
    link: repeatedOption('-l, --link <url>', 'open this link too; repeatable'),
    json: JSON_OPTION,
  },
  examples: [
    ['mctpkit doctor', ''],
    ['mctpkit doctor --link serial:/dev/ttyUSB0', 'this link in particular'],
    ['mctpkit doctor --json', 'for programs'],
  ],
  async run({ options, world }) {
    const { io, machine } = world;
    io.progress('looking ...');
    const parts = await Promise.all([
      checkNode(machine.node, machine.platform, machine.arch),
      checkPackages(),
      ...toolLinkKinds().map((kind) => kind.diagnose(SYSTEM, world)),
    ]);
    const checks: Check[] = parts.flat();
    for (const url of options.link) checks.push(...(await checkLink(url, world)));
    io.progress('');
    const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
    const broken = count('broken');
    if (options.json) io.print(JSON.stringify({ healthy: broken === 0, checks } satisfies DoctorDocument, null, 2));
    else {
      for (const line of checkLines(checks, io.colours)) io.print(line);
      const missing = count('missing');
      io.print(
        broken === 0
          ? `nothing is broken${missing === 0 ? '' : `; ${missing === 1 ? '1 check is' : `${missing} checks are`} missing: needed only for ${missing === 1 ? 'that feature' : 'those features'}`}`
          : io.colours.bad(`${broken} broken`),
      );
    }
    return broken === 0 ? EXIT.done : EXIT.refused;
  },
});

const MARKS: Readonly<Record<CheckStatus, string>> = {
  ok: 'ok     ',
  missing: 'missing',
  warning: 'warning',
  broken: 'broken ',
};

function checkLines(checks: readonly Check[], colours: Colours): string[] {
  return checks.flatMap(({ status, what, fix }) => {
    const mark = MARKS[status];
    const paint = status === 'ok' ? colours.good : status === 'missing' ? colours.faint : colours.bad;
    const line = `${paint(mark)}  ${printable(what)}`;
    return fix === undefined ? [line] : [line, `         ${colours.strong('fix:')} ${printable(fix)}`];
  });
}
