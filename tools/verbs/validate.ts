/** The verb `validate`: does a device do what the standards require, clause by clause? */

import { readOwnText } from '../../bindings/read-own-file.js';
import { compare, readBaseline } from '../../hw-fixtures/validator/baseline.js';
import { type Check, PERMISSIONS } from '../../hw-fixtures/validator/declaration.js';
import { checksOf, levelIn, PROFILES } from '../../hw-fixtures/validator/profile.js';
import { type CheckResult, runChecks } from '../../hw-fixtures/validator/run-checks.js';
import { checksInGroups, permissionNamed, profileNamed } from '../../hw-fixtures/validator/selection.js';
import { onAbort } from '../../stack/util/abort.js';
import { resolveAddress } from '../address.js';
import { findAddresses } from '../addressed-session.js';
import { CommandError, EXIT, usageError } from '../command-error.js';
import { CONFIG_OPTION } from '../config/find.js';
import { lazily } from '../decode/lazy-layer.js';
import { allFor } from '../option-actions.js';
import { writeWholeFile } from '../read-file.js';
import { Session } from '../session.js';
import { didYouMean } from '../suggest.js';
import { type HtmlReport, htmlReport } from '../validate/html/html-report.js';
import { junitXml } from '../validate/junit.js';
import { listOf, reportOf, summaryOf } from '../validate/report.js';
import { sessionTarget } from '../validate/session-target.js';
import { baselineLines, explanation, listLines, resultLines, verdictCounts } from '../validate/validate-lines.js';
import {
  CAPTURE_OPTION,
  defineVerb,
  flag,
  JSON_OPTION,
  LINK_OPTION,
  OWN_EID_OPTION,
  offering,
  repeatedOption,
  textOption,
  withCommas,
} from '../verb.js';
import { checkReplaceable, orUnwritable } from '../writable.js';

/** Checks are run. */
const RUNS = 'ADDRESS';

export const validate = defineVerb({
  name: 'validate',
  summary: 'check a device against the standards, clause by clause, with reports for CI',
  description:
    'Every check names its clause and keeps what was sent and what came. A device that has no EID is given one where ' +
    'that disturbs no other program (the bench). What checks change is put back, after Ctrl-C too; what disturbs a device runs only ' +
    'with --allow. The exit code is 1 when a check fails, or when no device answers at all.',
  arguments: [{ name: 'address', summary: 'which endpoint: as for ping', required: false, many: false }],
  options: {
    ...allFor([RUNS], { link: LINK_OPTION }),
    ...allFor([RUNS, '--list'], {
      profile: offering(
        textOption('-p, --profile <p>', `${PROFILES.map(({ name }) => name).join(', ')}, or a TOML file`, undefined),
        () => PROFILES.map(({ name }) => name),
      ),
      group: offering(repeatedOption('-g, --group <g>', 'only this group of checks; repeatable'), async () => [
        ...new Set((await knownChecks()).map(({ group }) => group)),
      ]),
    }),
    ...allFor([RUNS], {
      allow: offering(
        repeatedOption('--allow <what>', `what disturbs the device: ${PERMISSIONS.join(', ')}; with commas`),
        withCommas(PERMISSIONS),
      ),
      baseline: textOption('--baseline <file>', 'an earlier --report: say what is new and what is mended', undefined),
      report: textOption('--report <file>', 'write the JSON document of --json', undefined),
      junit: textOption('--junit <file>', 'write JUnit XML', undefined),
      html: textOption(
        '--html <file>',
        'write one HTML file, searchable, with a chart of each failing exchange',
        undefined,
      ),
    }),
    ...allFor(['--list'], { list: flag('--list', 'show the checks instead') }),
    explain: offering(textOption('--explain <id>', 'explain one check instead', undefined), async () =>
      (await knownChecks()).map(({ id }) => id),
    ),
    json: JSON_OPTION,
    ...allFor([RUNS], { ownEid: OWN_EID_OPTION, capture: CAPTURE_OPTION, config: CONFIG_OPTION }),
  },
  does: (_args, { explain, list }) => [explain !== undefined ? '--explain' : list ? '--list' : RUNS],
  examples: [
    ['mctpkit validate 9', 'on the virtual bench'],
    ['mctpkit validate i2c:1/0x1d --profile nvme-ssd --junit report.xml', 'a drive, for CI'],
    ['mctpkit validate --explain MCTP-CTRL-012', 'what a check is about'],
  ],
  async run({ args, options, world }) {
    const { io } = world;
    const all = await knownChecks();
    const { explain, list, json } = options;
    if ((explain !== undefined || list) && args[0] !== undefined) {
      throw usageError(`no device is asked: leave ${args[0]} out, or ${list ? '--list' : '--explain'}`);
    }
    if (explain !== undefined) {
      const check = named(all, explain);
      if (json) io.print(JSON.stringify(listOf([check]), null, 2));
      else for (const line of explanation(check, io.colours)) io.print(line);
      return EXIT.done;
    }
    const profile = chosen(() =>
      profileNamed(options.profile ?? 'all', all, (file) => readOwnText(file, `profile ${file}`)),
    );
    const checks = chosen(() => checksInGroups(checksOf(profile, all), all, options.group));
    if (list) {
      if (json) io.print(JSON.stringify(listOf(checks), null, 2));
      else for (const line of listLines(checks, io.colours)) io.print(line);
      return EXIT.done;
    }
    if (args[0] === undefined) throw usageError('which device? write mctpkit validate 9, or --list for the checks');
    const { addresses, to } = await findAddresses([args[0]], options, world);
    const allowed = chosen(() =>
      options.allow.flatMap((text) => text.split(',')).map((text) => permissionNamed(text.trim(), '--allow')),
    );
    const baseline = options.baseline === undefined ? undefined : baselineIn(options.baseline);
    for (const file of [options.report, options.junit, options.html]) if (file !== undefined) checkReplaceable(file);
    // The session ends after the device has been put back, not with Ctrl-C.
    const ends = new AbortController();
    const session = await Session.open({
      ...to,
      ownEid: options.ownEid,
      capture: options.capture,
      assigns: false,
      world: { ...world, signal: ends.signal },
    });
    const stopListening = onAbort(world.signal, () => void session.close());
    try {
      io.progress('looking for it ...');
      const target = sessionTarget(session, await resolveAddress(session, addresses[0]!, true));
      // From here on the device is put back first.
      stopListening?.();
      const soFar: CheckResult[] = [];
      let stopped: unknown;
      const results = await runChecks({
        target,
        checks,
        allowed,
        levelOf: levelIn(profile),
        signal: world.signal,
        begins: (check, index, total) =>
          io.progress(`${index} of ${total}  ${verdictCounts(soFar)}${check.id}  ${check.title}`),
        ended: (result) => soFar.push(result),
      }).catch((cause: unknown): readonly CheckResult[] => {
        if (!world.signal.aborted) throw cause;
        stopped = cause;
        return soFar;
      });
      io.progress('');
      const changes = baseline === undefined ? undefined : compare(baseline, results);
      const when = new Date(world.time()).toISOString();
      await writeReports(options, { target, results, when, changes });
      if (json) io.print(JSON.stringify(reportOf(target, results), null, 2));
      else {
        io.print(`VALIDATE ${target.name}`);
        for (const line of await lazily(() => resultLines(results, io.colours))) io.print(line);
        if (changes !== undefined) for (const line of baselineLines(changes, io.colours)) io.print(line);
      }
      if (stopped !== undefined) {
        io.note(`interrupted after ${results.length} of ${checks.length} checks; the device was put back`);
        throw stopped;
      }
      return summaryOf(results).fail > 0 || isAbsent(results) ? EXIT.refused : EXIT.done;
    } finally {
      await session.close();
    }
  },
});

