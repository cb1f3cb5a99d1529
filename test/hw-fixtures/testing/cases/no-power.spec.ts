/** Hardware without a power switch. */

import { deviceCases, ELSEWHERE } from './device-cases.js';

deviceCases({ MCTPKIT_HIL_POWER: '', ...ELSEWHERE });
