// Runs inside the board: the command itself, compiled.

import '../../../tools/mctpkit.js';
