/** The table `[devices.NAME.nvme]` of a bench description. */

import type { TomlTable } from '../description/toml-table.js';
import { type DriveDescription, GOOD_DRIVE, OPTIONAL_COMMANDS, type OptionalCommand } from './drive-description.js';

const PRINTABLE = /^[ -~]*$/;

/** What is not said is a good drive's. */
export function readDrive(table: TomlTable): DriveDescription {
  const text = (key: string, most: number, least = 1): string | undefined => {
    const value = table.text(key);
    if (value === undefined || (PRINTABLE.test(value) && value.length >= least && value.length <= most)) return value;
    throw table.error([key], `${key} has ${least} to ${most} ASCII characters`);
  };
  const good = GOOD_DRIVE;
  const drive: DriveDescription = {
    temperature: table.whole('temperature', -60, 126) ?? good.temperature,
    used: table.whole('used', 0, 255) ?? good.used,
    spare: table.whole('spare', 0, 100) ?? good.spare,
    readOnly: table.flag('readOnly') ?? good.readOnly,
    model: text('model', 40) ?? good.model,
    serial: text('serial', 20) ?? good.serial,
    capacity: table.whole('capacity', 1, 1_000_000) ?? good.capacity,
    firmware: text('firmware', 8) ?? good.firmware,
    slots: table.whole('slots', 1, 7) ?? good.slots,
    firstSlotReadOnly: table.flag('firstSlotReadOnly') ?? good.firstSlotReadOnly,
    swing: table.number('swing', 0, 60) ?? good.swing,
    period: table.number('period', 0.1, 86_400) ?? good.period,
    writeRate: table.number('writeRate', 0, 100_000) ?? good.writeRate,
    endurance: table.number('endurance', 0.001, 1_000_000) ?? good.endurance,
    powerOnHours: table.whole('powerOnHours', 0, 1_000_000) ?? good.powerOnHours,
    commitMs: table.number('commitMs', 0, 600_000) ?? good.commitMs,
    eraseMs: table.number('eraseMs', 0, 3_600_000) ?? good.eraseMs,
    vpdWrites: table.whole('vpdWrites', 0, 1_000_000) ?? good.vpdWrites,
    controllers: readControllers(table) ?? good.controllers,
    events: table.flag('events') ?? good.events,
    without: (table.list('without') ?? []).map((word, index) => readOptional(table, word, index)),
  };
  table.done();
  return drive;
}

/** Ids, ascending. */
function readControllers(table: TomlTable): readonly number[] | undefined {
  const list = table.list('controllers');
  if (list === undefined) return undefined;
  const ids = list.map((id, index) => {
    if (Number.isInteger(id) && Number(id) >= 0 && Number(id) <= 0xffff) return Number(id);
    throw table.error(['controllers', index], `${String(id)} is not the id of a controller: use 0 to 65535`);
  });
  if (ids.length > 0 && ids.length <= 2047 && new Set(ids).size === ids.length) return ids.sort((a, b) => a - b);
  throw table.error(['controllers'], 'write 1 to 2047 ids, each once');
}

function readOptional(table: TomlTable, word: unknown, index: number): OptionalCommand {
  const known = OPTIONAL_COMMANDS.find((name) => name === word);
  if (known !== undefined) return known;
  throw table.error(['without', index], `"${String(word)}" is none of ${OPTIONAL_COMMANDS.join(', ')}`);
}
