import { existsSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type LoopbackDaytona, startDaytona } from '../../support/daytona.ts';
import { connectSandbox, daytonaClient, loadSdk, SDK_VERSIONS } from '../../support/daytona/client.ts';
import type { DaytonaOptions } from '../../support/daytona/double.ts';

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

const running = new Set<LoopbackDaytona>();

async function start(options?: DaytonaOptions): Promise<LoopbackDaytona> {
	const double = await startDaytona(options);
	running.add(double);
	return double;
}

afterEach(async () => {
	await Promise.all([...running].map((double) => double.close()));
	running.clear();
});

const LABELS = { 'code-toolbox-language': 'python' };

describe.each(SDK_VERSIONS)('the loopback control plane, asked by @daytona/sdk %s,', (version) => {
	it('sees the create request that Daytona sees', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version);

		expect(sandbox.state).toBe('started');
		expect(double.requests.entries).toHaveLength(1);
		const [create] = double.requests.entries;
		expect(create).toMatchObject({ method: 'POST', path: '/api/sandbox', route: 'POST /sandbox', plane: 'control' });
		expect(create?.body).toEqual({ env: {}, labels: LABELS, target: 'us' });
		expect(create?.headers).toMatchObject({
			authorization: `Bearer ${double.apiKey}`,
			'content-type': 'application/json',
			'user-agent': `sdk-typescript/${version}`,
			'x-daytona-source': 'sdk-typescript',
			'x-daytona-sdk-version': version,
		});
	});

	it('creates from an image with resources, name and env', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version, {
			image: 'debian:12',
			resources: { cpu: 2 },
			autoStopInterval: 0,
			envVars: { A: '1' },
			name: 'nn',
		});

		expect(double.requests.entries[0]?.body).toEqual({
			name: 'nn',
			buildInfo: { dockerfileContent: 'FROM debian:12\n' },
			env: { A: '1' },
			labels: LABELS,
			target: 'us',
			cpu: 2,
			autoStopInterval: 0,
		});
		expect(sandbox).toMatchObject({ name: 'nn', cpu: 2, autoStopInterval: 0, env: { A: '1' } });
		expect(await sandbox.process.executeCommand('echo "$A"')).toMatchObject({ result: '1\n' });
	});

	it('refuses resources with a snapshot, a snapshot that is not there, and a name that is taken', async () => {
		const double = await start({ snapshots: ['mine'] });
		const client = await daytonaClient(version, double);

		await expect(client.create({ snapshot: 'mine', resources: { cpu: 2 } })).rejects.toMatchObject({
			statusCode: 400,
			message: 'Cannot specify Sandbox resources when using a snapshot',
		});
		await expect(client.create({ snapshot: 'other' })).rejects.toMatchObject({ statusCode: 400 });
		await client.create({ snapshot: 'mine', name: 'taken' });
		await expect(client.create({ name: 'taken' })).rejects.toMatchObject({
			statusCode: 409,
			message: 'Sandbox with name taken already exists',
		});
	});

	it('finds a sandbox by id and by name, and answers 404 otherwise', async () => {
		const double = await start();
		const { client, sandbox } = await connectSandbox(double, version, { name: 'named' });

		expect((await client.get('named')).id).toBe(sandbox.id);
		expect((await client.get(sandbox.id)).name).toBe('named');
		await expect(client.get('x')).rejects.toMatchObject({
			name: 'DaytonaNotFoundError',
			statusCode: 404,
			message: 'Sandbox with ID or name x not found',
		});
		const answer = await fetch(`${double.apiUrl}/sandbox/x`, { headers: { authorization: `Bearer ${double.apiKey}` } });
		expect(await answer.json()).toEqual({
			path: '/api/sandbox/x',
			timestamp: expect.any(String),
			statusCode: 404,
			error: 'Not Found',
			message: 'Sandbox with ID or name x not found',
		});
	});

	it('stops, starts, archives and deletes with the requests that Daytona counts', async () => {
		const double = await start();
		const { client, sandbox } = await connectSandbox(double, version);
		const requestsOf = async (act: () => Promise<unknown>) => {
			double.requests.reset();
			await act();
			return double.requests.entries.map(({ route, query }) => ({ route, query }));
		};
		const id = '/sandbox/{id}';

		expect(await requestsOf(() => sandbox.refreshData())).toEqual([{ route: `GET ${id}`, query: {} }]);
		expect(await requestsOf(() => sandbox.refreshActivity())).toEqual([
			{ route: `POST ${id}/last-activity`, query: {} },
		]);
		expect(await requestsOf(() => sandbox.stop())).toEqual([
			{ route: `POST ${id}/stop`, query: { force: 'false' } },
			{ route: `GET ${id}`, query: {} },
		]);
		expect(sandbox.state).toBe('stopped');
		expect(await requestsOf(() => sandbox.start())).toEqual([{ route: `POST ${id}/start`, query: {} }]);
		expect(sandbox.state).toBe('started');
		await sandbox.stop();
		await sandbox.archive();
		expect(sandbox.state).toBe('archived');
		await sandbox.start();
		expect((await requestsOf(() => sandbox.delete()))[0]).toEqual({ route: `DELETE ${id}`, query: {} });
		await expect(client.get(sandbox.id)).rejects.toMatchObject({ statusCode: 404 });
	});

	it('waits for a sandbox that is created and started in steps', async () => {
		const double = await start({ transitionMs: 300, createdState: 'pulling_snapshot' });
		const { sandbox } = await connectSandbox(double, version);

		expect(sandbox.state).toBe('started');
		expect(double.requests.count('GET /sandbox/{id}')).toBeGreaterThan(1);
		await sandbox.stop();
		expect(sandbox.state).toBe('stopped');
		await sandbox.start();
		expect(sandbox.state).toBe('started');
	});

	it('refuses to start a sandbox that is changing, and waits for one that another has started', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version);
		await double.sandboxes.setState(sandbox.id, 'stopping');
		await expect(sandbox.start()).rejects.toMatchObject({ statusCode: 400 });
		await double.sandboxes.setState(sandbox.id, 'starting');
		await sandbox.refreshData();
		double.requests.reset();
		const waiting = sandbox.waitUntilStarted();
		await eventually(() => double.requests.count()).toBeGreaterThan(1);
		await double.sandboxes.setState(sandbox.id, 'started');
		await waiting;
		expect(sandbox.state).toBe('started');
	});

	it('fails a create whose sandbox ends in an error', async () => {
		const double = await start({ transitionMs: 60_000 });
		const client = await daytonaClient(version, double);
		const creating = expect(client.create({ name: 'broken' })).rejects.toThrow(/failed/);
		await eventually(() => double.sandboxes.all.length).toBe(1);
		await double.sandboxes.setState('broken', 'error');
		await creating;
	});

	it('lists sandboxes by label and by page', async () => {
		const double = await start();
		const client = await daytonaClient(version, double);
		for (const name of ['a', 'b', 'c'])
			await client.create({ name, labels: { kind: name === 'c' ? 'other' : 'test' } });
		const namesOf = async (query?: object) => {
			const names: string[] = [];
			for await (const { name } of client.list(query)) names.push(name);
			return names;
		};

		expect(await namesOf()).toEqual(['a', 'b', 'c']);
		double.requests.reset();
		expect(await namesOf({ limit: 2 })).toEqual(['a', 'b', 'c']);
		expect(double.requests.count('GET /sandbox')).toBe(2);
		expect(await namesOf({ labels: { kind: 'test' } })).toEqual(['a', 'b']);
		await double.sandboxes.setState('a', 'stopped');
		expect(await namesOf({ states: ['stopped', 'error'] })).toEqual(['a']);
	});

	it('changes labels and the auto-stop interval', async () => {
		const double = await start();
		const { client, sandbox } = await connectSandbox(double, version);
		await sandbox.setLabels({ a: 'b' });
		await sandbox.setAutostopInterval(60);
		expect(await client.get(sandbox.id)).toMatchObject({ labels: { a: 'b' }, autoStopInterval: 60 });
	});

	it('creates, finds, lists, activates and removes snapshots', async () => {
		const double = await start({ snapshots: [] });
		const client = await daytonaClient(version, double);
		const { Image } = await loadSdk(version);
		const created = await client.snapshot.create({ name: 'mine', image: 'debian:12', resources: { cpu: 2 } });

		expect(created).toMatchObject({ name: 'mine', state: 'active', imageName: 'debian:12', cpu: 2 });
		await client.snapshot.create({ name: 'built', image: Image.base('debian:12') });
		await expect(client.snapshot.create({ name: 'mine', image: 'debian:12' })).rejects.toMatchObject({
			statusCode: 409,
		});
		expect(await client.snapshot.get('mine')).toMatchObject({ id: created.id });
		await expect(client.snapshot.get('none')).rejects.toMatchObject({ statusCode: 404 });
		expect((await client.snapshot.list()).items.map(({ name }) => name)).toEqual(['mine', 'built']);

		double.setSnapshotState('mine', 'inactive');
		await expect(client.create({ snapshot: 'mine' })).rejects.toMatchObject({ statusCode: 400 });
		expect(await client.snapshot.activate(created)).toMatchObject({ state: 'active' });
		await expect(client.snapshot.activate(created)).rejects.toMatchObject({ statusCode: 400 });
		expect(await client.create({ snapshot: 'mine' })).toMatchObject({ state: 'started', snapshot: 'mine' });
		await client.snapshot.delete(created);
		expect((await client.snapshot.list()).total).toBe(1);
	});
});

