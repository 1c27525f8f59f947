import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FLUE_COMMANDS } from '../../src/commands/flue.ts';
import { type FlueProject, flueProject, FLUES } from '../support/flue-project.ts';
import { BIN } from '../support/flue.ts';

/** One row for each `@flue/cli`. */
const CLIS = FLUES.filter(({ cli }, index) => FLUES.findIndex((other) => other.cli === cli) === index);

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	return port;
}

async function answers(port: number): Promise<boolean> {
	return fetch(`http://127.0.0.1:${port}/`).then(
		() => true,
		() => false,
	);
}

async function waitFor(condition: () => Promise<boolean>, child: ChildProcess): Promise<void> {
	while (!(await condition())) {
		if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`);
		await sleep(100);
	}
}

/** Serves the project until it answers, then presses Ctrl-C. */
async function serveUntilInterrupted({
	cwd,
	env,
}: FlueProject): Promise<{ code: number | null; stillServes: boolean }> {
	const port = await freePort();
	const args = [BIN, 'dev', '--target', 'node', '--env', '.env', '--port', `${port}`];
	const child = spawn('node', args, { cwd, env, stdio: 'ignore', detached: true });
	onTestFinished(() => void (child.exitCode === null && process.kill(-child.pid!, 'SIGKILL')));
	const ended = once(child, 'exit') as Promise<[number | null]>;
	await waitFor(() => answers(port), child);
	process.kill(-child.pid!, 'SIGINT');
	const [code] = await ended;
	return { code, stillServes: await answers(port) };
}

describe.each(CLIS)('@flue/cli $cli', { timeout: 180_000 }, (flue) => {
	test('has no command that we do not know', async () => {
		const { run } = await flueProject(flue, {});
		const { stdout, stderr } = await run(`node node_modules/@flue/cli/bin/flue.mjs --help`);
		const names = [...(stdout + stderr).matchAll(/^ {2}(?:\$ )?(?:flue )?([a-z]+)(?: |$)/gm)].map(([, name]) => name);
		expect(names).toContain('run');
		expect([...FLUE_COMMANDS, 'add', 'update', 'help', 'flue']).toEqual(expect.arrayContaining(names));
	});

	test.each(['run', 'add sandbox e2b --nonsense'])('answers and ends as it would without us: flue %s', async (args) => {
		const { run, flueCli } = await flueProject(flue, {});
		const [ours, direct] = await Promise.all([run(`flue ${args}`), run(`node "${flueCli}" ${args}`)]);
		expect(direct.exitCode).not.toBe(0);
		expect(ours).toEqual(direct);
	});

	test('refuses an old Node itself', async () => {
		const project = await flueProject(flue, {});
		const [ours, direct] = await Promise.all(
			[BIN, project.flueCli].map((program) => project.run(`"${process.execPath}" "${program}" docs`)),
		);
		expect(ours).toEqual(direct);
	});
});

const WORKFLOW = `export async function run() {
	return {};
}
`;

const DEFINED_WORKFLOW = `import { defineAgent, defineWorkflow } from '@flue/runtime';

export default defineWorkflow({ agent: defineAgent(() => ({ model: 'openai/gpt-5.5' })), run: async () => ({}) });
`;

test.each(CLIS.filter(({ cli }) => !cli.startsWith('2.')))(
	'flue dev of @flue/cli $cli serves, and Ctrl-C ends it with all that it has started',
	{ timeout: 180_000 },
	async (flue) => {
		const workflow = flue.cli.startsWith('0.') ? WORKFLOW : DEFINED_WORKFLOW;
		const project = await flueProject(flue, { '.env': '', '.flue/workflows/hello.ts': workflow });
		expect(await serveUntilInterrupted(project)).toEqual({ code: 130, stillServes: false });
	},
);
