import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import all from './vitest.config.js';

// What tells most in the shortest time, while one works: `npm run test:quick`. Left out is what runs whole worlds, real
// terminals, real serial lines and programs of their own; `npm test` has them.
const SLOW = [
  'test/stack/bus-owner/fleet.test.ts',
  'test/stack/properties.test.ts',
  'test/pldm/download.test.ts',
  'test/pldm/firmware/{model,package,resume,speed,update}.test.ts',
  'test/pldm/properties.test.ts',
  'test/hw-fixtures/{compliance,default-bench,device,pldm}.test.ts',
  'test/hw-fixtures/testing/device-fixture.test.ts',
  'test/bindings/compliance.test.ts',
  'test/tools/{comforts,docs,every-verb,extcap,kernel-missing,top,traffic,run,sensors-watch}.test.ts',
  'test/tools/fw/{fw,resume,restart,terminal}.test.ts',
];

export default mergeConfig(all, defineConfig({ test: { exclude: [...configDefaults.exclude, ...SLOW] } }));
