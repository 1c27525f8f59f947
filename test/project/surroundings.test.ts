import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flueManifest, inspect } from '../support/inspect.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const FLUE_2 = { 'package.json': flueManifest('2.1.0') };

const SECRET = 's3cr3t';

const PRIVATE_KEY = `-----BEGIN KEY-----\nMIIEvQ==\nAAAAB3=${SECRET}\n-----END KEY-----`;

describe('the env files', () => {
	it('are read for their names, whatever the style', async () => {
		const text = `\uFEFF# DISABLED=1\nexport ANTHROPIC_API_KEY="${SECRET}"\r\n  DAYTONA_API_KEY = '${SECRET}'\nEMPTY=\nlower_case=1\nKEY="${PRIVATE_KEY}"\nLAST=${SECRET}`;
		const { envFiles } = await inspect(temporaryFolder({ ...FLUE_2, '.env': text }));
		expect(envFiles.map(({ path, names }) => [path, [...names].toSorted()])).toEqual([
			['.env', ['ANTHROPIC_API_KEY', 'DAYTONA_API_KEY', 'EMPTY', 'KEY', 'LAST']],
		]);
	});

	it('give away no value, not even a line of one that looks like a name', async () => {
		const text = `A="${PRIVATE_KEY}"\nB=${SECRET}\n${SECRET}\n__proto__=${SECRET}\nOPENAI_API_KEY=${SECRET}\n`;
		const project = await inspect(
			temporaryFolder({ ...FLUE_2, '.env': text, '.env.local': text, '.dev.vars': text, '.env.example': text }),
		);
		// An example is a file without secrets; its lines are needed to append to it.
		const shown = JSON.stringify({ ...project, envExamples: [] }, (_, value: unknown) =>
			value instanceof Set || value instanceof Map ? [...value] : value,
		);
		expect(shown).not.toContain(SECRET);
		expect(shown).not.toContain('MIIE');
		expect(project.envFiles).toHaveLength(3);
	});

	it.each<[string | undefined, Files]>([
		['.env', { '.env': 'OPENAI_API_KEY=x', '.env.local': 'ANTHROPIC_API_KEY=x' }],
		['.env.local', { '.env': 'PORT=1', '.env.local': 'ANTHROPIC_API_KEY=x' }],
		['.dev.vars', { '.dev.vars': 'GEMINI_API_KEY=x' }],
		[undefined, { '.env': 'PORT=1', '.env.example': 'OPENAI_API_KEY=' }],
		[undefined, {}],
	])('tell where the key of the model provider is: %s', async (expected, files) => {
		expect((await inspect(temporaryFolder({ ...FLUE_2, ...files }))).modelKeyFile).toBe(expected);
	});

	it('do not hold up the look when they are pipes or folders', async () => {
		const root = temporaryFolder({ ...FLUE_2, '.env.local/': '', '.dev.vars': 'A=\n' });
		execFileSync('mkfifo', [join(root, '.env')]);
		const { envFiles } = await inspect(root);
		expect(envFiles.map(({ path }) => path)).toEqual(['.dev.vars']);
	});
});

