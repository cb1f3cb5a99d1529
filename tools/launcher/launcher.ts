#!/usr/bin/env node
/**
 * The published command. To compile the parts of a verb takes longer than the verb itself: their compiled code is kept,
 * and taken from the second run on.
 */

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { main } from '../main.js';
import { CodeCache, codeCacheFolder } from './code-cache.js';
import { CommandParts } from './command-parts.js';

/** Put in when the command is built: a hash of its parts. */
declare const BUILD: string;

const entry = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
const folder = codeCacheFolder(process.env, `${BUILD}-${process.version}-${process.arch}`);
const cache = folder === undefined ? undefined : new CodeCache(folder);
const parts = new CommandParts(dirname(entry), cache);
// Each verb calls other functions; and its help others than its work.
const use = `${args[0] ?? ''}${args.includes('--help') || args.includes('-h') ? ' --help' : ''}`;
if (cache !== undefined) {
  process.on('exit', (code) => {
    // Of what was done: a word that is not a verb would be one use more each time.
    if (code === 0 && (!cache.has(use) || parts.lacked)) cache.write(use, parts.compiled());
  });
}
const command = parts.load('./main.js') as { readonly main: typeof main };
void command.main(entry, args);
