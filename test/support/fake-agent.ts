import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AgentCall {
	readonly args: readonly string[];
	readonly cwd: string;
	/** Whether each of stdin, stdout and stderr is a terminal. */
	readonly terminals: readonly boolean[];
}

/** A coding agent in `folder` that notes how it was started, and then runs `script` (CommonJS). */
export function fakeAgent(folder: string, name: string, script = ''): void {
	const program = join(folder, `${name}.cjs`);
	writeFileSync(
		program,
		`const call = { args: process.argv.slice(2), cwd: process.cwd(), terminals: [0, 1, 2].map((fd) => require('node:tty').isatty(fd)) };
		require('node:fs').writeFileSync(${JSON.stringify(join(folder, `${name}.call`))}, JSON.stringify(call));
		${script}`,
	);
	writeFileSync(join(folder, name), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
	chmodSync(join(folder, name), 0o755);
}

export function readAgentCall(folder: string, name: string): AgentCall | undefined {
	const file = join(folder, `${name}.call`);
	return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
