import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
	connect,
	type ConnectedSandbox,
	prepare,
	type PreparedSandbox,
	probingEach,
	type SandboxEnv,
} from '../../support/connector.ts';

const OPERATIONS: Readonly<Record<string, (sandbox: SandboxEnv) => Promise<unknown>>> = {
	exec: (sandbox) => sandbox.exec('echo a'),
	readFile: (sandbox) => sandbox.readFile('file'),
	readFileBuffer: (sandbox) => sandbox.readFileBuffer('file'),
	writeFile: (sandbox) => sandbox.writeFile('file', 'text'),
	'a large writeFile': (sandbox) => sandbox.writeFile('file', Buffer.alloc(400_000)),
	stat: (sandbox) => sandbox.stat('file'),
	readdir: (sandbox) => sandbox.readdir('.'),
	exists: (sandbox) => sandbox.exists('file'),
	mkdir: (sandbox) => sandbox.mkdir('folder'),
	rm: (sandbox) => sandbox.rm('file', { force: true }),
};

const STATE = 'GET /sandbox/{id}';

const isProbe = ({ route }: { route: string }) => route === STATE;

const PROBE_INTERVAL_MS = 700;

const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** Whether anybody but the test has asked Daytona to change the sandbox. */
const changes = ({ double }: ConnectedSandbox) =>
	double.requests.matching('control').filter(({ method, route }) => method !== 'GET' && route !== 'POST /sandbox');

describe.each(['0.11.1', '1.0.0-beta.9', '2.0.1', '2.1.0'] as const)('with @flue/runtime %s,', (runtime) => {
	let connected: ConnectedSandbox;
	beforeEach(async () => {
		connected = await connect({ runtime, edit: probingEach(PROBE_INTERVAL_MS) });
	});
	afterEach(async () => {
		expect(changes(connected)).toEqual([]);
		await connected.close();
	});

	it.each([
		['stopping', (id: string) => connected.double.sandboxes.setState(id, 'stopping')],
		['stopped', (id: string) => connected.double.sandboxes.setState(id, 'stopped')],
		['archived', (id: string) => connected.double.sandboxes.setState(id, 'archived')],
		['paused', (id: string) => connected.double.sandboxes.setState(id, 'paused')],
		['destroyed', (id: string) => connected.double.sandboxes.delete(id)],
		['destroyed', (id: string) => connected.double.sandboxes.vanish(id)],
		['error', (id: string) => connected.double.sandboxes.setState(id, 'error')],
	] as const)('a sandbox that is %s is told as such by every operation', async (state, end) => {
		await end(connected.daytona.id);
		for (const [name, operate] of Object.entries(OPERATIONS)) {
			const error = await operate(connected.sandbox).catch((reason: unknown) => reason as Error);
			expect(error, name).toBeInstanceOf(Error);
			const { message, name: kind } = error as Error;
			expect(message).toMatch(`the sandbox is ${state}. `);
			expect(message).toMatch(/sandbox\.start\(\).*autoStopInterval/);
			expect(kind, name).toBe(runtime.startsWith('2.') ? 'SandboxDiedError' : 'Error');
		}
	});

	it.each(['silent', 'bad-gateway', 'reset'] as const)(
		'calls in flight end with their sandbox, when that is %s',
		async (inFlight) => {
			const { double, daytona, sandbox } = connected;
			const calls = [
				sandbox.exec('sleep 60'),
				sandbox.exec('sleep 60'),
				sandbox.exec('sleep 60', { timeoutMs: 50_000, timeout: 50 }),
			];
			const outcomes = calls.map((call) => call.catch((error: unknown) => (error as Error).message));
			await sleep(500);
			await double.sandboxes.setState(daytona.id, 'stopped', inFlight);
			for (const outcome of await Promise.all(outcomes))
				expect(outcome).toMatch(/^Sandbox exec failed: the sandbox is stopped\. /);
		},
	);
});

