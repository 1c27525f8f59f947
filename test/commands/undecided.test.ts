import { describe, expect, it } from 'vitest';
import { flue, readTree } from '../support/flue.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const FLUE = { 'package.json': { dependencies: { '@flue/runtime': '2.1.0' } }, '.flue/agents/a.ts': '' };

/** More folders than the look for a connector goes through. */
const TOO_MANY: Files = Object.fromEntries(Array.from({ length: 320 }, (_, n) => [`.flue/f${n}/`, '']));

const PROJECTS: readonly [what: string, files: Files, warning: string, decided?: readonly string[]][] = [
	[
		'more files than are looked at',
		{ ...FLUE, ...TOO_MANY },
		'This project has too many files to look at all of them: a connector may be in one that was not read. If there is one, name its file with --path; else give --path .flue/connectors/daytona.ts',
		['--path', '.flue/connectors/daytona.ts'],
	],
	[
		'two lockfiles, neither of which has the runtime',
		{ ...FLUE, 'yarn.lock': '', 'package-lock.json': {} },
		'The package manager is not clear: there are yarn.lock, package-lock.json. Give --package-manager npm, pnpm, yarn or bun, or --no-install.',
	],
	[
		'Deno',
		{ ...FLUE, 'deno.json': '{}' },
		'flue cannot run the package manager of this project (deno.json). Give --no-install and add the package yourself.',
	],
	[
		'Rush',
		{ ...FLUE, 'rush.json': '{}' },
		'flue cannot run the package manager of this project (rush.json). Give --no-install and add the package yourself.',
	],
];

describe.each(PROJECTS)('in a project of %s', (_, files, warning, decided = []) => {
	it.each(['--print', '--dry-run', '--diff'])('%s shows the plan, and names what is to be decided', async (mode) => {
		const cwd = temporaryFolder(files);
		const before = readTree(cwd);
		const { stdout, stderr, exitCode } = await flue(['add', 'daytona', mode], { cwd });
		expect(exitCode).toBe(0);
		expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain(warning);
		expect(stdout + stderr).toContain('.flue/connectors/daytona.ts');
		expect(readTree(cwd)).toEqual(before);
	});

	it.each([[], ['--dry-run'], ['--diff']])('--json %s does so too', async (...mode) => {
		const { stdout, exitCode } = await flue(['add', 'daytona', '--json', ...mode], { cwd: temporaryFolder(files) });
		const { changes, warnings, packages, next } = JSON.parse(stdout) as Record<string, unknown>;
		expect(exitCode).toBe(0);
		expect(warnings).toContain(warning);
		expect(next).toEqual([]);
		expect(packages).toContainEqual(expect.objectContaining({ name: '@daytona/sdk', action: 'install' }));
		expect(changes).toContainEqual(expect.objectContaining({ path: '.flue/connectors/daytona.ts', action: 'create' }));
	});

	it('only a write needs it, and changes nothing without', async () => {
		const cwd = temporaryFolder(files);
		const before = readTree(cwd);
		const { stderr, exitCode } = await flue(['add', 'daytona', '--write'], { cwd });
		expect(exitCode).toBe(2);
		expect(stderr.replaceAll(/\s+/g, ' ')).toContain(warning);
		expect(readTree(cwd)).toEqual(before);
		expect((await flue(['add', 'daytona', '--write', '--no-install', ...decided], { cwd })).exitCode).toBe(0);
	});
});

it('installs nothing where it is not known by which manager', async () => {
	const { stdout } = await flue(['add', 'daytona', '--json'], { cwd: temporaryFolder({ ...FLUE, 'deno.json': '{}' }) });
	expect((JSON.parse(stdout) as Record<string, unknown>)['install']).toBeNull();
});

it('a connector that is found leaves nothing to decide, however many files there are', async () => {
	const cwd = temporaryFolder({
		...FLUE,
		...TOO_MANY,
		'.flue/agents/a.ts': "import { daytona } from '../f9/deep/box.js';\n",
		'.flue/f9/deep/box.ts': `// flue-blueprint: sandbox/daytona@1\nexport const daytona = 1;\n`,
	});
	const before = readTree(cwd);
	const { stderr, exitCode } = await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	expect(exitCode).toBe(3);
	expect(stderr).toContain(".flue/f9/deep/box.ts was written by Flue's own guide");
	expect(stderr).not.toContain('too many files');
	expect(readTree(cwd)).toEqual(before);
});

it.each([
	['update', 2],
	['update daytona', 2],
	['check', 5],
	['check daytona', 5],
])('flue %s says that a connector may be where it did not look', async (command, code) => {
	const { stderr, exitCode } = await flue(command.split(' '), { cwd: temporaryFolder({ ...FLUE, ...TOO_MANY }) });
	expect(exitCode).toBe(code);
	expect(stderr).toContain('a connector may be in one that was not read');
	expect(stderr).toContain('--path');
});

it('prints a command that works in a project whose package manager cannot be run', async () => {
	const cwd = temporaryFolder({ ...FLUE, 'deno.json': '{}' });
	const { stdout } = await flue(['add', 'daytona', '--print'], { cwd });
	expect(stdout).toMatch(/add daytona --write --yes --no-install/);
});
