/** With the hardware that the environment names, as a user runs it. */

import { deviceCases } from './device-cases.js';

deviceCases();
