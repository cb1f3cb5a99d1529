/**
 * What our JSON looks like: a contract (docs/json.md), printed by `mctpkit schema` and tested against what is printed. A
 * document that one of these files exports is there by its name; the verbs import its type only.
 */

import type { Schema } from './document.js';
import * as firmware from './firmware-documents.js';
import * as history from './history-documents.js';
import * as network from './network-documents.js';
import * as nvme from './nvme-documents.js';
import * as pldm from './pldm-documents.js';
import * as serve from './serve-documents.js';
import * as spdm from './spdm-documents.js';
import * as tables from './table-documents.js';
import * as traffic from './traffic-documents.js';
import * as validate from './validate-documents.js';

const documents = [network, traffic, tables, pldm, firmware, spdm, nvme, validate, serve, history].flatMap((file) =>
  // A part that two files share is not a document.
  Object.values(file).filter((shape) => '$id' in shape),
);

export const SCHEMAS: Readonly<Record<string, Schema>> = Object.fromEntries(
  documents.map((document) => [document.$id.replace('mctpkit:', ''), document]),
);
