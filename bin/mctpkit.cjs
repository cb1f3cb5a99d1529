#!/usr/bin/env node
/**
 * The command of the package. In a clone it runs the sources, without a build and as they are now; what is published has
 * no sources, and runs what was built of them.
 */

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const source = join(__dirname, '../tools/mctpkit.ts');

async function runSource() {
  const { register } = await import('tsx/esm/api');
  register();
  await import(pathToFileURL(source).href);
}

if (existsSync(source)) {
  runSource().catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error(`mctpkit: the packages of this clone are not installed (${error.message}): npm ci`);
    process.exitCode = 1;
  });
} else require('../dist/tools/mctpkit.js');
