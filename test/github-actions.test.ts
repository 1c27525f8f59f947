import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { FINDING_CODES } from '../src/check/messages.ts';
import { addedFiles, CONNECTOR, connectorFile, withMethod } from './support/added-project.ts';
import { fakeManager } from './support/fake-manager.ts';
import { BIN, plainEnv } from './support/flue.ts';
import { readPage } from './support/pages.ts';
import { type Files, temporaryFolder } from './support/temporary-folder.ts';
import { giveAway, readWorkflow, type Runner, runSteps, UNPRIVILEGED, writeProgram } from './support/workflow.ts';

const RECIPES = readPage('docs/ci.md');

const BOOTSTRAP = readWorkflow(RECIPES, 'add-daytona.yml');

const DRIFT = readWorkflow(RECIPES, 'daytona.yml');

const OLD = connectorFile('0.9.0');

interface Repository extends Runner {
	readonly remote: string;
}

function git(cwd: string, ...args: readonly string[]): string {
	const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'safe.directory=*'];
	return execFileSync('git', [...identity, ...args], { cwd, env: plainEnv(), encoding: 'utf8', stdio: 'pipe' });
}

/** What `npm ci` and `npm install` leave behind, as far as the steps look at it, and npx with this very program. */
function programs(): string {
	const bin = temporaryFolder();
	fakeManager(
		bin,
		'npm',
		`
		const [command] = process.argv.slice(2);
		if (command === 'install') declare(...process.argv.at(-1).split(/(?<=.)@/));
		for (const [name, range] of Object.entries(JSON.parse(fs.readFileSync('package.json', 'utf8')).dependencies)) {
			fs.mkdirSync('node_modules/' + name, { recursive: true });
			fs.writeFileSync('node_modules/' + name + '/package.json', JSON.stringify({ name, version: range.replace('^', '') }));
		}`,
	);
	writeProgram(
		bin,
		'npx',
		`[ "$1" = --yes ] && [ "$2" = flue-connectors@${manifest.version} ]\nexec "${process.execPath}" "${BIN}" "\${@:3}"`,
	);
	writeProgram(bin, 'gh', 'echo "gh $*"\n[ -n "$GH_TOKEN" ]');
	return bin;
}

/** A fresh checkout, as `actions/checkout` leaves it, of a repository with these files. */
function checkout(files: Files): Repository {
	const [remote, cwd, home] = [temporaryFolder(), temporaryFolder(files), temporaryFolder()];
	rmSync(join(cwd, '.git'), { recursive: true, force: true });
	rmSync(join(cwd, 'node_modules'), { recursive: true, force: true });
	rmSync(join(cwd, '.env'), { force: true });
	git(remote, 'init', '--quiet', '--bare', '--initial-branch=main');
	git(cwd, 'init', '--quiet', '--initial-branch=main');
	git(cwd, 'add', '--all');
	git(cwd, 'commit', '--quiet', '--message', 'Begin');
	git(cwd, 'remote', 'add', 'origin', remote);
	git(cwd, 'push', '--quiet', 'origin', 'main');
	const bin = programs();
	for (const folder of [remote, cwd, home, bin]) giveAway(folder, UNPRIVILEGED);
	return { remote, cwd, home, bin, values: { 'secrets.DAYTONA_API_KEY': 'not-to-be-shown', 'github.token': 'token' } };
}

function branches({ remote }: Repository): string[] {
	return git(remote, 'branch', '--format=%(refname:short)').trim().split('\n');
}

const FRESH: Files = {
	'package.json': { name: 'bot', private: true, dependencies: { '@flue/runtime': '^2.1.0' } },
	'package-lock.json': { name: 'bot', lockfileVersion: 3, packages: {} },
	'.gitignore': 'node_modules\n.env\n',
	'src/agent.ts': `'use agent';\n`,
};