/** Loaded when they are asked for: neither help nor completion of most words needs them. */
async function knownChecks(): Promise<Check[]> {
  return (await import('../../hw-fixtures/validator/registry.js')).allChecks();
}

/** Nothing ever came: a run in CI must not be green because the device is not there. */
function isAbsent(results: readonly CheckResult[]): boolean {
  const heard = results.some(({ packets }) => packets.some(({ direction }) => direction === 'received'));
  return !heard && results.some(({ verdict }) => verdict === 'inconclusive');
}

function named(all: readonly Check[], id: string): Check {
  const found = all.find((check) => check.id === id.toUpperCase());
  if (found !== undefined) return found;
  throw usageError(
    `there is no check ${id}${didYouMean(
      id.toUpperCase(),
      all.map((check) => check.id),
    )}: --list shows them`,
  );
}

/** What is wrong with a name that the user gave is a line for the user. */
function chosen<T>(choose: () => T): T {
  try {
    return choose();
  } catch (cause) {
    throw cause instanceof CommandError ? cause : usageError((cause as Error).message, cause);
  }
}

function baselineIn(file: string): ReadonlyMap<string, string> {
  const text = readOwnText(file, `baseline ${file}`);
  try {
    return readBaseline(text);
  } catch (cause) {
    throw usageError(`baseline ${file}: ${(cause as Error).message}`, cause);
  }
}

async function writeReports(
  { report, junit, html }: Readonly<Record<'report' | 'junit' | 'html', string | undefined>>,
  run: HtmlReport,
): Promise<void> {
  const { target, results } = run;
  const write = (file: string, text: string): void => orUnwritable(file, () => writeWholeFile(file, text));
  if (report !== undefined) write(report, `${JSON.stringify(reportOf(target, results), null, 2)}\n`);
  if (junit !== undefined) write(junit, junitXml(target, results));
  if (html !== undefined) write(html, await lazily(() => htmlReport(run)));
}
