// Loaded with --import: writes the URL of every module that is loaded to the file $MODULES.
import { register } from 'node:module';

register(
  `data:text/javascript,${encodeURIComponent(`
    import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      appendFileSync(process.env.MODULES, url + '\\n');
      return next(url, context);
    }
  `)}`,
);
