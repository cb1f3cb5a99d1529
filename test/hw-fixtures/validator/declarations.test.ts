import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VALIDATOR_PAGES, validatorPages } from '../../../docs/generate-validator.js';
import { allChecks, GROUPS } from '../../../hw-fixtures/validator/registry.js';

describe('the checks of the validator', () => {
  it('have ids of their own', () => {
    const ids = allChecks().map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[A-Z]+-[A-Z]+-\d{3}$/.test(id))).toEqual([]);
  });

  it('name the clause of a standard', () => {
    expect(allChecks().filter(({ clause }) => !/^(DSP\d{4}|NVMe-MI) /.test(clause))).toEqual([]);
  });

  it('are those that the coverage of requirements names', () => {
    const ids = new Set(allChecks().map(({ id }) => id));
    const named = GROUPS.flatMap(({ requirements }) => requirements).flatMap((one) =>
      'checks' in one ? one.checks : [],
    );
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('belong to a requirement each, and each group says what it covers', () => {
    for (const { name, checks, requirements } of GROUPS) {
      expect(requirements, name).not.toEqual([]);
      const named = new Set(requirements.flatMap((one) => ('checks' in one ? one.checks : [])));
      expect(checks.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([]);
    }
  });

  it('are documented: npm run docs:validator', () => {
    const pages = validatorPages();
    expect(readdirSync(VALIDATOR_PAGES).sort()).toEqual([...pages.keys()].sort());
    for (const [file, text] of pages) expect(readFileSync(join(VALIDATOR_PAGES, file), 'utf8')).toBe(text);
  });
});
