import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import all from './vitest.config.js';

// What tells most in the shortest time, while one works: `npm run test:quick`. Left out is what runs whole worlds, emulated
// processors, real terminals, real serial lines and programs of their own; `npm test` has them.
const SLOW = [
  'docs/examples/{families,shared_client}.test.ts',
  'test/bindings/compliance.test.ts',
  'test/bindings/ownership/ownership.test.ts',
  'test/bindings/cable/{firmware,sockets,sub-paths}.test.ts',
  'test/hw-fixtures/{compliance,default-bench,device,pldm}.test.ts',
  'test/hw-fixtures/pico/**',
  'test/hw-fixtures/testing/{device-fixture,other-runners,validate}.test.ts',
  'test/hw-fixtures/validator/{hostile,matrix}.test.ts',
  'test/nvme-mi/{events,proofs,tool}.test.ts',
  'test/pldm/{download,properties}.test.ts',
  'test/pldm/file/transfer.test.ts',
  'test/pldm/firmware/{model,package,resume,speed,update}.test.ts',
  'test/stack/properties.test.ts',
  'test/stack/bus-owner/{fleet,two-owners}.test.ts',
  'test/stack/spdm/spdm-vectors.test.ts',
  'test/tools/{adapter,cable,capture,code-cache,comforts,control,discover,docs,documented,ends,every-verb,extcap}.test.ts',
  'test/tools/{field-inputs,file,kernel-missing,manual,name,pldm,pldm-commands,run,sensors-watch,serve,serve-*}.test.ts',
  'test/tools/{capture-analyser,look-only-verbs,nothing-left,ready,start,top,traffic,unreadable-files}.test.ts',
  'test/tools/fw/{fw,resume,restart,terminal}.test.ts',
  'test/tools/history/{clock-jump,history,many-termini,watch-reload,watching}.test.ts',
  'test/tools/validate/{own-devices,verb}.test.ts',
  'test/tools/ways/ways.test.ts',
  'test/tools/web/{file-download,firmware-desk,web-server}.test.ts',
];

export default mergeConfig(all, defineConfig({ test: { exclude: [...configDefaults.exclude, ...SLOW] } }));