describe('a sandbox', () => {
	let connected: ConnectedSandbox;
	beforeEach(async () => {
		connected = await connect({ edit: probingEach(PROBE_INTERVAL_MS) });
		connected.double.requests.reset();
	});
	afterEach(async () => {
		expect(changes(connected)).toEqual([]);
		await connected.close();
	});

	it('is asked once for its state while many calls wait, and not without any', async () => {
		const { double, sandbox } = connected;
		const start = Date.now();
		await Promise.all(Array.from({ length: 20 }, () => sandbox.exec('sleep 2')));
		const probes = double.requests.count(STATE);
		expect(probes).toBeGreaterThan(0);
		expect(probes).toBeLessThanOrEqual((Date.now() - start) / PROBE_INTERVAL_MS);
		await sleep(2 * PROBE_INTERVAL_MS);
		expect(double.requests.count(STATE)).toBe(probes);
	});

	it('outlives a control plane that is silent', async () => {
		const { double, sandbox } = connected;
		double.faults.inject({ kind: 'silent' }, { on: isProbe, times: 10 });
		expect(await sandbox.exec('sleep 2; echo alive')).toMatchObject({ stdout: 'alive\n', exitCode: 0 });
	});

	it('that dies after a probe without an answer is missed all the same', async () => {
		const { double, daytona, sandbox } = connected;
		double.faults.inject({ kind: 'silent' }, { on: isProbe });
		const call = sandbox.exec('sleep 60').catch((error: unknown) => (error as Error).message);
		await vi.waitFor(() => expect(double.requests.count(STATE)).toBe(1), { timeout: 30_000 });
		await double.sandboxes.setState(daytona.id, 'stopped', 'silent');
		expect(await call).toMatch(/^Sandbox exec failed: the sandbox is stopped\. /);
	});

	it('is not asked for its state by calls that are throttled', async () => {
		const { double, sandbox } = connected;
		double.faults.inject({ kind: 'throttle' }, { on: 'POST /process/execute', times: 40 });
		const calls = Array.from({ length: 40 }, () => sandbox.exec('echo a').catch((error: unknown) => error as Error));
		for (const error of await Promise.all(calls)) {
			expect(error).toMatchObject({ message: expect.stringMatching(/Too Many Requests/) });
		}
		expect(double.requests.count(STATE)).toBeLessThanOrEqual(1);
	});

	it('is asked once at a time by calls that fail together', async () => {
		const { double, sandbox } = connected;
		double.faults.inject({ kind: 'bad-gateway' }, { on: 'POST /process/execute', times: 40 });
		double.faults.inject({ kind: 'slow', ms: 300 }, { on: isProbe, times: 40 });
		await Promise.all(Array.from({ length: 40 }, () => sandbox.exec('echo a').catch(() => undefined)));
		expect(double.requests.count(STATE)).toBeLessThanOrEqual(3);
	});

	it('outlives a control plane that fails', async () => {
		const { double, sandbox } = connected;
		double.faults.inject({ kind: 'bad-gateway' }, { on: isProbe });
		double.faults.inject({ kind: 'throttle' }, { on: isProbe });
		double.faults.inject({ kind: 'answer', status: 401, body: { message: 'Unauthorized' } }, { on: isProbe });
		expect(await sandbox.exec('sleep 2; echo alive')).toMatchObject({ stdout: 'alive\n', exitCode: 0 });
	});

	it('that is out of reach is an error of the operation, also to exists', async () => {
		const { double, daytona, sandbox } = connected;
		double.sandboxes.setReach(daytona.id, 'unreachable');
		for (const [name, operate] of Object.entries(OPERATIONS)) {
			await expect(operate(sandbox), name).rejects.toThrow(/ failed: .*502/);
		}
		double.sandboxes.setReach(daytona.id, undefined);
		expect(await sandbox.exists('.')).toBe(true);
	});

	it('that is out of reach together with the control plane is an error soon', async () => {
		const { double, daytona, sandbox } = connected;
		double.sandboxes.setReach(daytona.id, 'unreachable');
		double.faults.inject({ kind: 'silent' }, { on: isProbe });
		await expect(sandbox.exists('file')).rejects.toThrow(/^exists .*file failed: .*502/);
	});

	it.each([
		['throttled', { kind: 'throttle' }, /^exec failed: .*Too Many Requests/],
		['refused', { kind: 'answer', status: 403, body: { message: 'Forbidden' } }, /^exec failed: .*Forbidden/],
		['cut off', { kind: 'reset' }, /^exec failed: ./],
	] as const)('that answers %s is not taken for dead', async (_name, fault, message) => {
		connected.double.faults.inject(fault, { on: 'POST /process/execute' });
		const error = await connected.sandbox.exec('echo a').catch((reason: unknown) => reason as Error);
		expect(error).toMatchObject({ name: 'Error', message: expect.stringMatching(message), cause: expect.any(Error) });
	});

	it('that is just starting is not taken for dead', async () => {
		const { double, daytona, sandbox } = connected;
		await double.sandboxes.setState(daytona.id, 'starting');
		const error = await sandbox.exec('echo a').catch((reason: unknown) => reason as Error);
		expect(error).toMatchObject({
			name: 'Error',
			message: expect.stringMatching(/^exec failed: .*Is the Sandbox started\?/),
		});
	});

	it('works again when its owner has started it', async () => {
		const { double, daytona, sandbox } = connected;
		await double.sandboxes.setState(daytona.id, 'stopped');
		await expect(sandbox.exec('echo a')).rejects.toThrow('the sandbox is stopped');
		await double.sandboxes.setState(daytona.id, 'started');
		expect(await sandbox.exec('echo a')).toMatchObject({ stdout: 'a\n' });
	});

	it('leaves no timer behind', async () => {
		const { sandbox } = connected;
		const before = countTimers();
		await Promise.all([sandbox.exec('sleep .2'), sandbox.stat('.'), sandbox.readFile('nope').catch(() => undefined)]);
		expect(countTimers()).toBeLessThanOrEqual(before);
	});
});

describe('the working directory', () => {
	let prepared: PreparedSandbox;
	beforeEach(async () => {
		prepared = await prepare();
	});
	afterEach(() => prepared.close());

	it('is asked for once, however often the sandbox is opened', async () => {
		await Promise.all([1, 2, 3].map(() => prepared.open()));
		await prepared.open();
		expect(prepared.double.requests.count('GET /work-dir')).toBe(1);
	});

	it('is asked for again when the first answer was a failure', async () => {
		const { double, daytona, open } = prepared;
		double.faults.inject({ kind: 'bad-gateway' }, { on: 'GET /work-dir' });
		await expect(open()).rejects.toThrow(/^getWorkDir failed: .*502/);
		expect(await open()).toMatchObject({ cwd: double.sandboxes.get(daytona.id).workDir });
	});

	it('of a sandbox that is stopped is an error that says so', async () => {
		const { double, daytona, open } = prepared;
		await double.sandboxes.setState(daytona.id, 'stopped');
		await expect(open()).rejects.toThrow(/the sandbox is stopped\. .*sandbox\.start\(\)/);
	});
});
