import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type ConnectedSandbox, deadline, type ExecOptions } from '../../support/connector.ts';
import { findProcesses, signal } from '../../support/daytona/processes.ts';
import { findImages, imageWithout } from '../../support/shells.ts';

const EXECUTE = 'POST /process/execute';

const GENEROUS = { timeout: 60_000, interval: 50 };

const isCanceller = ({ body }: { body: unknown }) => JSON.stringify(body).includes('[w]atch');

function nothingIsLeft({ daytona }: ConnectedSandbox): Promise<void> {
	return vi.waitFor(() => expect(findProcesses(daytona.id)).toEqual([]), GENEROUS);
}

async function abortedAfter(ms: number, { sandbox }: ConnectedSandbox, command: string, options: ExecOptions = {}) {
	const controller = new AbortController();
	const call = sandbox.exec(command, { ...options, signal: controller.signal });
	const outcome = call.then(
		({ exitCode }) => `exit code ${exitCode}`,
		(error: Error) => error.name,
	);
	if (ms > 0) await sleep(ms);
	controller.abort();
	return outcome;
}

const TREES = {
	'a pipeline': 'sleep 60 | sleep 60 | cat',
	'jobs that are waited for': 'sleep 60 & sleep 60 & wait',
	'shells in shells': 'sh -c \'sh -c "sleep 60; :"; :\'; :',
	'an orphan': '(sleep 60 & sleep 60 &); sleep 60',
	'what ignores TERM': "trap '' TERM; sleep 60",
	'what is stopped': 'kill -STOP $$',
	'a loop that computes': 'while :; do :; done',
	'a loop that starts processes': 'while :; do echo y; sleep .01; done',
};

/** They need a session of their own. */
const GROUPS = {
	'a group of timeout(1)': 'timeout 60 sleep 60; sleep 60',
	'groups of job control': 'set -m; sleep 60 & sleep 60; wait',
};

const IMAGES = [...findImages(), imageWithout('no setsid', ['setsid'])];

describe.each(IMAGES)('in an image with $name, an abort', ({ options, hasSetsid }) => {
	let connected: ConnectedSandbox;
	beforeAll(async () => {
		// Of this runtime an abort rejects only when the command has ended.
		connected = await connect({ runtime: '0.11.1', double: options });
	});
	afterAll(() => connected.close());
	afterEach(() => connected.double.requests.reset());

	it('ends a command at every moment of its life, before its next line', async () => {
		const moments = [0, 1, 3, 5, 8, 12, 20, 50, 150];
		const file = (ms: number) => join(connected.sandbox.cwd, `after-${ms}`);
		const command = (ms: number) => `sleep 60 | { cat; echo >${file(ms)}; }; echo >${file(ms)}`;
		const calls = moments.map((ms) => abortedAfter(ms, connected, command(ms)));
		expect(await Promise.all(calls)).toEqual(moments.map(() => 'AbortError'));
		await nothingIsLeft(connected);
		expect(moments.map(file).filter(existsSync)).toEqual([]);
		expect(connected.double.requests.count(EXECUTE)).toBe(2 * moments.length);
	});

	const trees = Object.entries({ ...TREES, ...(hasSetsid ? GROUPS : {}) });
	it.concurrent.each(trees)('ends %s', async (_name, command) => {
		expect(await abortedAfter(300, connected, command)).toBe('AbortError');
	});

	it('leaves nothing of them', () => nothingIsLeft(connected));

	it('ends each of 30 commands that are aborted within 60 ms', async () => {
		const file = (number: number) => join(connected.sandbox.cwd, `one-of-30-${number}`);
		const numbers = Array.from({ length: 30 }, (_, index) => index);
		const calls = numbers.map((number) => abortedAfter(200 + 2 * number, connected, `sleep 60; echo >${file(number)}`));
		expect(await Promise.all(calls)).toEqual(numbers.map(() => 'AbortError'));
		await nothingIsLeft(connected);
		expect(numbers.map(file).filter(existsSync)).toEqual([]);
	});

	it('ends a command that has a deadline, and its watchdog', async () => {
		expect(await abortedAfter(200, connected, 'sleep 30', { timeout: 20 })).toBe('AbortError');
		await nothingIsLeft(connected);
	});
});

describe.each(['0.8.1', '0.11.1', '1.0.0-beta.9', '2.0.1', '2.1.0'] as const)(
	'with @flue/runtime %s, an abort',
	(runtime) => {
		let connected: ConnectedSandbox;
		beforeAll(async () => {
			connected = await connect({ runtime });
		});
		afterAll(() => connected.close());
		afterEach(() => {
			connected.double.requests.reset();
			connected.double.faults.clear();
		});

		it('rejects with an AbortError and ends the command', async () => {
			expect(await abortedAfter(200, connected, 'sleep 30')).toBe('AbortError');
			await nothingIsLeft(connected);
		});

		it('before the call sends nothing', async () => {
			const call = connected.sandbox.exec('echo a', { signal: AbortSignal.abort() });
			await expect(call).rejects.toMatchObject({ name: 'AbortError' });
			expect(connected.double.requests.count()).toBe(0);
		});

		it('after the end sends nothing more', async () => {
			const controller = new AbortController();
			const result = await connected.sandbox.exec('echo a', { signal: controller.signal });
			controller.abort();
			await sleep(100);
			expect(result).toEqual({ stdout: 'a\n', stderr: '', exitCode: 0 });
			expect(connected.double.requests.count()).toBe(1);
			await nothingIsLeft(connected);
		});

		it('that does not reach the sandbox is told, and not waited out', async () => {
			const { double, sandbox, daytona } = connected;
			double.faults.inject({ kind: 'bad-gateway' }, { on: isCanceller });
			const controller = new AbortController();
			const call = sandbox.exec('sleep 60', { signal: controller.signal });
			setTimeout(() => controller.abort(), 200);
			const message = expect.stringMatching(/could not be .*cancelled and may still be running/);
			await expect(call).rejects.toMatchObject({ name: 'AbortError', message });
			await vi.waitFor(() => expect(double.requests.count(EXECUTE)).toBe(2), GENEROUS);
			const running = findProcesses(daytona.id);
			expect(running).not.toEqual([]);
			for (const id of running) signal(id, 'SIGKILL');
		});

		it('loses no result of a command that ends by itself at its deadline', async () => {
			const result = await connected.sandbox.exec('echo a; sleep 30', {
				...deadline(runtime, 1500),
				signal: new AbortController().signal,
			});
			expect(result).toMatchObject({ stdout: 'a\n', exitCode: 124 });
			await nothingIsLeft(connected);
		});
	},
);

describe('a job in the background', () => {
	let connected: ConnectedSandbox;
	beforeAll(async () => {
		connected = await connect();
	});
	afterAll(() => connected.close());

	it('goes on after its command, and after the deadline and the abort of later ones', async () => {
		const { sandbox } = connected;
		await sandbox.exec('(while :; do date >beat; sleep .1; done) & echo started', { timeoutMs: 1000 });
		await sandbox.exec('sleep 30', { timeoutMs: 300 });
		await abortedAfter(200, connected, 'sleep 30');
		await sleep(1500);
		await sandbox.rm('beat');
		await vi.waitFor(async () => expect(await sandbox.exists('beat')).toBe(true), GENEROUS);
	});
});
