/** Published for others' tests, too. */

export * from '../../hw-fixtures/testing/virtual-time.js';
