import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { temporaryFolder } from './support/temporary-folder.ts';
import { giveAway, runSteps, type Step, UNPRIVILEGED } from './support/workflow.ts';

const ROOT = join(import.meta.dirname, '..');

const WORKFLOWS = join(ROOT, '.github/workflows');

interface Job {
	readonly uses?: string;
	readonly needs?: string;
	readonly permissions?: Readonly<Record<string, string>>;
	readonly 'timeout-minutes'?: number;
	readonly 'runs-on'?: string;
	readonly strategy?: { readonly matrix: object };
	readonly steps?: readonly Step[];
}

function readJobs(file: string): Readonly<Record<string, Job>> {
	return (load(readFileSync(join(WORKFLOWS, file), 'utf8')) as { jobs: Record<string, Job> }).jobs;
}

const RELEASE = readJobs('release.yml');

interface Release {
	readonly tag: string;
	readonly manifest: object;
	readonly changelog: string;
}

const RIGHT: Release = {
	tag: 'v1.2.3',
	manifest: {
		version: '1.2.3',
		type: 'module',
		repository: { url: 'git+https://github.com/somebody/flue-connectors.git' },
	},
	changelog: '# Changelog\n\n## 1.2.3\n\n* New.\n\n## 1.2.2\n\n* Old.\n',
};

/** Runs what decides whether a tag is released, in a repository of these files. */
async function decide({ tag, manifest: own, changelog }: Release) {
	const [cwd, home, bin] = [
		temporaryFolder({ 'package.json': own, 'CHANGELOG.md': changelog }),
		temporaryFolder(),
		temporaryFolder(),
	];
	for (const folder of [cwd, home, bin]) giveAway(folder, UNPRIVILEGED);
	const values = { 'github.ref_name': tag, 'github.repository': 'somebody/flue-connectors' };
	const steps = await runSteps(RELEASE['version']?.steps ?? [], { cwd, home, bin, values });
	expect(steps).toHaveLength(1);
	return { exitCode: steps[0]?.exitCode, output: steps[0]?.output };
}

describe('a pushed tag', () => {
	test('is released when it is the version, and the change log tells of it', async () => {
		expect(await decide(RIGHT)).toEqual({ exitCode: 0, output: '' });
	});

	test.each<[string, Partial<Release>, string]>([
		['of another version', { tag: 'v1.2.4' }, 'The tag is v1.2.4, and package.json says 1.2.3.'],
		[
			'that only begins with the version',
			{ tag: 'v1.2.3-beta.1' },
			'The tag is v1.2.3-beta.1, and package.json says 1.2.3.',
		],
		[
			'of which the change log tells nothing',
			{ changelog: '# Changelog\n\n## 1.2.2\n' },
			'CHANGELOG.md has no heading "## 1.2.3".',
		],
		[
			'of which the change log has no heading',
			{ changelog: '## 1.2.3-beta.1\n\n* Like 1.2.3\n\n## 1x2.3\n' },
			'CHANGELOG.md has no heading "## 1.2.3".',
		],
		[
			'of a package that does not say where it is from',
			{ manifest: { version: '1.2.3' } },
			'that package.json names: undefined.',
		],
		[
			'in a fork',
			{ manifest: { version: '1.2.3', repository: { url: 'git+https://github.com/others/flue.git' } } },
			'that package.json names: git+https://github.com/others/flue.git.',
		],
	])('is refused %s', async (_, difference, words) => {
		const { exitCode, output } = await decide({ ...RIGHT, ...difference });
		expect(exitCode).toBe(1);
		expect(output).toContain(words);
	});
});

test('publishes what passed all checks, by the identity of the workflow, which no other job has', () => {
	const { version, check, publish } = RELEASE;
	expect(Object.keys(RELEASE)).toEqual(['version', 'check', 'publish']);
	expect([version?.needs, check?.needs, publish?.needs]).toEqual([undefined, 'version', 'check']);
	expect([version?.permissions, check?.permissions, publish?.permissions]).toEqual([
		undefined,
		undefined,
		{ contents: 'read', 'id-token': 'write' },
	]);
	expect(check?.uses).toBe('./.github/workflows/ci.yml');
	expect(publish?.steps?.at(-1)?.run).toContain(' --provenance --access public');
});

test('publishes the very tarball that was checked, and installs and builds nothing to do so', () => {
	const checked = readJobs('ci.yml')['check']?.steps ?? [];
	const run = checked.findIndex((step) => step.run === '.ci/run');
	expect(checked[run]?.env).toEqual({ TARBALL_FOLDER: '${{ runner.temp }}' });
	expect(checked[run + 1]).toMatchObject({
		uses: expect.stringMatching(/^actions\/upload-artifact@/),
		with: { name: 'tarball', path: '${{ runner.temp }}/flue-connectors-*.tgz', 'if-no-files-found': 'error' },
	});
	const published = RELEASE['publish']?.steps ?? [];
	expect(published[0]).toMatchObject({
		uses: expect.stringMatching(/^actions\/download-artifact@/),
		with: { name: 'tarball' },
	});
	expect(published.filter(({ uses }) => uses?.startsWith('actions/checkout@'))).toEqual([]);
	expect(published.flatMap(({ run: line = [] }) => line)).toEqual([
		'npm publish "./flue-connectors-${TAG#v}.tgz" --provenance --access public --ignore-scripts',
	]);
});

test('runs the fast tests with Node 20, 22 and 24 on Linux, macOS and Windows, and all the rest on Linux', () => {
	const { fast, check } = readJobs('ci.yml');
	expect(fast?.strategy?.matrix).toEqual({
		os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
		node: [20, 22, 24],
	});
	expect(fast?.steps?.at(-1)?.run).toBe('npm run test:fast');
	expect(manifest.scripts['test:fast']).toContain('vitest run ');
	expect(check?.['runs-on']).toBe('ubuntu-latest');
});

test('checks on GitHub within the time that a run of all tests may take', () => {
	expect(readJobs('ci.yml')['check']?.['timeout-minutes']).toBeLessThanOrEqual(45);
});

test.each(readdirSync(WORKFLOWS))(
	'%s needs no secret, pins its actions by their commits and ends by itself',
	(file) => {
		const text = readFileSync(join(WORKFLOWS, file), 'utf8');
		expect(text).not.toContain('secrets.');
		expect(load(text)).toMatchObject({ permissions: { contents: 'read' } });
		const actions = Array.from(text.matchAll(/uses: (\S+)/g), ([, action = '']) => action).filter(
			(action) => !action.startsWith('./'),
		);
		expect(actions.filter((action) => !/^actions\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
		expect(
			Object.values(readJobs(file)).filter((job) => job.uses === undefined && job['timeout-minutes'] === undefined),
		).toEqual([]);
	},
);

test('tells of the version at hand in the change log', () => {
	expect(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')).toContain(`\n## ${manifest.version}\n`);
});
