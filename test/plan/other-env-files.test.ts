import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { addedFiles, connectorFile } from '../support/added-project.ts';
import { flue, readTree } from '../support/flue.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const SECRET = 'not-to-be-read';

const SCHEMA = '# @defaultSensitive=true\n# ---\nOPENAI_API_KEY=\n';

interface Layout {
	readonly root?: Files;
	readonly member?: Files;
	readonly scripts?: Readonly<Record<string, string>>;
}

/** A member of a workspace, with a connector that is right and no env file of its own. */
function member({ root = {}, member: files = {}, scripts = {} }: Layout): string {
	const {
		'.git/HEAD': head,
		'.env': _env,
		'package.json': manifest,
		...added
	} = addedFiles('2.1.0', connectorFile('2.0.2'));
	const folder = temporaryFolder({
		'package.json': { private: true, workspaces: ['apps/*'] },
		'.git/HEAD': head ?? '',
		...root,
	});
	const cwd = join(folder, 'apps/bot');
	writeFiles(cwd, { ...added, 'package.json': { ...(manifest as object), scripts }, ...files });
	return cwd;
}

async function toldBy(cwd: string): Promise<readonly string[]> {
	const { stdout } = await flue(['add', 'daytona', '--dry-run', '--json'], { cwd });
	const { warnings } = JSON.parse(stdout) as { readonly warnings: readonly string[] };
	return warnings.filter((warning) => warning.includes('.env'));
}

interface KeyFinding {
	readonly code: string;
	readonly severity: string;
	readonly message: string;
}

async function keyFinding(cwd: string): Promise<KeyFinding | undefined> {
	const { stdout } = await flue(['check', 'daytona', '--json'], { cwd });
	const { checked } = JSON.parse(stdout) as {
		readonly checked: readonly { readonly findings: readonly KeyFinding[] }[];
	};
	return checked[0]?.findings.find(({ code }) => code === 'key-missing');
}

const SCHEMA_SENTENCE = (path: string) =>
	`${path} declares variables for varlock: DAYTONA_API_KEY belongs there too, which is left to the user.`;
const EXAMPLE_SENTENCE =
	'The workspace has ../../.env.example: DAYTONA_API_KEY belongs there too, which is left to the user.';
const VALUES_SENTENCE = (path: string) =>
	`The workspace has ${path}, which Flue reads only where it is told to: flue run --env ${path}.`;

describe('files that tell of variables, and that nobody writes here', () => {
	it.each<[string, Layout, readonly string[]]>([
		['a schema of varlock', { member: { '.env.schema': SCHEMA } }, [SCHEMA_SENTENCE('.env.schema')]],
		[
			'a schema at the root of the workspace',
			{ root: { '.env.schema': SCHEMA } },
			[SCHEMA_SENTENCE('../../.env.schema')],
		],
		[
			'the nearer of two schemas',
			{ root: { '.env.schema': SCHEMA }, member: { '.env.schema': SCHEMA } },
			[SCHEMA_SENTENCE('.env.schema')],
		],
		['an example at the root of the workspace', { root: { '.env.example': '' } }, [EXAMPLE_SENTENCE]],
		['an env file there', { root: { '.env': `X=${SECRET}` } }, [VALUES_SENTENCE('../../.env')]],
		['a local env file there', { root: { '.env.local': `X=${SECRET}` } }, [VALUES_SENTENCE('../../.env.local')]],
		[
			'both there',
			{ root: { '.env': `X=${SECRET}`, '.env.example': 'X=\n' } },
			[VALUES_SENTENCE('../../.env'), EXAMPLE_SENTENCE],
		],
		[
			'none that the package has itself',
			{ root: { '.env': '', '.env.example': '' }, member: { '.env': 'A=1', '.env.example': '' } },
			[],
		],
		['none that is a folder', { root: { '.env/': '', '.env.schema/': '' } }, []],
		['none', {}, []],
	])('are named: %s', async (_, layout, expected) => {
		const cwd = member(layout);
		const before = readTree(join(cwd, '../..'));
		expect(await toldBy(cwd)).toEqual(expected);
		expect(readTree(join(cwd, '../..'))).toEqual(before);
	});

	it('are named once in the package of a project without a workspace', async () => {
		const { '.env': _env, ...files } = addedFiles('2.1.0', connectorFile('2.0.2'));
		expect(await toldBy(temporaryFolder({ ...files, '.env.schema': SCHEMA }))).toEqual([
			SCHEMA_SENTENCE('.env.schema'),
		]);
	});

	it('are in the instructions, and stay as they are after a write', async () => {
		const cwd = member({ root: { '.env': `X=${SECRET}`, '.env.example': 'X=\n' }, member: { '.env.schema': SCHEMA } });
		const { stdout } = await flue(['add', 'daytona', '--print', '--no-install'], { cwd });
		for (const sentence of [SCHEMA_SENTENCE('.env.schema'), VALUES_SENTENCE('../../.env'), EXAMPLE_SENTENCE])
			expect(stdout).toContain(`Warning: ${sentence}`);
		const { exitCode, stderr } = await flue(
			['add', 'daytona', '--write', '--no-install', '--example', 'coding-agent'],
			{
				cwd,
			},
		);
		expect(exitCode).toBe(0);
		expect(stdout + stderr).not.toContain(SECRET);
		expect(readFileSync(join(cwd, '.env.schema'), 'utf8')).toBe(SCHEMA);
		expect(readFileSync(join(cwd, '../../.env.example'), 'utf8')).toBe('X=\n');
	});
});

test('a key belongs into the file of the workspace that a script of the package names', async () => {
	const cwd = member({ root: { '.env': `X=${SECRET}` }, scripts: { bot: 'flue run bot --env ../../.env' } });
	expect(await toldBy(cwd)).toEqual([]);
	const { stdout } = await flue(['add', 'daytona', '--print', '--no-install'], { cwd });
	expect(stdout).toContain('in ../../.env, which a script of this package names');
});

describe('a check without the key', () => {
	it('is wrong, and tells of the file of the workspace that flue run does not read by itself', async () => {
		const found = await keyFinding(member({ root: { '.env': `DAYTONA_API_KEY=${SECRET}` } }));
		expect(found).toMatchObject({ severity: 'error', message: expect.stringContaining(VALUES_SENTENCE('../../.env')) });
		expect(found?.message).toContain('nor in an env file of this package');
	});

	it.each<[string, Layout, string]>([
		[
			'a script names the file of the workspace',
			{ root: { '.env': `DAYTONA_API_KEY=${SECRET}` }, scripts: { dev: 'dotenv -e ../../.env -- flue dev' } },
			'in ../../.env, which a script of this package names',
		],
		['varlock may have it from elsewhere', { member: { '.env.schema': SCHEMA } }, SCHEMA_SENTENCE('.env.schema')],
		['varlock does for the workspace', { root: { '.env.schema': SCHEMA } }, SCHEMA_SENTENCE('../../.env.schema')],
	])('only notes it where %s', async (_, layout, words) => {
		const cwd = member(layout);
		expect(await keyFinding(cwd)).toMatchObject({ severity: 'note', message: expect.stringContaining(words) });
		expect((await flue(['check', 'daytona'], { cwd })).exitCode).toBe(0);
	});

	it('says nothing where the key is in the package', async () => {
		const cwd = member({
			root: { '.env': '' },
			member: { '.env': `DAYTONA_API_KEY=${SECRET}`, '.env.schema': SCHEMA },
		});
		expect(await keyFinding(cwd)).toBeUndefined();
	});
});
