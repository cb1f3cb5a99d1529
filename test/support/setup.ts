/** Run before each file of tests; what it imports, once in a worker. */

import './equal-bytes.js';
import './source-positions.js';
import './use-seed.js';
