import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { addedFiles, CONNECTOR, connectorFile } from '../support/added-project.ts';
import type { DaytonaOptions } from '../support/daytona/double.ts';
import { type LoopbackDaytona, startDaytona } from '../support/daytona.ts';
import { BIN, flue, plainEnv } from '../support/flue.ts';
import { newerNode, olderNode } from '../support/node.ts';
import { installedPackages } from '../support/packages.ts';
import { managerEnv } from '../support/real-managers.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';
import { KEYS, openTerminal } from '../support/terminal.ts';
import { linkPackages } from '../support/type-check.ts';

const OPERATIONS = [
	'load',
	'create',
	'open',
	'exec',
	'streams',
	'exit-code',
	'deadline',
	'abort',
	'text',
	'binary',
	'list',
	'stat',
	'exists',
	'remove',
	'delete',
];

let node: string;
let packages: string;

beforeAll(async () => {
	node = await newerNode();
	packages = join(await installedPackages({ '@flue/runtime': '2.1.0', '@daytona/sdk': '0.216.0' }), 'node_modules');
}, 300_000);

/** A project with the real packages; its `.env` holds the key of the loopback Daytona, or what it is told to. */
function project(double: LoopbackDaytona, others: Files = {}): string {
	const files = Object.entries(addedFiles('2.1.0', connectorFile('2.0.2')));
	const cwd = temporaryFolder({
		...Object.fromEntries(files.filter(([path]) => !path.startsWith('node_modules/'))),
		'.env': `DAYTONA_API_KEY=${double.apiKey}\nDAYTONA_API_URL=${double.apiUrl}\nDAYTONA_TARGET=us\n`,
		...others,
	});
	const names = ['@flue/runtime', '@daytona/sdk'].filter((name) => !(`node_modules/${name}/package.json` in others));
	linkPackages(cwd, Object.fromEntries(names.map((name) => [name, join(packages, name)])));
	return cwd;
}

async function daytona(options?: DaytonaOptions): Promise<LoopbackDaytona> {
	const double = await startDaytona(options);
	onTestFinished(() => double.close());
	return double;
}

/** A project with an SDK of its own. */
function projectWithSdk(double: LoopbackDaytona, version: string, code: string): string {
	const folder = 'node_modules/@daytona/sdk';
	return project(double, {
		'package.json': { type: 'module', dependencies: { '@flue/runtime': '2.1.0', '@daytona/sdk': `^${version}` } },
		[`${folder}/package.json`]: { name: '@daytona/sdk', version, type: 'module', exports: './index.js' },
		[`${folder}/index.js`]: code,
	});
}

function start(cwd: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
	return execa(node, [BIN, 'check', 'daytona', '--live', ...args], {
		cwd,
		env: plainEnv({ DAYTONA_USE_DEPRECATED_POLLING: 'true', ...env }),
		extendEnv: false,
		stdin: 'ignore',
		reject: false,
	});
}

async function checkLive(cwd: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
	const { stdout, stderr, exitCode } = await start(cwd, [...args, '--json'], env);
	expect(stderr).toBe('');
	const [{ live, findings }] = JSON.parse(stdout).checked;
	const failed: string[] = findings
		.filter(({ code }: { code: string }) => code.startsWith('live-'))
		.map(({ message }: { message: string }) => message);
	return { exitCode, live, failed, all: stdout };
}

