import { describe, expect, it } from 'vitest';
import { flue, readTree } from '../support/flue.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const FLUE = { 'package.json': { dependencies: { '@flue/runtime': '2.1.0' } }, '.flue/agents/a.ts': '' };

const PROJECTS: readonly [what: string, files: Files, warning: string][] = [
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

describe.each(PROJECTS)('in a project of %s', (_, files, warning) => {
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
		const { changes, install, warnings, packages } = JSON.parse(stdout) as Record<string, unknown>;
		expect(exitCode).toBe(0);
		expect(warnings).toContain(warning);
		expect(install).toBeNull();
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
		expect((await flue(['add', 'daytona', '--write', '--no-install'], { cwd })).exitCode).toBe(0);
	});
});

it('prints a command that works in a project whose package manager cannot be run', async () => {
	const cwd = temporaryFolder({ ...FLUE, 'deno.json': '{}' });
	const { stdout } = await flue(['add', 'daytona', '--print'], { cwd });
	expect(stdout).toMatch(/add daytona --write --yes --no-install/);
});
