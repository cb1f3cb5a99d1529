/** Issue 12, row 19: files that a device names, and text of its own. */

import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { printable } from '../../tools/command-error.js';
import { localPath, PartialFile } from '../../tools/file/local-file.js';
import { writeWholeFile } from '../../tools/read-file.js';
import { streamIo } from '../../tools/stream-io.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mctpkit-names-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file that a device names', () => {
  it.each([
    ['.bashrc', '_bashrc'],
    ['-rf', '_rf'],
    ['../../.ssh', '_ssh'],
    ['a\u202etxt.exe', 'a_u202etxt.exe'],
    ['a\u0000b', 'a_b'],
  ])('%j becomes %s', async (name, local) => {
    expect(await localPath(folder, name)).toEqual({ path: join(folder, local), isDevices: true });
  });

  it.each(['', '.', '..'])('%j is not a name', async (name) => {
    await expect(localPath(folder, name)).rejects.toThrow('no usable name');
  });

  it('does not overwrite, and says how to', async () => {
    writeFileSync(join(folder, 'log'), 'mine');
    await expect(localPath(folder, 'log')).rejects.toThrow(/log is there already, and the device named it: write that/);
    expect(await localPath(join(folder, 'log'), 'log')).toEqual({ path: join(folder, 'log'), isDevices: false });
  });

  it('does not overwrite what came while it was read', async () => {
    const file = await PartialFile.open(await localPath(folder, 'log'), false);
    await file.write(Buffer.from('theirs'));
    writeFileSync(join(folder, 'log'), 'mine');
    await expect(file.finish()).rejects.toThrow('is there already');
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('mine');
  });

  it('is whole under its name, and nothing else stays', async () => {
    const file = await PartialFile.open(await localPath(folder, 'log'), false);
    await file.write(Buffer.from('whole'));
    await file.finish();
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('whole');
    expect(lstatSync(`${file.place.path}.part`, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe('a prepared symbolic link', () => {
  it('NAME.part is not followed', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(folder, 'log.part'));
    await expect(PartialFile.open({ path: join(folder, 'log'), isDevices: true }, true)).rejects.toThrow('log.part');
    const file = await PartialFile.open({ path: join(folder, 'log'), isDevices: true }, false);
    await file.write(Buffer.from('theirs'));
    await file.finish();
    expect([readFileSync(victim, 'utf8'), readFileSync(join(folder, 'log'), 'utf8')]).toEqual(['mine', 'theirs']);
  });

  it('STATE.new and JOURNAL.new are not followed', () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(folder, 'state.new'));
    writeWholeFile(join(folder, 'state'), '{}');
    expect([readFileSync(victim, 'utf8'), readFileSync(join(folder, 'state'), 'utf8')]).toEqual(['mine', '{}']);
    expect(lstatSync(join(folder, 'state')).isFile()).toBe(true);
  });
});

describe('text of a device', () => {
  it('turns nothing around and hides nothing: it is shown as escapes', () => {
    expect(printable('a\u202eb\u200bc\u2028d\ufeff')).toBe('a\\u202eb\\u200bc\\u2028d\\ufeff');
    expect(printable('\u001b[2J')).toBe('\ufffd[2J');
    expect(printable('Größe 温度 שלום')).toBe('Größe 温度 שלום');
  });

  it('is escaped in JSON, and reads back as it was', () => {
    const stdout = new PassThrough();
    const io = streamIo({
      stdin: new PassThrough(),
      stdout,
      stderr: new PassThrough(),
      env: {},
      interrupt: () => {},
      atExit: () => () => {},
    });
    const name = 'a\u007f\u0085\u009f\u202e\u2028z';
    io.print(JSON.stringify({ name }));
    const printed = String(stdout.read());
    expect(printed).toBe('{"name":"a\\u007f\\u0085\\u009f\\u202e\\u2028z"}\n');
    expect(JSON.parse(printed)).toEqual({ name });
  });
});
