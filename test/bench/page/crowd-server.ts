/** The page about 2000 sensors in a process of its own, so that its work can be told from that of the browser's. */

import { openCrowd } from '../../browser/crowd.js';

const crowd = await openCrowd();
console.log(crowd.origin);
process.once('SIGTERM', () => {
  crowd.close();
  process.exit();
});
