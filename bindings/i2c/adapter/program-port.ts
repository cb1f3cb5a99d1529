/** `exec:`: a program of the user's that speaks the adapter protocol on its standard input and output. */

import { spawn } from 'node:child_process';
import { MctpError } from '../../../stack/errors.js';
import { type OpenStreams, StreamPort } from './stream-port.js';

/** What of its complaints is quoted when it ends. */
const MOST_TEXT = 500;
/** It is asked to end by the end of its input, then told to. */
const END_MS = 1000;
/** From its end to that of what it has said: a program which it has left running may hold that open forever. */
const LAST_WORDS_MS = 100;

/** @param command a line for the shell */
export function programPort(command: string): StreamPort {
  const name = `exec:${command}`;
  return new StreamPort(name, () => start(name, command));
}

async function start(name: string, command: string): Promise<OpenStreams> {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-MOST_TEXT);
  });
  const ended = new Promise<MctpError>((resolve) => {
    child.once('error', (cause) =>
      resolve(new MctpError('ENODEV', `${name} does not start: ${cause.message}`, { cause })),
    );
    child.once('exit', () => {
      const timer = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, LAST_WORDS_MS);
      child.once('close', () => clearTimeout(timer));
    });
    child.once('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal;
      const last = complaint.trim().split('\n').at(-1) ?? '';
      resolve(new MctpError('ENODEV', `${name} has ended (${how})${last === '' ? '' : `: ${last}`}`));
    });
  });
  return {
    input: child.stdout,
    output: child.stdin,
    ended,
    close: async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
