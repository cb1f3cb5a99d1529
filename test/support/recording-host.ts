/** Published for others' tests, too. */

export * from '../../hw-fixtures/testing/recording-host.js';
