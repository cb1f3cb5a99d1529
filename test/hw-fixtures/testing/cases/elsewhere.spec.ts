/** Hardware on which the device is not. */

import { deviceCases } from './device-cases.js';

process.env.MCTPKIT_HIL = 'bench:';
process.env.CASE_UUID = '00000000-0000-0000-0000-0000000000ff';
deviceCases();
