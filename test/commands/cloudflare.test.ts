import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addedFiles, connectorFile } from '../support/added-project.ts';
import { flue } from '../support/flue.ts';
import { flueManifest } from '../support/inspect.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const ADD = ['add', 'daytona', '--write', '--no-install', '--json', '--example', 'basic'];

interface Added {
	readonly manual: readonly { readonly path: string; readonly where: string; readonly lines: string }[];
	readonly next: readonly { readonly command: string; readonly when: string }[];
	readonly env: readonly { readonly name: string; readonly from: string | null }[];
	readonly changes: readonly { readonly path: string }[];
}

function project(runtime: string, files: Files): string {
	return temporaryFolder({ 'package.json': flueManifest(runtime), 'src/app.ts': 'export default {};\n', ...files });
}

async function add(cwd: string): Promise<Added> {
	const { stdout, stderr, exitCode } = await flue(ADD, { cwd });
	expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
	return JSON.parse(stdout);
}

const CLASS = 'FlueHelloDaytonaAgent';

describe('the lines that declare the Durable Object class of an example', () => {
	const entry = (tag: string, ...classes: readonly string[]) =>
		`{ "tag": "${tag}", "new_sqlite_classes": [${classes.map((name) => `"${name}"`).join(', ')}] }`;
	const last = 'as the last entry of "migrations"';

	test.each<[string, string, string, string, string]>([
		[
			'no migrations',
			'wrangler.jsonc',
			'{ "name": "bot" }',
			'as a property of the whole',
			`"migrations": [${entry('v1', CLASS)}]`,
		],
		['an empty list', 'wrangler.json', '{ "migrations": [] }', last, entry('v1', CLASS)],
		[
			'comments and trailing commas',
			'wrangler.jsonc',
			'{ // ours\n "migrations": [ { "tag": "v1", "new_sqlite_classes": ["Other"], }, ], }',
			last,
			entry('v2', CLASS),
		],
		[
			'a gap in the tags',
			'wrangler.json',
			'{ "migrations": [{ "tag": "v10" }, { "tag": "v9" }] }',
			last,
			entry('v11', CLASS),
		],
		['padded tags', 'wrangler.json', '{ "migrations": [{ "tag": "0009" }] }', last, entry('0010', CLASS)],
		['words as tags', 'wrangler.json', '{ "migrations": [{ "tag": "first" }] }', last, entry('v2', CLASS)],
		[
			'tags named for the class',
			'wrangler.json',
			'{ "migrations": [{ "tag": "flue-class-FlueOtherAgent" }] }',
			last,
			entry(`flue-class-${CLASS}`, CLASS),
		],
		[
			'a tag that is not to be repeated',
			'wrangler.json',
			'{ "migrations": [{ "tag": "`rm` 1" }] }',
			last,
			entry('v2', CLASS),
		],
		[
			'TOML',
			'wrangler.toml',
			'name = "bot"\n[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ["Other"]\n',
			'at the end, after the other migrations',
			`[[migrations]]\ntag = "v2"\nnew_sqlite_classes = ["${CLASS}"]`,
		],
		[
			'a list in TOML',
			'wrangler.toml',
			'migrations = [{ tag = "v1", new_sqlite_classes = ["Other"] }]\n',
			last,
			`{ tag = "v2", new_sqlite_classes = ["${CLASS}"] }`,
		],
		[
			'exports',
			'wrangler.jsonc',
			'{ "exports": { "Other": { "type": "durable-object", "storage": "sqlite" } } }',
			'in "exports"',
			`"${CLASS}": { "type": "durable-object", "storage": "sqlite" }`,
		],
		[
			'a file that cannot be read',
			'wrangler.toml',
			'name = [',
			'at the end, after the other migrations, with a tag that is not there yet',
			`[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ["${CLASS}"]`,
		],
		[
			'the class deleted once',
			'wrangler.json',
			`{ "migrations": [${entry('v1', CLASS)}, { "tag": "v2", "deleted_classes": ["${CLASS}"] }] }`,
			last,
			entry('v3', CLASS),
		],
	])('are given for %s in %s', async (_, path, text, where, lines) => {
		const cwd = project('2.1.0', { [path]: text });
		const { manual } = await add(cwd);
		expect(manual[0]).toEqual({ path, where, lines });
		expect(readFileSync(join(cwd, path), 'utf8')).toBe(text);
	});

	test('are those of the workflow, and of the registry that every build has, up to 1.0.0-beta.9', async () => {
		const { manual } = await add(project('1.0.0-beta.9', { 'wrangler.json': '{ "migrations": [] }' }));
		expect(manual).toEqual([
			{ path: 'wrangler.json', where: last, lines: entry('v1', 'FlueRegistry', 'FlueHelloDaytonaWorkflow') },
		]);
	});

	test('are not given where they are there, and where Flue or alchemy declares the class', async () => {
		const declared = { 'wrangler.json': `{ "migrations": [${entry('v1', CLASS)}] }` };
		expect((await add(project('2.1.0', declared))).manual.map(({ path }) => path)).toEqual(['src/app.ts']);
		expect((await add(project('0.8.1', { 'wrangler.json': '{}' }))).manual).toEqual([]);
		const alchemy = { 'alchemy.run.ts': "import { Worker } from 'alchemy/cloudflare';\n" };
		expect((await add(project('1.0.0-beta.9', alchemy))).manual).toEqual([]);
	});

	test('come with the route that 2.x needs, and stand in the words after a write', async () => {
		const cwd = project('2.1.0', { 'wrangler.json': '{}' });
		const { stderr } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], { cwd });
		expect(stderr).toContain(
			'  Add to wrangler.json, as a property of the whole:\n' +
				`    "migrations": [${entry('v1', CLASS)}]\n` +
				'  Add to src/app.ts, where its routes are, unless it is there:\n' +
				"    import { createAgentRouter } from '@flue/runtime/routing';\n" +
				"    import { HelloDaytona } from './agents/hello-daytona';\n" +
				"    app.route('/agents/hello-daytona', createAgentRouter(HelloDaytona));\n",
		);
	});

	test('are a step of the instructions, and stand beside the examples that these only show', async () => {
		const cwd = project('2.1.0', { 'wrangler.toml': '' });
		const written = await flue(['add', 'daytona', '--print', '--example', 'basic'], { cwd });
		const lines = `[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ["${CLASS}"]\n`;
		expect(written.stdout).toContain("## Step 5: edit the project's own files, and verify\n");
		expect(written.stdout).toContain(`\`\`\`toml add="wrangler.toml"\n${lines}\`\`\`\n`);
		const shown = await flue(['add', 'daytona', '--print'], { cwd });
		expect(shown.stdout).toContain('## Step 5: verify\n');
		expect(shown.stdout).toContain(`\`\`\`toml\n${lines}\`\`\`\n`);
		expect(shown.stdout).toContain('; for Cloudflare (wrangler.toml). ');
		expect(shown.stdout).toContain('as JSON to `/agents/hello-daytona/<id>`, then GET the same address.\n');
	});

	test('come with how a workflow is called where flue run knows only Node.js', async () => {
		const cwd = project('0.11.1', { 'wrangler.toml': '' });
		const { stdout } = await flue(['add', 'daytona', '--print'], { cwd });
		expect(stdout).toContain('POST its payload as JSON to `/workflows/hello-daytona?wait=result`.');
	});
});

