import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type LoopbackDaytona, startDaytona } from '../support/daytona.ts';
import { type Flue, type FlueProject, flueProject, modelModule } from '../support/flue-project.ts';
import { startModel, type ToolCall } from '../support/model-server.ts';

/** What Cloudflare's own side needs; the tests install without peers, so that those of `agents` are named. */
const CLOUDFLARE = {
	wrangler: '4.151.0',
	'@cloudflare/vite-plugin': '1.64.0',
	vite: '8.3.8',
	'@modelcontextprotocol/sdk': '1.30.0',
	'@modelcontextprotocol/server': '2.0.0',
	'@modelcontextprotocol/client': '2.0.0',
	zod: '4.1.13',
	react: '19.2.0',
};

const BETA: Flue = {
	runtime: '1.0.0-beta.9',
	cli: '1.0.0-beta.9',
	others: { ...CLOUDFLARE, agents: '0.14.5' },
};

const NEWEST: Flue = {
	runtime: '2.1.0',
	cli: '2.0.3',
	others: { ...CLOUDFLARE, '@flue/vite': '2.0.3', hono: '4.13.19' },
	overrides: { '@flue/runtime': '$@flue/runtime' },
};

const VITE_CONFIG = `import { cloudflare } from '@cloudflare/vite-plugin';
import { flue, flueWorkerConfig } from '@flue/vite';
import { defineConfig } from 'vite';
export default defineConfig({ plugins: [flue(), cloudflare({ config: flueWorkerConfig() })] });
`;

const WRANGLER = `{
	// The bot.
	"name": "bot",
	"compatibility_date": "2026-06-01",
	"compatibility_flags": ["nodejs_compat"],
	"migrations": [
		{ "tag": "v1", "new_sqlite_classes": [] },
	],
}
`;

/** Keeps wrangler from asking the network, which is not there. */
const OFFLINE = 'WRANGLER_SEND_METRICS=false CLOUDFLARE_CF_FETCH_ENABLED=false CI=1';

interface Manual {
	readonly path: string;
	readonly lines: string;
}

interface Added {
	readonly project: FlueProject;
	readonly daytona: LoopbackDaytona;
	readonly manual: readonly Manual[];
	/** The commands, as they were printed. */
	readonly commands: readonly string[];
}

/** workerd is a program for these systems alone. */
const missing =
	['linux', 'darwin'].includes(process.platform) && ['x64', 'arm64'].includes(process.arch)
		? undefined
		: `there is none for ${process.platform} ${process.arch}`;
if (missing !== undefined) console.info(`The Cloudflare tests are passed over: they need workerd, and ${missing}.`);

/** A project for Cloudflare, into which `flue add` has put the basic example. */
async function scaffold(flue: Flue, script: readonly ToolCall[]): Promise<Added> {
	const daytona = await startDaytona();
	onTestFinished(() => daytona.close());
	const model = await startModel(() => script);
	const project = await flueProject(flue, {
		'wrangler.jsonc': WRANGLER,
		'vite.config.ts': VITE_CONFIG,
		'package-lock.json': '{}',
		// The loopback has no web socket that tells of states.
		'.dev.vars': `DAYTONA_API_KEY=${daytona.apiKey}\nDAYTONA_API_URL=${daytona.apiUrl}\nDAYTONA_USE_DEPRECATED_POLLING=true\n`,
		'src/connectors/.keep': '',
	});
	const added = await project.run('flue add daytona --write --no-install --json --example basic');
	const { exitCode, manual, next } = JSON.parse(added.stdout);
	expect({ exitCode, stderr: added.stderr }).toEqual({ exitCode: 0, stderr: '' });
	writeFileSync(join(project.cwd, 'src/model.ts'), modelModule(flue, model.baseUrl));
	linkBins(project.cwd);
	return { project, daytona, manual, commands: next.map(({ command }: { command: string }) => command) };
}

/** Beside the packages, which are links into the cache of the tests. */
function linkBins(cwd: string): void {
	const modules = dirname(realpathSync(join(cwd, 'node_modules/vite')));
	symlinkSync(join(modules, '.bin'), join(cwd, 'node_modules/.bin'));
	expect(readdirSync(join(cwd, 'node_modules/.bin'))).toEqual(expect.arrayContaining(['vite', 'wrangler']));
}

/** As the last entry of the list, as the text beside the lines says. */
function addMigration({ project: { cwd }, manual }: Added): void {
	const step = manual.find(({ path }) => path === 'wrangler.jsonc')!;
	const file = join(cwd, step.path);
	writeFileSync(
		file,
		readFileSync(file, 'utf8').replace(/(?<="v1".*\n)/, () => `\t\t${step.lines},\n`),
	);
}

/** Starts a server that ends with the test, and waits for what it says. */
async function startServer({ project: { cwd, env } }: Added, commandLine: string, said: RegExp): Promise<string> {
	const child = spawn('sh', ['-c', `${OFFLINE} ${commandLine}`], { cwd, env, detached: true, stdio: 'pipe' });
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
	onTestFinished(() => {
		if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid);
	});
	for (;;) {
		const plain = stripVTControlCharacters(output);
		const [, match] = said.exec(plain) ?? [];
		if (match !== undefined) return match;
		if (child.exitCode !== null) throw new Error(`${commandLine} ended:\n${plain}`);
		await sleep(200);
	}
}

const ADDRESS = /(?:Local:\s+|Ready on )(http:\/\/[\w.]+:\d+)/;

