/** `[vendors.NAME]`: declarations of vendors' messages, in the configuration or in files of their own. */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import {
  answerOf,
  declareVendor,
  type FieldDeclaration,
  FieldProblem,
  type HeaderPart,
  type VendorCommandDeclaration,
  type VendorDeclaration,
  type VendorProtocol,
  vendorName,
} from '../../stack/vendor/index.js';
import { LAYER_NAMES } from '../decode/layers.js';
import { VENDOR, VENDOR_COMMAND, VENDOR_FIELD } from './config-keys.js';
import { readSection } from './config-section.js';
import { isWord } from './vendor-kinds.js';

const DEFAULT_HEADER: readonly HeaderPart[] = ['flags', 'command'];

/** All of a file. @throws MctpError EUSAGE with the line */
export function readVendors(root: TomlTable): VendorDeclaration[] {
  return root.tables('vendors').map(([name, table]) => readVendor(String(name), table));
}

function readVendor(name: string, table: TomlTable): VendorDeclaration {
  checkName(name, table);
  const { pci, iana, title, byteOrder, header, codes } = readSection(VENDOR, table);
  if ((pci === undefined) === (iana === undefined)) {
    throw table.error([], `whose messages are ${name}'s? Give it pci = 0x1234 or iana = 12345, and not both`);
  }
  const type = pci === undefined ? MESSAGE_TYPE.vendorIana : MESSAGE_TYPE.vendorPci;
  const id = (pci ?? iana)!;
  const tables = table.tables('commands').map(([command, one]) => [String(command), one] as const);
  table.done();
  if (tables.length === 0) throw table.error([], `${name} has no commands: add [vendors.${name}.commands.NAME]`);
  const commands = tables.map(([command, one]) => readCommand(command, one));
  checkCommands(tables, commands);
  const declaration: VendorDeclaration = {
    name,
    type,
    id,
    byteOrder,
    commands,
    title: title ?? vendorName(type, id) ?? name,
    header: header ?? DEFAULT_HEADER,
    codes: codes ?? {},
  };
  const vendor = explained(declaration, table, tables);
  for (const [index, [, one]] of tables.entries()) checkValues(one, commands[index]!, vendor);
  return declaration;
}

function checkName(name: string, table: TomlTable): void {
  if (!/^[a-z][a-z0-9_-]*$/.test(name)) {
    throw table.error([], `"${name}" is not a name for a vendor: use small letters, digits, - and _`);
  }
  if (LAYER_NAMES.some((layer) => layer.toLowerCase() === name)) {
    throw table.error([], `${name} is the name of a layer: call the vendor's messages something else`);
  }
}

function readCommand(name: string, table: TomlTable): VendorCommandDeclaration {
  if (!isWord(name)) throw table.error([], `"${name}" is not a name: use a letter, then letters, digits and _`);
  const { code, request, answer, codes } = readSection(VENDOR_COMMAND, table);
  table.done();
  return { name, code, request: readFields(request ?? []), answer: readFields(answer ?? []), codes: codes ?? {} };
}

function readFields(tables: readonly TomlTable[]): FieldDeclaration[] {
  return tables.map((table) => {
    const field = readSection(VENDOR_FIELD, table);
    table.done();
    const { name, bits } = field;
    if (name === 'completionCode') throw table.error(['name'], 'every answer begins with completionCode: leave it out');
    // Bits have names of their own; what holds them needs none.
    return { ...field, name: named(table, name ?? (bits && Object.keys(bits).join('_'))) };
  });
}

function named(table: TomlTable, name: string | undefined): string {
  if (name === undefined) throw table.error([], 'a field needs a name');
  return name;
}

function checkCommands(
  tables: readonly (readonly [string, TomlTable])[],
  commands: readonly VendorCommandDeclaration[],
): void {
  commands.forEach(({ name, code }, index) => {
    const other = commands
      .slice(0, index)
      .find((one) => one.code === code || one.name.toLowerCase() === name.toLowerCase());
    if (other === undefined) return;
    const [, table] = tables[index]!;
    if (other.code === code) throw table.error(['code'], `code ${code} is ${other.name}'s already`);
    throw table.error([], `${name} and ${other.name} differ only in capital letters`);
  });
}

/** What the engine refuses, told with its line. */
function explained(
  declaration: VendorDeclaration,
  table: TomlTable,
  commands: readonly (readonly [string, TomlTable])[],
): VendorProtocol {
  // Each list of fields alone first: so it is known whose problem it is.
  declaration.commands.forEach((one, index) => {
    for (const part of ['request', 'answer'] as const) {
      const alone = { ...one, request: [], answer: [], [part]: one[part] };
      try {
        declareVendor({ ...declaration, commands: [alone] });
      } catch (error) {
        if (error instanceof FieldProblem)
          throw commands[index]![1].error([part, error.index, error.key], error.message);
        if (MctpError.is(error)) throw table.error(['header'], error.message);
        throw error;
      }
    }
  });
  return declareVendor(declaration);
}

/** The declared values must be such as an answer can carry. */
function checkValues(table: TomlTable, { answer }: VendorCommandDeclaration, vendor: VendorProtocol): void {
  const command = vendor.commands.named(String(table.path.at(-1)))!;
  try {
    answerOf(vendor, command);
  } catch (error) {
    if (!MctpError.is(error)) throw error;
    const index = answer.findIndex(({ name }) => error.message.includes(`: ${name}`));
    throw table.error(index < 0 ? ['answer'] : ['answer', index, 'value'], `value: ${error.message}`);
  }
}
