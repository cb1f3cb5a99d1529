/** `nvme health`: how drives do, once; with what their SMART logs say more. */

import { MctpError } from '../../stack/errors.js';
import { type DriveHealth, isWell, pollHealth } from '../../stack/nvme-mi/drive-report.js';
import type { structures } from '../../stack/nvme-mi/index.js';
import { EXIT, printable } from '../command-error.js';
import type { Io } from '../io.js';
import { jsonText } from '../pldm/open-termini.js';
import type { NvmeDocument } from '../schema/nvme-documents.js';
import { celsiusText, stateText } from './drive-words.js';
import { smartLines } from './log-lines.js';
import { tellFailures } from './nvme-list.js';
import { type Drives, tried, triedForAWhile } from './open-drives.js';

interface Checked {
  readonly health: DriveHealth;
  /** Undefined: without power on PCIe only the poll is answered, which is normal. */
  readonly smart: structures.SmartLog | undefined;
}

/** Exit code 1 as well when a drive warns. */
export async function checkHealth(drives: Drives, json: boolean, io: Io): Promise<number> {
  const { client, session, targets } = drives;
  io.progress('asking ...');
  const found = await Promise.all(
    targets.map(({ to }) =>
      triedForAWhile(session.clock, async (options): Promise<Checked> => {
        const health = await pollHealth(client, to, options);
        const log = async () => client.smart(to, (await client.controllers(to, options))[0] ?? 0, options);
        const smart = await tried(log);
        return { health, smart: smart instanceof MctpError ? undefined : smart };
      }),
    ),
  );
  io.progress('');
  if (json) {
    const list = targets.map(({ name, to }, index) => ({ target: name, eid: to.eid, ...checkedJson(found[index]!) }));
    io.print(jsonText({ action: 'health', drives: list } satisfies NvmeDocument, 2));
  } else {
    targets.forEach(({ name }, index) => {
      const checked = found[index]!;
      if (checked instanceof MctpError) return;
      for (const line of healthLines(name, checked, io)) io.print(line);
    });
  }
  const code = tellFailures(targets, found, io);
  const well = found.every((checked) => !(checked instanceof MctpError) && isWell(checked.health));
  return well ? code : EXIT.refused;
}

function healthLines(name: string, { health, smart }: Checked, { colours }: Io): string[] {
  const { temperature, used, changed } = health;
  const spare = smart === undefined ? '' : `, ${smart.availableSpare} % spare`;
  const head = `${colours.strong(printable(name))}  ${stateText(health, colours)}, ${celsiusText(temperature)}, ${used} % used${spare}`;
  const changes = changed.length === 0 ? [] : [`  changed: ${changed.join(', ')}`];
  return [head, ...changes, ...(smart === undefined ? ['  no SMART log'] : smartLines(smart))];
}

function checkedJson(checked: Checked | MctpError) {
  if (checked instanceof MctpError) {
    const error = { code: checked.code, message: checked.message };
    return { well: false, health: null, smart: null, error };
  }
  const { health, smart } = checked;
  return { well: isWell(health), health, smart: smart === undefined ? null : { ...smart }, error: null };
}
