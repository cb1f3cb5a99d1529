/** Published for others' tests, too. */

export * from '../../hw-fixtures/testing/link-compliance.js';
