import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Call {
	readonly args: readonly string[];
	readonly cwd: string;
	readonly env: Readonly<Record<string, string>>;
	/** All that stdin had to give: an open one would hang the fake. */
	readonly stdin: string;
}

/**
 * A program in `folder` that notes how it was called and then runs `script` (CommonJS, with `fs`, `declare(name, range)` for
 * what a manager does to package.json and node_modules, and `calls` for the file of notes).
 */
export function fakeManager(folder: string, name: string, script = ''): void {
	const calls = join(folder, `${name}.calls`);
	const program = join(folder, `${name}.cjs`);
	writeFileSync(
		program,
		`const fs = require('node:fs');
		const calls = ${JSON.stringify(calls)};
		const call = { args: process.argv.slice(2), cwd: process.cwd(), env: process.env, stdin: fs.readFileSync(0, 'utf8') };
		fs.appendFileSync(calls, JSON.stringify(call) + '\\n');
		function declare(name, range) {
			const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8'));
			manifest.dependencies = { ...manifest.dependencies, [name]: range };
			fs.writeFileSync('package.json', JSON.stringify(manifest));
			fs.mkdirSync('node_modules/' + name, { recursive: true });
			fs.writeFileSync('node_modules/' + name + '/package.json', JSON.stringify({ name, version: range.replace(/^[~^]/, '') }));
		}
		${script}`,
	);
	writeFileSync(join(folder, name), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
	chmodSync(join(folder, name), 0o755);
	writeFileSync(join(folder, `${name}.cmd`), `@"${process.execPath}" "${program}" %*\r\n`);
}

export function readCalls(folder: string, name: string): Call[] {
	const calls = join(folder, `${name}.calls`);
	if (!existsSync(calls)) return [];
	// What stands behind the last line end is still being written.
	return readFileSync(calls, 'utf8')
		.split('\n')
		.slice(0, -1)
		.map((line) => JSON.parse(line));
}

/** Resolves as soon as the fake runs. */
export async function untilCalled(folder: string, name: string): Promise<void> {
	while (readCalls(folder, name).length === 0) await sleep(20);
}
