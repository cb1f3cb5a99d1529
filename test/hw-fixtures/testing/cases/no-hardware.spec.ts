/** Nothing is named. */

import { deviceCases } from './device-cases.js';

deviceCases({ MCTPKIT_HIL: '' });
