import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeAgent, readAgentCall } from '../support/fake-agent.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { flueAtTerminal } from '../support/terminal.ts';

const DECLARE = `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`;

const NAMES = ['npm', 'pnpm', 'yarn', 'bun', 'git', 'node', 'claude', 'stty', 'sh'];

/** A project that has programs of its own, and leaves a trace of each that is run. */
function trappedProject(): string {
	const cwd = temporaryFolder({ ...FLUE_0_7, '.gitignore': '.env\n', '.env': 'DAYTONA_API_KEY=x\n', 'bin/': '' });
	mkdirSync(join(cwd, '.git'));
	writeFiles(cwd, { '.git/HEAD': 'ref: refs/heads/main\n' });
	for (const folder of [cwd, join(cwd, 'bin')]) {
		for (const name of NAMES) {
			writeFiles(folder, { [name]: `#!/bin/sh\n: > "${join(cwd, `${name} was run`)}"\n` });
			chmodSync(join(folder, name), 0o755);
		}
	}
	return cwd;
}

function traces(cwd: string): string[] {
	return NAMES.filter((name) => existsSync(join(cwd, `${name} was run`)));
}

describe.each([
	['a dot', '.:'],
	['an empty entry', ':'],
	['a relative folder', 'bin:./bin:'],
	['a dot at the end', '', ':.'],
])('with %s on PATH, no program is taken from the project', (_, before, after = '') => {
	/** The node that a script asks `env` for. */
	function pathWith(bin: string): string {
		symlinkSync(process.execPath, join(bin, 'node'));
		return `${before}${bin}${after}`;
	}

	test('by a write, a check, and the script of the package manager', async () => {
		const [cwd, bin] = [trappedProject(), temporaryFolder()];
		const env = { PATH: pathWith(bin) };
		fakeManager(bin, 'npm', DECLARE);
		writeFiles(bin, { npm: `#!/usr/bin/env node\nrequire(${JSON.stringify(join(bin, 'npm.cjs'))});\n` });
		expect((await flue(['add', 'daytona', '--write'], { cwd, env })).exitCode).toBe(0);
		expect(readCalls(bin, 'npm')).toHaveLength(1);
		await flue(['check'], { cwd, env });
		expect(traces(cwd)).toEqual([]);
	});

	test('where PATH has none', async () => {
		const cwd = trappedProject();
		const env = { PATH: `${before}/nowhere${after}` };
		expect((await flue(['add', 'daytona', '--write'], { cwd, env })).exitCode).toBe(2);
		expect((await flue(['add', 'daytona', '--agent', 'claude'], { cwd, env })).stderr).toContain(
			'claude is not on PATH.',
		);
		expect(traces(cwd)).toEqual([]);
	});

	test('by an agent that is a script', async () => {
		const [cwd, bin] = [trappedProject(), temporaryFolder()];
		fakeAgent(bin, 'claude');
		writeFiles(bin, { claude: `#!/usr/bin/env node\nrequire(${JSON.stringify(join(bin, 'claude.cjs'))});\n` });
		const terminal = flueAtTerminal(['add', 'daytona', '--agent', 'claude'], { cwd, env: { PATH: pathWith(bin) } });
		await terminal.ended();
		expect(readAgentCall(bin, 'claude')).toBeDefined();
		expect(traces(cwd)).toEqual([]);
	});
});