describe('the commands', () => {
	test.each<[string, string, Files, readonly object[]]>([
		[
			'2.x on Cloudflare',
			'2.1.0',
			{ 'wrangler.json': '{}', 'pnpm-lock.yaml': '' },
			[
				{ command: 'pnpm vite dev', when: 'Serve the example in workerd' },
				{
					command: 'flue run src/agents/hello-daytona.ts -m "Which Linux is this?"',
					when: 'Try the example on Node.js',
				},
			],
		],
		[
			'2.x with .dev.vars',
			'2.1.0',
			{ 'wrangler.json': '{}', '.dev.vars': '', 'package-lock.json': '' },
			[
				{ command: 'npx vite dev', when: 'Serve the example in workerd' },
				{
					command: 'flue run src/agents/hello-daytona.ts -m "Which Linux is this?" --env .dev.vars',
					when: 'Try the example on Node.js',
				},
			],
		],
		[
			'1.0.0-beta.9',
			'1.0.0-beta.9',
			{ 'wrangler.json': '{}' },
			[{ command: 'flue run hello-daytona --target cloudflare', when: 'Run the example' }],
		],
		[
			'1.0.0-beta.9 with both targets',
			'1.0.0-beta.9',
			{ 'wrangler.json': '{}', 'flue.config.ts': "export default { target: 'node' };\n" },
			[
				{ command: 'flue run hello-daytona --target cloudflare', when: 'Run the example on Cloudflare' },
				{ command: 'flue run hello-daytona --target node', when: 'Run the example on Node.js' },
			],
		],
		[
			'0.11.1, whose flue run knows no other target than Node',
			'0.11.1',
			{ 'flue.config.ts': "export default { target: 'cloudflare' };\n" },
			[{ command: 'flue dev --target cloudflare', when: 'Serve the example in workerd' }],
		],
	])('follow the target: %s', async (_, runtime, files, commands) => {
		const { next } = await add(project(runtime, files));
		expect(next.slice(0, -1)).toEqual(commands);
	});
});

