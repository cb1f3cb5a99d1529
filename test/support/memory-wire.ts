/** Published for others' tests, too. */

export * from '../../hw-fixtures/testing/memory-wire.js';
