/** `nvme vpd`: the vital product data of a drive, an IPMI FRU. */

import { toHex } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { MI_STATUS } from '../../stack/nvme-mi/mi-status.js';
import { EXIT, printable } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import { hexDumpLines } from '../format/hex.js';
import type { Io } from '../io.js';
import { jsonText } from '../pldm/open-termini.js';
import { writeWholeFile } from '../read-file.js';
import type { NvmeDocument } from '../schema/nvme-documents.js';
import { checkReplaceable, orUnwritable } from '../writable.js';
import type { OneDrive } from './one-drive.js';
import { tried } from './open-drives.js';

/** A VPD does not say its size: as much as one has, down to what its header needs. */
const SIZES = [4096, 2048, 1024, 512, 256, 128, 64, 32, 8] as const;
const PRODUCT_FIELDS = ['manufacturer', 'product', 'part', 'version', 'serial'] as const;
const AREA = 8;
const END_OF_FIELDS = 0xc1;

export async function showVpd(drive: OneDrive, output: string | undefined, json: boolean, io: Io): Promise<number> {
  if (output !== undefined) checkReplaceable(output);
  const bytes = await readAll(drive);
  if (output !== undefined) orUnwritable(output, () => writeWholeFile(output, bytes));
  const product = productOf(bytes);
  const { where } = drive;
  if (json) {
    const document = { action: 'vpd', ...where, size: bytes.length, hex: toHex(bytes), product } as const;
    io.print(jsonText(document satisfies NvmeDocument, 2));
    return EXIT.done;
  }
  io.print(io.colours.strong(printable(`${where.target}  VPD of ${bytes.length} bytes`)));
  const rows = Object.entries(product ?? {}).map(([name, text]) => [`  ${name}`, printable(text)]);
  for (const line of tableLines(rows)) io.print(line);
  if (product === null) io.note('the VPD has no product area');
  if (output === undefined) for (const line of hexDumpLines(bytes)) io.print(line);
  else io.note(`saved ${output}`);
  return EXIT.done;
}

async function readAll({ client, to }: OneDrive): Promise<Uint8Array> {
  let last: MctpError | undefined;
  for (const size of SIZES) {
    const found = await tried(() => client.readVpd(to, 0, size));
    if (!(found instanceof MctpError)) return found;
    // Beyond its end.
    if ((found as { completionCode?: unknown }).completionCode !== MI_STATUS.invalidParameter) throw found;
    last = found;
  }
  throw last!;
}

/** Null: there is none, or it is broken. */
function productOf(vpd: Uint8Array): Readonly<Record<string, string>> | null {
  const start = (vpd[4] ?? 0) * AREA;
  if (vpd[0] !== 1 || start === 0 || start + 3 > vpd.length) return null;
  const end = Math.min(vpd.length, start + (vpd[start + 1] ?? 0) * AREA);
  const found: Record<string, string> = {};
  let at = start + 3;
  for (const name of PRODUCT_FIELDS) {
    const type = vpd[at];
    if (at >= end || type === undefined || type === END_OF_FIELDS) break;
    const length = type & 0x3f;
    const text = String.fromCharCode(...vpd.subarray(at + 1, Math.min(end, at + 1 + length))).trim();
    if (text !== '') found[name] = text;
    at += 1 + length;
  }
  return found;
}
