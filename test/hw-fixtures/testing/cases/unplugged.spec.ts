/** Hardware which is named and is not there. */

import { deviceCases, ELSEWHERE } from './device-cases.js';

deviceCases({ MCTPKIT_HIL: 'i2c:tty:/dev/ttyNone0', ...ELSEWHERE });