test('runs the operations of the connector on a sandbox that is gone afterwards', async () => {
	const double = await daytona();
	const { exitCode, live, failed, all } = await checkLive(project(double));
	expect({ exitCode, failed }).toEqual({ exitCode: 0, failed: [] });
	expect(live.steps.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`)).toEqual(
		OPERATIONS.map((id) => `${id} passed`),
	);
	const created = double.requests.entries.find(({ route }) => route === 'POST /sandbox');
	expect(created?.body).toMatchObject({ name: live.sandbox, autoStopInterval: 1, autoDeleteInterval: 0 });
	expect(double.sandboxes.all).toEqual([]);
	expect(all).not.toContain(double.apiKey);
});

test('shows a table for people, and says before what it creates', async () => {
	const double = await daytona({ snapshots: ['mine'] });
	const { stdout, stderr, exitCode } = await start(project(double), ['--snapshot', 'mine', '--yes']);
	expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
	expect(stderr).toMatch(/^This creates the Daytona sandbox flue-check-\w+ from mine, runs some commands in it/);
	expect(stderr).toMatch(/\n {2}ok {4}end a command at its deadline +\d+ ms\n/);
	expect(double.requests.entries.find(({ route }) => route === 'POST /sandbox')?.body).toMatchObject({
		snapshot: 'mine',
	});
});

test('makes the sandbox from an image', async () => {
	const double = await daytona();
	const { exitCode, live } = await checkLive(project(double), ['--image', 'debian:12']);
	expect(exitCode).toBe(0);
	expect(live.steps).toHaveLength(OPERATIONS.length);
	expect(double.requests.entries.find(({ route }) => route === 'POST /sandbox')?.body).toMatchObject({
		buildInfo: { dockerfileContent: expect.stringContaining('FROM debian:12') },
	});
});

describe('says what a failure means', () => {
	test.each([
		['has no create() any more', 'export class Daytona { sandboxes = {}; }'],
		[
			'makes sandboxes of another shape',
			'export class Daytona { async create() { return { id: "1", async delete() {} }; } }',
		],
	])('an SDK that is too new: it %s', async (_, code) => {
		const double = await daytona();
		const { exitCode, failed } = await checkLive(projectWithSdk(double, '2.0.0', code));
		expect(exitCode).toBe(5);
		expect(failed.join('\n')).toContain('The SDK is newer than the versions that the connector was tested with');
	});

	test('a certificate that nobody has signed', async () => {
		const double = await daytona();
		const server = createServer(SELF_SIGNED, (_, response) => response.end('{}')).listen(0, '127.0.0.1');
		await once(server, 'listening');
		onTestFinished(() => void server.close());
		const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
		const env = `DAYTONA_API_KEY=x\nDAYTONA_API_URL=${url}\n`;
		const { exitCode, failed } = await checkLive(project(double, { '.env': env }));
		expect(exitCode).toBe(5);
		expect(failed[0]).toContain('The certificate of the server is not trusted');
	});

	test('an address where no API is', async () => {
		const double = await daytona();
		const env = `DAYTONA_API_KEY=x\nDAYTONA_API_URL=${double.apiUrl.replace(/api$/, 'v9')}\n`;
		const { exitCode, failed } = await checkLive(project(double, { '.env': env }));
		expect(exitCode).toBe(5);
		expect(failed[0]).toContain('There is no Daytona API at this address');
	});

	test('a snapshot that is not there', async () => {
		const double = await daytona({ snapshots: ['mine'] });
		const { exitCode, failed } = await checkLive(project(double), ['--snapshot', 'yours']);
		expect(exitCode).toBe(5);
		expect(failed[0]).toContain('The snapshot is not there or not active');
	});

	test('a key that is not accepted', async () => {
		const double = await daytona();
		const env = `DAYTONA_API_KEY=not-the-key\nDAYTONA_API_URL=${double.apiUrl}\n`;
		const { exitCode, failed, all } = await checkLive(project(double, { '.env': env }));
		expect(exitCode).toBe(5);
		expect(failed).toEqual([expect.stringContaining('Daytona does not accept the key')]);
		expect(all).not.toContain('not-the-key');
	});

	test('an address that nobody has', async () => {
		const double = await daytona();
		const env = `DAYTONA_API_KEY=x\nDAYTONA_API_URL=http://daytona.invalid/api\n`;
		const { exitCode, failed } = await checkLive(project(double, { '.env': env }));
		expect(exitCode).toBe(5);
		expect(failed[0]).toContain('Daytona cannot be reached: see what DAYTONA_API_URL says');
	});

	test.each([
		[403, 'Total CPU limit exceeded. Maximum allowed: 10.', 'The quota of the organization is used up'],
		[400, 'Region eu2 is not available', 'The region cannot take the sandbox'],
		[429, 'ThrottlerException: Too Many Requests', 'Daytona throttles'],
	])('an answer of %i: %s', async (statusCode, message, meaning) => {
		const double = await daytona();
		const fault = { kind: 'answer', status: statusCode, body: { statusCode, message } } as const;
		double.faults.inject(fault, { on: ({ route }) => route === 'POST /sandbox', times: 9 });
		const { exitCode, failed } = await checkLive(project(double));
		expect(exitCode).toBe(5);
		expect(failed[0]).toContain(meaning);
	});

	test.each(['GET /work-dir', 'POST /process/execute'])('a daemon that does not know %s', async (call) => {
		const double = await daytona();
		const fault = { kind: 'answer', status: 404 } as const;
		double.faults.inject(fault, { on: ({ route }) => route === call, times: 99 });
		const { exitCode, failed } = await checkLive(project(double));
		expect(exitCode).toBe(5);
		expect(failed.join('\n')).toContain('a self-hosted Daytona is too old');
		expect(double.sandboxes.all).toEqual([]);
	});

	test('TypeScript that Node.js cannot take the types out of', async () => {
		const double = await daytona();
		const code = `${connectorFile('2.0.2')}enum Size { Small, Large }\nexport const size = Size.Small;\n`;
		const { exitCode, failed } = await checkLive(project(double, { [CONNECTOR]: code }));
		expect(exitCode).toBe(5);
		expect(failed).toEqual([expect.stringContaining('write it without enums')]);
		expect(double.requests.entries).toEqual([]);
	});

	test('a connector that cannot be loaded', async () => {
		const double = await daytona();
		const broken = `${connectorFile('2.0.2')}import { nothing } from '@flue/runtime';\n`;
		const { exitCode, failed } = await checkLive(project(double, { [CONNECTOR]: broken }));
		expect(exitCode).toBe(5);
		expect(failed).toEqual([expect.stringContaining('It could not load the connector and the SDK')]);
		expect(double.requests.entries).toEqual([]);
	});
});