/** Sends a message to the agent, and waits for what it answers. */
async function converse(address: string, id: string): Promise<{ status: number; text: string }> {
	const url = `${address}/agents/hello-daytona/${id}`;
	const body = JSON.stringify({ kind: 'user', body: 'Which Linux is this?' });
	const sent = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
	if (sent.status !== 202) return { status: sent.status, text: await sent.text() };
	for (;;) {
		const text = await (await fetch(url)).text();
		if (text.includes('"settlements":[{')) return { status: sent.status, text };
		await sleep(200);
	}
}

const conditional = test.runIf(missing === undefined);

conditional(
	'with Flue 1.0.0-beta.9 the example runs in workerd by the printed command, once its class is declared with the printed lines',
	async () => {
		const added = await scaffold(BETA, []);
		const { project, daytona, manual, commands } = added;
		expect(manual.map(({ lines }) => lines)).toEqual([
			'{ "tag": "v2", "new_sqlite_classes": ["FlueRegistry", "FlueHelloDaytonaWorkflow"] }',
		]);
		expect(commands[0]).toBe('flue run hello-daytona --target cloudflare');
		expect((await project.run(`${OFFLINE} ${commands[0]}`)).exitCode).not.toBe(0);
		expect((await project.run('flue check daytona')).stderr).toContain('error class-not-migrated: FlueRegistry');

		addMigration(added);
		const { stdout, stderr, exitCode } = await project.run(`${OFFLINE} ${commands[0]}`);
		expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
		expect(stdout).toContain(release());
		expect(daytona.sandboxes.all).toHaveLength(1);
		expect((await project.run('flue check daytona')).stderr).not.toContain('class-not-migrated');
	},
);

/** Exact in both ways, also where the SDK takes no notice of a failure. */
const EXACT = `
app.get('/exact', async (c) => {
	const { Daytona } = await import('@daytona/sdk');
	const { daytona } = await import('./connectors/daytona.ts');
	const client = new Daytona({ apiKey: process.env.DAYTONA_API_KEY ?? '', apiUrl: process.env.DAYTONA_API_URL ?? '', target: '' });
	const sandbox = await daytona(await client.create()).createSandbox({ id: 'exact' });
	const results = [];
	for (const size of [0, 1, 70_000, 3_000_000]) {
		const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7919 + (i >> 8)) & 255);
		await sandbox.writeFile(' odd "name"', bytes);
		const read = await sandbox.readFileBuffer(' odd "name"');
		results.push(read.length === size && read.every((byte, i) => byte === bytes[i]));
	}
	for (const content of ['x', 'x'.repeat(800_000)]) {
		results.push(await sandbox.writeFile('/', content).then(() => 'written', () => 'refused'));
	}
	return c.json(results);
});
`;

conditional(
	'with Flue 2.1.0 the example answers in vite dev and in the built Worker, once its class and route are there, and files are exact',
	async () => {
		const added = await scaffold(NEWEST, [
			{ name: 'bash', arguments: { command: 'uname -r' } },
			{ name: 'write', arguments: { path: 'a/b.txt', content: 'alpha\n' } },
			{ name: 'read', arguments: { path: 'a/b.txt' } },
		]);
		const { project, daytona, manual, commands } = added;
		const app = join(project.cwd, 'src/app.ts');
		const route = manual.find(({ path }) => path === 'src/app.ts')?.lines;
		writeFileSync(
			app,
			`import './model.ts';\nimport { Hono } from 'hono';\nconst app = new Hono();\nexport default app;\n${route}\n${EXACT}`,
		);
		expect(commands[0]).toBe('npx vite dev');
		expect(commands[1]).toContain(' --env .dev.vars');

		const bare = await startServer(added, 'npx --no-install vite dev', ADDRESS);
		expect((await converse(bare, 'one')).status).toBe(500);
		expect(daytona.sandboxes.all).toEqual([]);

		addMigration(added);
		const dev = await startServer(added, 'npx --no-install vite dev', ADDRESS);
		const answer = await converse(dev, 'two');
		expect(answer.text).toContain(release());
		expect(answer.text).toContain('alpha\\n');

		const built = await project.run(
			`${OFFLINE} npx --no-install vite build && ${OFFLINE} npx --no-install wrangler deploy --dry-run`,
		);
		expect({ exitCode: built.exitCode, output: built.stdout + built.stderr }).toMatchObject({ exitCode: 0 });
		expect(built.stdout).toContain('env.FLUE_HELLO_DAYTONA_AGENT (FlueHelloDaytonaAgent)');
		const worker = await startServer(added, 'npx --no-install wrangler dev --port 0 --ip 127.0.0.1', ADDRESS);
		expect((await converse(worker, 'three')).text).toContain(release());
		const exact = await fetch(`${worker}/exact`);
		expect(await exact.json()).toEqual([true, true, true, true, 'refused', 'refused']);
		expect((await project.run('flue check daytona')).stderr).not.toContain('class-not-migrated');
	},
);

conditional('the SDK needs nodejs_compat: without it a Worker does not start', async () => {
	const added = await scaffold(NEWEST, []);
	const { cwd } = added.project;
	writeFileSync(
		join(cwd, 'raw.ts'),
		`import { Daytona } from '@daytona/sdk';
export default { fetch: () => new Response(typeof new Daytona({ apiKey: 'x', apiUrl: 'http://127.0.0.1:9', target: '' })) };
`,
	);
	const start = async (flags: readonly string[]) => {
		const config = { name: 'raw', main: 'raw.ts', compatibility_date: '2026-06-01', compatibility_flags: flags };
		writeFileSync(join(cwd, 'wrangler.jsonc'), JSON.stringify(config));
		const command = 'npx --no-install wrangler dev --port 0 --ip 127.0.0.1';
		return await startServer(added, command, /(Buffer is not defined|Ready on)/);
	};
	expect(await start([])).toBe('Buffer is not defined');
	expect(await start(['nodejs_compat'])).toBe('Ready on');
});
