/** Published for others' tests, too. */

export * from '../../hw-fixtures/testing/memory-port.js';
