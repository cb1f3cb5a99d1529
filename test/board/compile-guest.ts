// Before the board tests: make one JavaScript file of each script that runs inside the board. To read and compile many
// modules takes seconds there.

import { readdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { NATIVE } from '../../esbuild.config.js';
import { boardAvailable } from '../../hw-fixtures/linux-board/index.js';
import { COMPILED } from './support.js';

const FOLDERS = ['test/board/guest', 'test/board/inside'];

export default async function compileGuest(): Promise<void> {
  if (!boardAvailable().ok) return;
  rmSync(COMPILED, { recursive: true, force: true });
  const scripts = FOLDERS.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
  await build({
    entryPoints: scripts.filter((name) => name.endsWith('.ts')),
    outdir: COMPILED,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: [...NATIVE, 'vitest'],
    // Packages that are bundled may be CommonJS.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}