describe('the recipe for GitHub Actions: bootstrap', () => {
	test('puts the connector into a repository that has none, as a pull request', async () => {
		const repository = checkout(FRESH);
		const steps = await runSteps(BOOTSTRAP['add']!.steps, repository);
		expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
		expect(steps.at(-1)?.output).toContain('gh pr create --fill --head add-daytona');
		expect(branches(repository)).toEqual(['add-daytona', 'main']);
		const changed = git(repository.remote, 'diff', '--name-only', 'main', 'add-daytona').trim().split('\n');
		expect(changed).toEqual(['package.json', 'src/connectors/daytona.ts']);
		expect(git(repository.remote, 'show', 'add-daytona:src/connectors/daytona.ts')).toBe(connectorFile('2.0.2'));
	});

	test('does nothing in one that has it', async () => {
		const repository = checkout(addedFiles('2.1.0', connectorFile('2.0.2')));
		const steps = await runSteps(BOOTSTRAP['add']!.steps, repository);
		expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
		expect(branches(repository)).toEqual(['main']);
	});
});

describe('the recipe for GitHub Actions: drift', () => {
	test('passes where all is right', async () => {
		const steps = await runSteps(DRIFT['check']!.steps, checkout(addedFiles('2.1.0', connectorFile('2.0.2'))));
		expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
		expect(steps.at(-1)?.output).toContain('Daytona is in order');
	});

	test('fails where the connector no longer fits the runtime, and shows no secret', async () => {
		const steps = await runSteps(DRIFT['check']!.steps, checkout(addedFiles('2.1.0', OLD)));
		expect(steps.at(-1)?.exitCode).toBe(5);
		expect(steps.at(-1)?.output).toContain('contract-mismatch');
		expect(steps.map(({ output }) => output).join('')).not.toContain('not-to-be-shown');
	});

	test('opens a pull request with the update, and the edits are in it', async () => {
		const repository = checkout(addedFiles('2.1.0', withMethod(OLD)));
		const steps = await runSteps(DRIFT['update']!.steps, repository);
		expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
		expect(steps.at(-1)?.output).toContain('gh pr create --fill --head update-daytona');
		expect(git(repository.remote, 'diff', '--name-only', 'main', 'update-daytona').trim()).toBe(CONNECTOR);
		expect(git(repository.remote, 'show', `update-daytona:${CONNECTOR}`)).toBe(withMethod(connectorFile('2.0.2')));
	});

	test('pushes nothing where nothing is to be updated', async () => {
		const repository = checkout(addedFiles('2.1.0', connectorFile('2.0.2')));
		const steps = await runSteps(DRIFT['update']!.steps, repository);
		expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
		expect(branches(repository)).toEqual(['main']);
	});

	test('fails where a decision is needed, says which, and pushes nothing', async () => {
		const repository = checkout(
			addedFiles('2.1.0', OLD.replace('return createSandboxSessionEnv(', 'return await createSandboxSessionEnv(')),
		);
		const steps = await runSteps(DRIFT['update']!.steps, repository);
		expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 3]);
		expect(steps.at(-1)?.output).toContain(`Both are in ${CONNECTOR}.merge`);
		expect(existsSync(join(repository.cwd, `${CONNECTOR}.merge`))).toBe(true);
		expect(branches(repository)).toEqual(['main']);
	});
});

test.each(['add-daytona.yml', 'daytona.yml'])('pins what the workflow %s runs, and how long it may take', (file) => {
	for (const { steps, ...job } of Object.values(readWorkflow(RECIPES, file))) {
		expect(job).toMatchObject({ 'timeout-minutes': expect.any(Number) });
		const actions = steps.flatMap(({ uses = [] }) => uses);
		expect(actions.length).toBeGreaterThan(1);
		expect(actions.filter((action) => !/^actions\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
	}
});

test('pins this version of the program wherever a workflow runs it', () => {
	const runs = RECIPES.match(/npx --yes \S+/g);
	expect(runs).toHaveLength(3);
	expect(new Set(runs)).toEqual(new Set([`npx --yes flue-connectors@${manifest.version}`]));
});

test.each(FINDING_CODES)('explains the finding %s in docs/check.md', (code) => {
	expect(readPage('docs/check.md')).toMatch(new RegExp(`^\\| .*\`${code}\`.* \\| (?:error|note)`, 'm'));
});
