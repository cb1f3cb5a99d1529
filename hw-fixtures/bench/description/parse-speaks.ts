/** `[devices.NAME.speaks.VENDOR]`: which declared vendors' messages a device answers, and with what. */

import { MctpError } from '../../../stack/errors.js';
import { type AnswerFields, answerOf, type VendorProtocol } from '../../../stack/vendor/index.js';
import type { SpokenVendor } from '../device/vendor-app.js';
import { didYouMean } from './did-you-mean.js';
import type { TomlTable } from './toml-table.js';

/** An empty table: as declared. @throws MctpError EUSAGE with the line */
export function readSpeaks(table: TomlTable, vendors: readonly VendorProtocol[]): readonly SpokenVendor[] {
  return table.tables('speaks').map(([key, own]) => {
    const vendor = vendors.find(({ declaration }) => declaration.name === key);
    if (vendor !== undefined) return { vendor, answers: readAnswers(own, vendor) };
    const names = vendors.map(({ declaration }) => declaration.name);
    const hint =
      names.length === 0 ? 'none is: --vendor FILE, or [vendors.NAME] of mctpkit.toml' : didYouMean(String(key), names);
    throw own.error([], `the messages of "${key}" are not declared: ${hint}`);
  });
}

function readAnswers(own: TomlTable, vendor: VendorProtocol): SpokenVendor['answers'] {
  const answers = vendor.commands.all.flatMap((command): [string, AnswerFields][] => {
    const given = own.any(command.name);
    if (given === undefined) return [];
    if (!isFields(given)) {
      throw own.error([command.name], `${command.name} is a table of fields, as in { completionCode = 4 }`);
    }
    try {
      answerOf(vendor, command, given);
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      throw own.error([command.name], error.message);
    }
    return [[command.name, given]];
  });
  own.done();
  return Object.fromEntries(answers);
}

function isFields(value: unknown): value is AnswerFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
