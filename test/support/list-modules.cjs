// Loaded with --require: writes the path of every file of code that is loaded to the file $MODULES. Node's own loader and that of
// the command both read it with readFileSync.

const fs = require('node:fs');

const { appendFileSync, readFileSync } = fs;
fs.readFileSync = (path, ...rest) => {
  if (/\.[cm]?js$/.test(String(path))) appendFileSync(process.env.MODULES, `${path}\n`);
  return readFileSync(path, ...rest);
};
