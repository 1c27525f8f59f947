import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDaytona } from '../../support/daytona.ts';
import { SDK_VERSIONS } from '../../support/daytona/client.ts';
import type { DaytonaOptions } from '../../support/daytona/double.ts';
import type { SandboxState } from '../../support/daytona/sandboxes.ts';
import { exampleAgent } from '../../support/example-agent.ts';

const NAME = 'hello-daytona-talk';

const START = 'POST /sandbox/{id}/start';

describe.each(SDK_VERSIONS)('with @daytona/sdk %s, a message', (sdk) => {
	/** A conversation that has begun, and whose sandbox has got into this state since. */
	async function converse(state: SandboxState, options: DaytonaOptions = {}) {
		const double = await startDaytona(options);
		onTestFinished(() => double.close());
		const { receive } = await exampleAgent('basic', { double, sdk });
		await receive('talk');
		await double.sandboxes.setState(NAME, state);
		double.requests.reset();
		return { double, receive: () => receive('talk'), starts: () => double.requests.count(START) };
	}

	it('asks for nothing but the sandbox when that is started', async () => {
		const { double, receive } = await converse('started');
		expect(await (await receive()).exec('echo a')).toMatchObject({ stdout: 'a\n' });
		expect(double.requests.matching('control').map(({ route }) => route)).toEqual(['GET /sandbox/{id}']);
	});

	it.each(['stopped', 'paused', 'archived'] as const)('starts a sandbox that is %s', async (state) => {
		const { receive, starts } = await converse(state, { transitionMs: 300 });
		expect(await (await receive()).exec('echo a')).toMatchObject({ stdout: 'a\n' });
		expect(starts()).toBe(1);
	});

	it.each([
		'creating',
		'starting',
		'restoring',
		'resuming',
		'pending_build',
		'building_snapshot',
		'pulling_snapshot',
		'unknown',
	] as const)('waits for a sandbox that is %s', async (state) => {
		const { double, receive, starts } = await converse(state);
		const call = receive();
		await sleep(300);
		await double.sandboxes.setState(NAME, 'started');
		expect(await (await call).exec('echo a')).toMatchObject({ stdout: 'a\n' });
		expect(starts()).toBe(0);
	});

	it('starts a sandbox that is stopping when it has stopped', async () => {
		const { double, receive, starts } = await converse('stopping');
		const call = receive();
		await sleep(300);
		expect(starts()).toBe(0);
		await double.sandboxes.setState(NAME, 'stopped');
		expect(await (await call).exec('echo a')).toMatchObject({ stdout: 'a\n' });
		expect(starts()).toBe(1);
	});

	it('is told why it cannot have a sandbox that is broken', async () => {
		const { double, receive, starts } = await converse('error');
		Object.assign(double.sandboxes.get(NAME), { errorReason: 'the runner is out of disk' });
		await expect(receive()).rejects.toThrow(
			/failed to start with status: error, error reason: the runner is out of disk/,
		);
		expect(starts()).toBe(0);
		await double.sandboxes.delete(NAME);
		expect(await (await receive()).exec('echo a')).toMatchObject({ stdout: 'a\n' });
	});

	it('is told when the sandbox breaks on its way up', async () => {
		const { double, receive } = await converse('starting');
		const call = receive().catch((error: unknown) => (error as Error).message);
		await sleep(300);
		await double.sandboxes.setState(NAME, 'error');
		expect(await call).toMatch(/failed to start with status: error/);
	});

	it('shares the start with another that comes at once', async () => {
		const { receive } = await converse('stopped', { transitionMs: 500 });
		const sandboxes = await Promise.all([receive(), receive(), receive()]);
		for (const sandbox of sandboxes) expect(await sandbox.exec('echo a')).toMatchObject({ stdout: 'a\n' });
	});

	it('is told why Daytona does not start the sandbox', async () => {
		const { double, receive, starts } = await converse('stopped');
		double.faults.inject({ kind: 'answer', status: 403, body: { message: 'Total CPU limit exceeded' } }, { on: START });
		await expect(receive()).rejects.toThrow('Total CPU limit exceeded');
		expect(starts()).toBe(1);
	});
});