describe('.dev.vars', () => {
	test('is where a key has to be if it exists: wrangler reads no .env beside it', async () => {
		const files = { 'wrangler.json': '{}', '.env': 'DAYTONA_API_KEY=dtn_x\n' };
		const from = async (more: Files) =>
			(await add(project('2.1.0', { ...files, ...more }))).env.find(({ name }) => name === 'DAYTONA_API_KEY')?.from;
		expect(await from({})).toBe('.env');
		expect(await from({ '.dev.vars': 'DAYTONA_API_KEY=dtn_x\n' })).toBe('.dev.vars');
		expect(await from({ '.dev.vars': '' })).toBeNull();
		expect(await from({ '.dev.vars': '', 'flue.config.ts': "export default { target: 'node' };\n" })).toBe('.env');
	});

	test('has an example that gets the names, as .env.example does', async () => {
		const cwd = project('2.1.0', { 'wrangler.json': '{}', '.dev.vars.example': 'A=1\n', '.env.example': '' });
		const printed = await flue(['add', 'daytona', '--print'], { cwd });
		for (const path of ['.env.example', '.dev.vars.example']) expect(printed.stdout).toContain(`append="${path}"\n`);
		expect((await add(cwd)).changes.map(({ path }) => path)).toEqual(
			expect.arrayContaining(['.env.example', '.dev.vars.example']),
		);
		expect(readFileSync(join(cwd, '.dev.vars.example'), 'utf8')).toMatch(/^A=1\n\n# .*\nDAYTONA_API_KEY=\n/);
	});
});

describe('flue check', () => {
	const AGENT =
		"'use agent';\nexport function Triage() {}\nexport const Helper = () => {};\nexport function helper() {}\n";

	async function finding(files: Files, runtime = '2.1.0'): Promise<{ severity: string; message: string } | undefined> {
		const since = runtime.startsWith('2') ? '2.0.2' : '1.0.0-beta.3';
		const cwd = temporaryFolder({ ...addedFiles(runtime, connectorFile(since)), ...files });
		const { stdout } = await flue(['check', 'daytona', '--json'], { cwd });
		return JSON.parse(stdout).checked[0].findings.find(({ code }: { code: string }) => code === 'class-not-migrated');
	}

	test('finds the classes that are built for the agents and are in no migration', async () => {
		const found = await finding({ 'wrangler.json': '{}', '.flue/agents/triage.ts': AGENT });
		expect(found?.severity).toBe('error');
		expect(found?.message).toContain(
			'FlueTriageAgent (.flue/agents/triage.ts), FlueHelperAgent (.flue/agents/triage.ts) are not declared in wrangler.json',
		);
		expect(found?.message).toContain(
			'\n    "migrations": [{ "tag": "v1", "new_sqlite_classes": ["FlueTriageAgent", "FlueHelperAgent"] }]',
		);
	});

	test('follows a name that is pinned, and the file names of workflows up to 1.0.0-beta.9', async () => {
		const pinned = await finding({
			'wrangler.toml': '',
			'.flue/a.ts': "'use agent';\nexport default function Triage() {}\nTriage.agentName = 'issue-triage';\n",
		});
		expect(pinned?.message).toContain('\n    new_sqlite_classes = ["FlueIssueTriageAgent"]');
		const beta = await finding(
			{ 'wrangler.json': '{}', '.flue/workflows/daily-report.ts': '', '.flue/agents/chat.ts': '' },
			'1.0.0-beta.9',
		);
		expect(beta?.message).toContain('["FlueRegistry", "FlueChatAgent", "FlueDailyReportWorkflow"]');
	});

	test('looks where Flue is run, which may be below the package root', async () => {
		const { '.flue/connectors/daytona.ts': content = '', ...others } = addedFiles('2.1.0', connectorFile('2.0.2'));
		const cwd = temporaryFolder({
			...others,
			'bot/wrangler.json': '{}',
			'bot/.flue/agents/triage.ts': AGENT,
			'bot/.flue/connectors/daytona.ts': content,
		});
		const { stdout } = await flue(['check', 'daytona', '--json'], { cwd: join(cwd, 'bot') });
		expect(stdout).toContain('FlueTriageAgent (bot/.flue/agents/triage.ts)');
		expect(stdout).toContain('not declared in bot/wrangler.json');
	});

	test('finds what the configuration or a build of it binds', async () => {
		const bindings = (name: string) =>
			JSON.stringify({ durable_objects: { bindings: [{ name: 'X', class_name: name }] } });
		expect((await finding({ 'wrangler.json': bindings('FlueOldAgent') }))?.message).toContain(
			'FlueOldAgent (wrangler.json)',
		);
		expect(
			(await finding({ 'wrangler.json': '{}', 'dist/bot/wrangler.json': bindings('FlueBuiltAgent') }))?.message,
		).toContain('FlueBuiltAgent (dist/bot/wrangler.json)');
		expect(await finding({ 'wrangler.json': bindings('Counter') })).toBeUndefined();
	});

	test('has nothing to say where all is declared, and only notes it where Node is a target too', async () => {
		const migrations = [{ tag: 'v1', new_sqlite_classes: ['FlueTriageAgent', 'FlueHelperAgent'] }];
		const agent = { '.flue/agents/triage.ts': AGENT };
		expect(await finding({ 'wrangler.json': JSON.stringify({ migrations }), ...agent })).toBeUndefined();
		expect(await finding(agent)).toBeUndefined();
		const both = { 'wrangler.json': '{}', 'flue.config.ts': "export default { target: 'node' };\n", ...agent };
		expect((await finding(both))?.severity).toBe('note');
	});
});
