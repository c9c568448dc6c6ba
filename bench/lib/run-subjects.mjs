import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { header } from './machine.mjs';

/** Runs one subject in a process of its own and gives its figures. */
function figuresOf(file, args, json) {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const figures = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return console.error(line);
    figures.push(JSON.parse(line));
    if (json) console.log(line);
  });
  return new Promise((resolve) => {
    child.on('close', (status, signal) => resolve({ figures, failed: status !== 0, why: signal ?? status }));
  });
}

/** Keeps a subject's figures, whole or not at all: one line about the machine, then a line per figure. */
function keep(path, command, figures) {
  const lines = [{ machine: header(), command }, ...figures].map((line) => JSON.stringify(line));
  writeFileSync(`${path}.part`, `${lines.join('\n')}\n`);
  renameSync(`${path}.part`, path);
}

/**
 * Runs subjects one after the other and prints a table for each, or their JSON lines.
 * @param out a folder that keeps each subject's figures, as SUBJECT.jsonl; a subject that it has is not run again,
 *   unless `again`
 * @param command what runs one subject, for the file that is kept
 * @returns the exit status: 0, or 1 where a subject is unknown or failed
 */
export async function runSubjects({ folder, known, wanted, json, args, table, out, again, command }) {
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`bench: no subject ${unknown.join(', ')}; there are ${known.join(', ')}`);
    return 1;
  }
  if (out) mkdirSync(out, { recursive: true });
  const begun = Date.now();
  let failures = 0;
  if (!json) console.log(header());
  for (const subject of wanted.length > 0 ? wanted : known) {
    const path = out && join(out, `${subject}.jsonl`);
    if (path && !again && existsSync(path)) {
      console.error(`bench: ${subject} is in ${path}; --again runs it again`);
      continue;
    }
    const { figures, failed, why } = await figuresOf(`${folder}/${subject}.mjs`, args, json);
    if (!json) console.log(`\n## ${subject}\n\n${table(figures)}`);
    if (failed) {
      console.error(`bench: ${subject} ended with ${why}`);
      failures++;
    } else if (path) {
      keep(path, `${command} -- ${[subject, ...args].join(' ')}`, figures);
    }
  }
  if (!json) console.log(`\n${((Date.now() - begun) / 1000).toFixed(0)} s`);
  return failures > 0 ? 1 : 0;
}