test('deletes the sandbox when an operation fails, and goes on with the others', async () => {
	const double = await daytona();
	const code = connectorFile('2.0.2').replace('exists: async', 'exists: async () => true, exists_: async');
	const { exitCode, failed, live } = await checkLive(project(double, { [CONNECTOR]: code }));
	expect(exitCode).toBe(5);
	expect(failed[0]).toContain('It could not tell whether a file exists: it says true of a file and true of none.');
	expect(live.steps.at(-1)).toMatchObject({ id: 'delete', status: 'passed' });
	expect(double.sandboxes.all).toEqual([]);
});

test.each(['SIGINT', 'SIGTERM'] as const)('deletes the sandbox after %s', async (signal) => {
	const double = await daytona();
	const running = start(project(double));
	while (!double.requests.entries.some(({ path }) => path.endsWith('/process/execute'))) {
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	running.kill(signal);
	const { exitCode, stderr } = await running;
	expect(exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
	expect(stderr).toContain(signal === 'SIGINT' ? 'Cancelled' : 'Terminated');
	expect(double.sandboxes.all).toEqual([]);
});

test('deletes a sandbox whose creation was answered too late', async () => {
	const double = await daytona();
	double.faults.inject({ kind: 'hang-up' }, { on: ({ route }) => route === 'POST /sandbox', afterwards: true });
	const { exitCode } = await checkLive(project(double));
	expect(exitCode).toBe(5);
	expect(double.sandboxes.all).toEqual([]);
});

test("finds the packages of Yarn's Plug'n'Play", async () => {
	const double = await daytona();
	const { 'package-lock.json': _lock, ...files } = addedFiles('2.1.0', connectorFile('2.0.2'));
	const cwd = temporaryFolder({
		...Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('node_modules/'))),
		'.env': `DAYTONA_API_KEY=${double.apiKey}\nDAYTONA_API_URL=${double.apiUrl}\n`,
		'yarn.lock': '',
		'.yarnrc.yml': 'enableGlobalCache: true\nenableScripts: false\n',
	});
	await execa('yarn', ['install'], { cwd, env: await managerEnv('yarn 4'), extendEnv: false, stdin: 'ignore' });
	const { exitCode, failed, live } = await checkLive(cwd);
	expect({ exitCode, failed }).toEqual({ exitCode: 0, failed: [] });
	expect(live.steps).toHaveLength(OPERATIONS.length);
});