describe.each(SDK_VERSIONS)('the loopback proxy, asked by @daytona/sdk %s,', (version) => {
	it('answers for a sandbox that is not there', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version);
		const refusal = () =>
			sandbox.process.executeCommand('true').then(
				() => undefined,
				(error: Error) => error,
			);

		await double.sandboxes.setState(sandbox.id, 'stopped');
		expect(await refusal()).toMatchObject({
			statusCode: 400,
			name: 'DaytonaValidationError',
			message:
				'bad request: failed to resolve container IP after 3 attempts: no IP address found. Is the Sandbox started?',
		});
		await double.sandboxes.setState(sandbox.id, 'archived');
		expect(await refusal()).toMatchObject({ statusCode: 404, name: 'DaytonaNotFoundError' });
		expect((await refusal())?.message).toMatch(/^not found: sandbox container not found: /);
		double.sandboxes.setReach(sandbox.id, 'no-runner');
		expect((await refusal())?.message).toMatch(/^bad request: failed to get runner info: /);
		double.sandboxes.setReach(sandbox.id, 'unreachable');
		expect(await refusal()).toMatchObject({ statusCode: 502, message: 'Request failed with status code 502' });
		double.sandboxes.setReach(sandbox.id, 'up');
		expect(await refusal()).toBeUndefined();
		await double.sandboxes.delete(sandbox.id);
		expect(await refusal()).toMatchObject({
			statusCode: 401,
			name: 'DaytonaAuthenticationError',
			message: 'unauthorized: authentication failed: Bearer token is invalid',
		});
	});

	it('tells a sandbox that vanished from one that was never there', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version);
		await double.sandboxes.vanish(sandbox.id);
		await expect(sandbox.refreshData()).rejects.toMatchObject({ statusCode: 404 });
		await expect(sandbox.getWorkDir()).rejects.toMatchObject({ statusCode: 404, message: /container not found/ });
	});

	it('wants the key', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version);
		const stranger = { apiUrl: double.apiUrl, apiKey: 'wrong' };
		await expect(connectSandbox(stranger, version)).rejects.toMatchObject({ statusCode: 401 });
		const answer = await fetch(`${sandbox.toolboxProxyUrl}/${sandbox.id}/work-dir`);
		expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'UNAUTHORIZED', statusCode: 401 }]);
	});

	it('throttles, breaks and delays as many requests as it is told to', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version);

		double.faults.inject({ kind: 'throttle', retryAfterSeconds: 7 }, { times: 2 });
		const throttled = {
			statusCode: 429,
			message: 'ThrottlerException: Too Many Requests',
			name: 'DaytonaRateLimitError',
		};
		await expect(sandbox.refreshData()).rejects.toMatchObject({ ...throttled, headers: { 'retry-after': '7' } });
		await expect(sandbox.getWorkDir()).rejects.toMatchObject(throttled);
		await sandbox.getWorkDir();

		double.faults.inject({ kind: 'bad-gateway' }, { on: 'POST /process/execute' });
		await sandbox.refreshData();
		await expect(sandbox.process.executeCommand('true')).rejects.toMatchObject({ statusCode: 502 });

		double.faults.inject({ kind: 'reset' }, { on: 'toolbox', afterwards: true });
		const reset = await sandbox.process.executeCommand('touch ran').catch((error: Error) => error);
		expect(reset).toMatchObject({ name: 'DaytonaConnectionError', statusCode: undefined });
		expect(existsSync(`${double.sandboxes.get(sandbox.id).workDir}/ran`)).toBe(true);

		double.faults.inject({ kind: 'hang-up' });
		await expect(sandbox.process.executeCommand('true')).rejects.toMatchObject({
			name: 'DaytonaConnectionError',
			message: 'socket hang up',
		});

		const began = Date.now();
		double.faults.inject({ kind: 'slow', ms: 200 });
		await sandbox.refreshData();
		expect(Date.now() - began).toBeGreaterThanOrEqual(190);
	});

	it('can leave a request without an answer', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version);
		const stop = double.faults.inject({ kind: 'silent' }, { times: Infinity });
		const ended = sandbox.refreshData().then(
			() => 'answered',
			() => 'failed',
		);
		await eventually(() => double.requests.count('GET /sandbox/{id}')).toBe(1);
		expect(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))])).toBe('waiting');
		stop();
		await sandbox.getWorkDir();
		await double.close();
		expect(await ended).toBe('failed');
	});

	it('ends what is in flight when the sandbox goes away', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, version);
		const sleeping = sandbox.process.executeCommand('sleep 60').catch((error: Error) => error);
		await eventually(() => double.sandboxes.processes(sandbox.id).length).toBe(2);
		await double.sandboxes.setState(sandbox.id, 'stopped');
		expect(await sleeping).toMatchObject({ statusCode: 502 });
		expect(double.sandboxes.processes(sandbox.id)).toEqual([]);
	});
});