describe('knows what git ignores', () => {
	it.each<[string, Files]>([
		['a name', { '.gitignore': '.env\n' }],
		['a pattern', { '.gitignore': '*.log\n.env*\n!.env.example\n' }],
		['a pattern taken back', { '.gitignore': '.env*\n!.env\n' }],
		['a file further up', { '../.gitignore': '.env\n' }],
		['a rooted pattern further up', { '../.gitignore': '/app/.env*\n' }],
		['a rooted pattern for another folder', { '../.gitignore': '/.env\n' }],
		['a whole folder further up', { '../.gitignore': 'app/\n', '.gitignore': '!.env\n' }],
		['a nearer file that takes back', { '../.gitignore': '.env*\n', '.gitignore': '!.env\n' }],
		['a nearer file that adds', { '../.gitignore': '!.env*\n', '.gitignore': '.env.local\n' }],
		['.git/info/exclude', { '../.git/info/exclude': '.env\n' }],
		['capitals', { '.gitignore': '.ENV\n' }],
		['names', { '.gitignore': 'node_modules\r\n.env\r\n.env.local\r\n.dev.vars\r\n' }],
		['names, one of them taken back', { '.gitignore': '.env\n.env.local\n.dev.vars\n!.env.local\n' }],
		['names, in a folder that is ignored', { '../.gitignore': 'app\n', '.gitignore': '.env\n.env.local\n.dev.vars\n' }],
		['nothing', {}],
	])('by %s', async (_, files) => {
		const repository = temporaryFolder();
		execFileSync('git', ['init', '-q', repository]);
		const root = join(repository, 'app');
		writeFiles(root, { ...FLUE_2, '.env': '', '.env.local': '', '.dev.vars': '', ...files });
		const { envFiles } = await inspect(root);
		expect(Object.fromEntries(envFiles.map(({ path, ignoredByGit }) => [path, ignoredByGit]))).toEqual(
			Object.fromEntries(envFiles.map(({ path }) => [path, askGit(root, path)])),
		);
	});

	it('outside of a repository goes by the .gitignore that is there', async () => {
		const { envFiles } = await inspect(
			temporaryFolder({ ...FLUE_2, '.gitignore': '.env\n', '.env': '', '.env.local': '' }),
		);
		expect(envFiles.map(({ path, ignoredByGit }) => [path, ignoredByGit])).toEqual([
			['.env', true],
			['.env.local', false],
		]);
	});
});

function askGit(root: string, path: string): boolean {
	try {
		execFileSync('git', ['-c', 'core.excludesFile=', 'check-ignore', '-q', path], {
			cwd: root,
			env: { PATH: process.env['PATH'] },
		});
		return true;
	} catch {
		return false;
	}
}

describe('the deployment targets', () => {
	it.each<[string, Files, object[]]>([
		['none', { '.github/workflows/test.yml': 'run: npm test' }, []],
		['wrangler.toml', { 'wrangler.toml': '' }, [{ value: 'cloudflare', from: 'wrangler.toml' }]],
		['wrangler.jsonc', { 'wrangler.jsonc': '{}' }, [{ value: 'cloudflare', from: 'wrangler.jsonc' }]],
		[
			'a workflow',
			{ '.github/workflows/a.yml': 'run: npm test', '.github/workflows/triage.yaml': 'run: npx flue run triage' },
			[{ value: 'github-actions', from: '.github/workflows/triage.yaml' }],
		],
		[
			'both',
			{ 'wrangler.json': '{}', '.github/workflows/a.yml': 'npm i @flue/cli' },
			[
				{ value: 'cloudflare', from: 'wrangler.json' },
				{ value: 'github-actions', from: '.github/workflows/a.yml' },
			],
		],
		[
			'a workflow with an odd name',
			{ '.github/workflows/a "b".yml': 'flue run' },
			[{ value: 'github-actions', from: '.github/workflows' }],
		],
	])('%s', async (_, files, targets) => {
		expect((await inspect(temporaryFolder({ ...FLUE_2, ...files }))).targets).toEqual(targets);
	});

	it('of a workspace member are in the workflows of the repository', async () => {
		const root = temporaryFolder({
			'.git/HEAD': '',
			'.github/workflows/a.yml': 'flue run',
			'apps/a/package.json': flueManifest('2.1.0'),
		});
		expect((await inspect(join(root, 'apps/a'))).targets).toEqual([
			{ value: 'github-actions', from: '.github/workflows/a.yml' },
		]);
	});
});

it.each([
	['flue.config.ts', "export default { target: 'node', root: './app' };", 1],
	['flue.config.mjs', "export default {\n\troot: 'app',\n};", 1],
	['flue.config.ts', "export default { target: 'node' };", 0],
])('says so when %s moves the root: %s', async (file, text, count) => {
	const root = temporaryFolder({ 'package.json': flueManifest('0.11.1'), 'src/agents/a.ts': '' });
	writeFileSync(join(root, file), text);
	const { warnings } = await inspect(root);
	expect(warnings).toEqual(
		count === 0
			? []
			: [
					`${file} sets a root for Flue, which is not followed here: if the sources are elsewhere, name the file with --path.`,
				],
	);
});
