#!/usr/bin/env node
/** The command as plain modules. What is published is started by launcher/launcher.ts. */

import { fileURLToPath } from 'node:url';
import { main } from './main.js';

await main(fileURLToPath(import.meta.url), process.argv.slice(2));