describe('the loopback Daytona', () => {
	it('stands beside others, each with its own key and sandboxes', async () => {
		const [one, two] = [await start(), await start()];
		const { sandbox } = await connectSandbox(one);
		expect(one.apiUrl).not.toBe(two.apiUrl);
		expect(two.sandboxes.all).toEqual([]);
		await expect((await daytonaClient('0.216.0', two)).get(sandbox.id)).rejects.toMatchObject({ statusCode: 404 });
		await expect(connectSandbox({ apiUrl: two.apiUrl, apiKey: one.apiKey })).rejects.toMatchObject({ statusCode: 401 });
	});

	it('answers the upgrade to a socket with 404, and sends no keep-alive hints', async () => {
		const double = await start();
		const answer = await new Promise<{ status: number | undefined; headers: object }>((resolve, reject) => {
			const request = httpRequest(`${double.apiUrl}/socket.io/?EIO=4&transport=websocket`, {
				headers: { connection: 'Upgrade', upgrade: 'websocket' },
			});
			request.on('response', ({ statusCode, headers }) => resolve({ status: statusCode, headers }));
			request.on('error', reject).end();
		});
		expect(answer).toMatchObject({ status: 404, headers: { connection: 'close' } });
		const plain = await fetch(`${double.apiUrl}/sandbox`, { headers: { authorization: `Bearer ${double.apiKey}` } });
		expect(plain.headers.get('keep-alive')).toBeNull();
		await plain.text();
	});

	it('leaves neither processes nor directories behind', async () => {
		const double = await startDaytona();
		onTestFinished(() => double.close());
		const { sandbox } = await connectSandbox(double);
		const { result } = await sandbox.process.executeCommand(`
			(setsid sleep 300 & sleep 300 & sh -c "trap : TERM; sleep 300; sleep 300" &) >/dev/null 2>&1
			env -i sleep 300 >/dev/null 2>&1 &
			echo $!
		`);
		const { workDir } = double.sandboxes.get(sandbox.id);
		await eventually(() => double.sandboxes.processes(sandbox.id).length).toBe(4);
		const pids = [...double.sandboxes.processes(sandbox.id), Number(result)];
		await double.close();
		await eventually(() => pids.filter((pid) => existsSync(`/proc/${pid}/cwd`))).toEqual([]);
		expect(existsSync(workDir)).toBe(false);
	});

	it('is asked again by newer SDKs when a read is reset, and once only for a command', async () => {
		const double = await start();
		const { sandbox } = await connectSandbox(double, '0.216.0');
		double.requests.reset();
		double.faults.inject({ kind: 'reset' }, { times: Infinity });
		await expect(sandbox.refreshData()).rejects.toThrow('ECONNRESET');
		await expect(sandbox.process.executeCommand('true')).rejects.toThrow('ECONNRESET');
		expect(double.requests.count('GET /sandbox/{id}')).toBe(3);
		expect(double.requests.count('POST /process/execute')).toBe(1);
	});
});