describe('at a terminal', () => {
	const open = (cwd: string, args: readonly string[] = []) =>
		openTerminal(node, [BIN, 'check', 'daytona', '--live', ...args], {
			cwd,
			env: { DAYTONA_USE_DEPRECATED_POLLING: 'true' },
		});

	test('asks before it creates anything: a no leaves it at what can be seen without', async () => {
		const double = await daytona();
		const terminal = open(project(double));
		await terminal.shows('No, create nothing');
		const words = terminal.text().replaceAll(/\s+/g, ' ');
		expect(words).toMatch(/This creates the Daytona sandbox flue-check-\w+, runs some commands in it and deletes it\./);
		terminal.press(KEYS.down + KEYS.enter);
		expect(await terminal.ended()).toBe(0);
		expect(terminal.text()).toContain('Daytona is in order, with 1 note: ');
		expect(terminal.text()).toContain('Nothing was run on a sandbox: you answered no.');
		expect(double.requests.entries).toEqual([]);
	});

	test('creates nothing after Esc', async () => {
		const double = await daytona();
		const terminal = open(project(double));
		await terminal.shows('No, create nothing');
		terminal.press(KEYS.escape);
		expect(await terminal.ended()).toBe(130);
		expect(double.requests.entries).toEqual([]);
	});

	test('goes on after a yes, shows that it does, and what came of it', async () => {
		const double = await daytona();
		const terminal = open(project(double));
		await terminal.shows('Yes, create it');
		terminal.press(KEYS.enter);
		await terminal.shows('Checking on a sandbox');
		expect(await terminal.ended()).toBe(0);
		expect(terminal.text()).toMatch(/ {2}ok {4}delete the sandbox/);
		expect(terminal.text()).not.toContain('Checking on a sandbox');
		expect(double.sandboxes.all).toEqual([]);
	});

	test('deletes the sandbox after Ctrl-C', async () => {
		const double = await daytona();
		const terminal = open(project(double), ['--yes']);
		while (!double.requests.entries.some(({ path }) => path.endsWith('/process/execute'))) {
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		terminal.press(KEYS.interrupt);
		expect(await terminal.ended()).toBe(130);
		expect(terminal.text()).not.toContain('Go ahead?');
		expect(double.sandboxes.all).toEqual([]);
	});
});

test('needs the Node that Flue needs', async () => {
	const cwd = temporaryFolder(addedFiles('2.1.0', connectorFile('2.0.2')));
	const { stderr, exitCode } = await flue(['check', '--live'], { cwd, node: await olderNode() });
	expect(exitCode).toBe(2);
	expect(stderr).toMatch(/runs the connector as Flue does, which needs Node\.js 22\.18\.0 or later; this is 20\.\d+/);
	expect(stderr).not.toMatch(/\n {4}at /);
});

test('runs nothing while something is missing that it needs', async () => {
	const double = await daytona();
	const { exitCode, failed, live } = await checkLive(project(double, { '.env': '' }));
	expect({ exitCode, live }).toEqual({ exitCode: 5, live: undefined });
	expect(failed).toEqual(['Nothing was run on a sandbox: mend the errors first.']);
});

test.each([
	[['--snapshot', 'x'], '--snapshot needs --live.'],
	[['--live', '--snapshot', 'x', '--image', 'y'], '--snapshot and --image exclude each other.'],
])('refuses %s with exit code 2', async (args, words) => {
	const { stderr, exitCode } = await flue(['check', ...args], { cwd: temporaryFolder({ 'package.json': {} }) });
	expect(exitCode).toBe(2);
	expect(stderr).toContain(words);
});
