/** Hardware on which the device is not. */

import { deviceCases, ELSEWHERE } from './device-cases.js';

deviceCases({ CASE_UUID: '00000000-0000-0000-0000-0000000000ff', ...ELSEWHERE });
