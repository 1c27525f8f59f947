import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type LoopbackDaytona, startDaytona } from '../../support/daytona.ts';
import { connectSandbox, SDK_VERSIONS, type SdkSandbox } from '../../support/daytona/client.ts';
import type { DaytonaOptions } from '../../support/daytona/double.ts';

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

async function startWith(options: DaytonaOptions, version?: string) {
	const double = await startDaytona(options);
	onTestFinished(() => double.close());
	return { double, ...(await connectSandbox(double, version)) };
}

describe.each(SDK_VERSIONS)('process/execute of the loopback toolbox, asked by @daytona/sdk %s,', (version) => {
	let double: LoopbackDaytona;
	let sandbox: SdkSandbox;
	let workDir: string;

	beforeAll(async () => {
		double = await startDaytona();
		({ sandbox } = await connectSandbox(double, version));
		({ workDir } = double.sandboxes.get(sandbox.id));
	});
	afterAll(() => double.close());

	const run = async (command: string, cwd?: string, env?: Record<string, string>, timeout?: number) => {
		const { exitCode, result } = await sandbox.process.executeCommand(command, cwd, env, timeout);
		return { exitCode, result };
	};
	const refusalOf = (command: string, env?: Record<string, string>, timeout?: number) =>
		run(command, undefined, env, timeout).then(
			() => undefined,
			(error: Error) => error,
		);

	it('gets the request that the daemon gets', async () => {
		double.requests.reset();
		await run('echo hi', workDir, { A: 'b' }, 10);
		expect(double.requests.entries).toHaveLength(1);
		const [request] = double.requests.entries;
		expect(request).toMatchObject({ route: 'POST /process/execute', path: `/toolbox/${sandbox.id}/process/execute` });
		expect(JSON.stringify(request?.body)).toBe(
			JSON.stringify({ command: 'echo hi', timeout: 10, cwd: workDir, envs: { A: 'b' } }),
		);
	});

	it('puts both streams into one, in the order of their writing', async () => {
		expect(await run('echo hi; echo e >&2')).toEqual({ exitCode: 0, result: 'hi\ne\n' });
		const lines = Array.from({ length: 50 }, (_, i) => `echo ${i}${i % 2 ? ' >&2' : ''}`);
		expect((await run(lines.join('\n'))).result).toBe(lines.map((_, i) => `${i}\n`).join(''));
		expect((await run('echo a > /dev/stderr; echo b > /dev/stdout')).result).toBe('a\nb\n');
	});

	it('feeds the script to the shell on stdin, where a child can eat the rest of it', async () => {
		expect(await run('cat >/dev/null\necho second')).toEqual({ exitCode: 0, result: '' });
		expect(await run('read x\necho y')).toEqual({ exitCode: 1, result: '' });
		expect(await run('cat <<END\n$((1 + 1)) "quoted"\nEND\n')).toEqual({ exitCode: 0, result: '2 "quoted"\n' });
		expect(await run('test -p /dev/stdin && echo pipe')).toEqual({ exitCode: 0, result: 'pipe\n' });
	});

	it.each([
		['exit 7', 7],
		['exit 300', 44],
		['set -e; false; echo no', 1],
		['no-such-command', 127],
		['echo before\nif; then', 2],
		['sh -c "kill -9 \\$\\$"', 137],
		['kill -9 $$', -1],
		['kill -TERM $$', -1],
	])('answers %j with its exit code', async (command, exitCode) => {
		expect(await run(command)).toMatchObject({ exitCode });
	});

	it('keeps the output up to a signal', async () => {
		expect(await run('echo so far; kill -9 $$')).toEqual({ exitCode: -1, result: 'so far\n' });
	});

	it('runs in the work dir, or in the cwd it is given', async () => {
		await run('mkdir -p inner');
		expect((await run('pwd')).result).toBe(`${workDir}\n`);
		expect((await run('pwd', `${workDir}/inner`)).result).toBe(`${workDir}/inner\n`);
		expect((await run('pwd', 'inner')).result).toBe(`${workDir}/inner\n`);
	});

	it('answers 200 and -1 when the shell cannot start', async () => {
		writeFileSync(`${workDir}/file`, '');
		const shell = 'fork/exec /bin/bash';
		expect(await run('pwd', '/no/such/place')).toEqual({ exitCode: -1, result: `${shell}: no such file or directory` });
		expect(await run('pwd', `${workDir}/file`)).toEqual({ exitCode: -1, result: `${shell}: not a directory` });
		const nul = { exitCode: -1, result: 'exec: environment variable contains NUL' };
		expect(await run('pwd', undefined, { A: 'a\0b' })).toEqual(nul);
	});

	it('adds env to the environment of the daemon', async () => {
		const { result } = await run('printf "%s|" "$A" "$B" "$HOME" "$USER"', undefined, { A: 'it\'s "a"\n$b', B: '' });
		expect(result).toBe(`it's "a"\n$b||${workDir}|daytona|`);
	});

	it('refuses what the daemon refuses', async () => {
		const invalid = 'bad request: invalid request body:';
		const required = "Key: 'ExecuteRequest.Command' Error:Field validation for 'Command' failed on the 'required' tag";
		const fraction = 'json: cannot unmarshal number 0.5 into Go struct field ExecuteRequest.timeout of type uint32';
		const bad = { statusCode: 400, name: 'DaytonaValidationError' };
		expect(await refusalOf('')).toMatchObject({ ...bad, message: `${invalid} ${required}` });
		expect(await refusalOf(' \n\t')).toMatchObject({
			...bad,
			message: 'bad request: command cannot be empty or whitespace-only',
		});
		expect(await refusalOf('true', undefined, 0.5)).toMatchObject({ ...bad, message: `${invalid} ${fraction}` });
		expect(await refusalOf('true', undefined, -1)).toMatchObject({
			...bad,
			message: `${invalid} ${fraction.replace('0.5', '-1')}`,
		});
		expect(await refusalOf('true', { 'a-b': 'c' })).toMatchObject({
			...bad,
			message: "bad request: invalid environment variable name: 'a-b'",
		});
	});

	it('kills the process group at the time-out and drops the output', async () => {
		expect(await refusalOf('echo lost; sleep 60 & sleep 60', undefined, 1)).toMatchObject({
			statusCode: 408,
			name: version === '0.187.0' ? 'DaytonaError' : 'DaytonaTimeoutError',
			message: 'request timeout: command execution timeout',
		});
		await eventually(() => double.sandboxes.processes(sandbox.id)).toEqual([]);
	});

	it('has no limit without a time-out or with 0, and answers in time otherwise', async () => {
		expect(await run('sleep 1.2; echo done', undefined, undefined, 0)).toMatchObject({ result: 'done\n' });
		expect(await run('sleep 1.2; echo done')).toMatchObject({ result: 'done\n' });
		expect(await run('echo done', undefined, undefined, 30)).toMatchObject({ result: 'done\n' });
	});

	it('answers only when nobody holds its output any more', async () => {
		const began = Date.now();
		expect(await run('sleep 1.5 & echo started')).toEqual({ exitCode: 0, result: 'started\n' });
		expect(Date.now() - began).toBeGreaterThanOrEqual(1490);
		const again = Date.now();
		expect(await refusalOf('setsid sleep 2.5 & echo started', undefined, 1)).toMatchObject({ statusCode: 408 });
		expect(Date.now() - again).toBeGreaterThanOrEqual(2490);
		expect(await run('sleep 30 >/dev/null 2>&1 & echo free')).toEqual({ exitCode: 0, result: 'free\n' });
	});

	it('replaces each byte that is not UTF-8, and keeps control bytes', async () => {
		expect((await run(String.raw`printf 'a\xffb\xe2\x82c\xed\xa0\x80d\xf0\x9f\x98\x80e\xe2'`)).result).toBe(
			'a\u{FFFD}b\u{FFFD}\u{FFFD}c\u{FFFD}\u{FFFD}\u{FFFD}d\u{1F600}e\u{FFFD}',
		);
		expect((await run(String.raw`printf 'a\0b\x01\x1b\u2028\ufeff<&>'`)).result).toBe('a\0b\x01\x1b\u2028\ufeff<&>');
	});

	it('carries much output and long scripts', async () => {
		expect((await run('head -c 20000000 /dev/zero | tr "\\0" x')).result).toHaveLength(20_000_000);
		const script = `: ${'x'.repeat(300_000)}\necho end`;
		expect(await run(script)).toEqual({ exitCode: 0, result: 'end\n' });
		expect(await run(`exit 4\n${script}`)).toEqual({ exitCode: 4, result: '' });
	});

	it('runs commands side by side', async () => {
		const commands = Array.from({ length: 30 }, (_, i) => run(`sleep 0.2; echo ${i}`));
		expect((await Promise.all(commands)).map(({ result }) => result)).toEqual(commands.map((_, i) => `${i}\n`));
	});

	it('runs a command to its end when the client has gone', async () => {
		const { double: own, sandbox: left } = await startWith({}, version);
		const leaving = new AbortController();
		const request = fetch(`${left.toolboxProxyUrl}/${left.id}/process/execute`, {
			method: 'POST',
			headers: { authorization: `Bearer ${own.apiKey}`, 'content-type': 'application/json' },
			body: JSON.stringify({ command: 'sleep 0.5; touch arrived' }),
			signal: leaving.signal,
		}).catch(() => 'gone');
		await eventually(() => own.sandboxes.processes(left.id).length).toBeGreaterThan(0);
		leaving.abort();
		expect(await request).toBe('gone');
		const arrived = `${own.sandboxes.get(left.id).workDir}/arrived`;
		await eventually(() => existsSync(arrived)).toBe(true);
	});

	it('leads a process group in a session that is not its own', async () => {
		const { result } = await run(
			'read -r _ _ _ parent group session _ </proc/$$/stat; echo $(($$ == group)) $(($$ == session))',
		);
		expect(result).toBe('1 0\n');
	});

	it('signs its time-outs as newer daemons do', async () => {
		const newer = await startWith({ structuredErrors: true }, version);
		const answer = newer.sandbox.process.executeCommand('sleep 60', undefined, undefined, 1);
		await expect(answer).rejects.toMatchObject({
			statusCode: 408,
			name: version === '0.187.0' ? 'DaytonaError' : 'DaytonaProcessExecutionTimeoutError',
		});
	});

	it('uses the shell, the PATH and the env that a double is given', async () => {
		const { sandbox: bare } = await startWith(
			{ shell: { path: '/bin/sh', args: ['-u'] }, withoutPrograms: ['setsid', 'bash'], env: { EXTRA: 'yes' } },
			version,
		);
		const script = 'command -v setsid bash\necho "$EXTRA"\necho "$NOT_SET"\necho no';
		const { exitCode, result } = await bare.process.executeCommand(script);
		expect(exitCode).toBeGreaterThan(0);
		expect(result).toMatch(/^yes\n.*NOT_SET.*\n$/);
		const { sandbox: broken } = await startWith({ shell: { path: '/bin/none' } }, version);
		expect(await broken.process.executeCommand('echo')).toMatchObject({
			exitCode: -1,
			result: 'fork/exec /bin/none: no such file or directory',
		});
	});
});

it('answers a time-out with the body of the daemon', async () => {
	const { double, sandbox } = await startWith({});
	const answer = await fetch(`${sandbox.toolboxProxyUrl}/${sandbox.id}/process/execute`, {
		method: 'POST',
		headers: { authorization: `Bearer ${double.apiKey}`, 'content-type': 'application/json' },
		body: JSON.stringify({ command: 'sleep 60', timeout: 1 }),
	});
	expect([answer.status, await answer.json()]).toEqual([
		408,
		{
			statusCode: 408,
			message: 'request timeout: command execution timeout',
			code: 'REQUEST_TIMEOUT',
			timestamp: expect.any(String),
			path: '/process/execute',
			method: 'POST',
		},
	]);
});

describe.each(SDK_VERSIONS)('sessions of the loopback toolbox, asked by @daytona/sdk %s,', (version) => {
	it('tell stdout from stderr and keep the state of the shell', async () => {
		const { process } = (await startWith({}, version)).sandbox;
		await process.createSession('s1');
		await expect(process.createSession('s1')).rejects.toMatchObject({
			statusCode: 409,
			message: 'conflict: session already exists',
		});
		expect(
			await process.executeSessionCommand('s1', { command: 'X=1; cd /; echo out; echo err >&2; false' }),
		).toMatchObject({
			stdout: 'out\n',
			stderr: 'err\n',
			output: '\u0001\u0001\u0001out\n\u0002\u0002\u0002err\n',
			exitCode: 1,
		});
		expect(await process.executeSessionCommand('s1', { command: 'pwd; printf "%s" "$X"' })).toMatchObject({
			stdout: '/\n1\n',
			exitCode: 0,
		});
		expect((await process.getSession('s1')).commands).toHaveLength(2);
		expect(await process.listSessions()).toHaveLength(1);
	});

	it('run a command on its own, and end with their processes', async () => {
		const { double, sandbox } = await startWith({}, version);
		const { process } = sandbox;
		await process.createSession('s1');
		const { cmdId, exitCode } = await process.executeSessionCommand('s1', {
			command: 'echo x; echo y >&2; sleep 0.3',
			runAsync: true,
		});
		expect(exitCode).toBeNull();
		expect((await process.getSessionCommand('s1', cmdId)).exitCode).toBeUndefined();
		await eventually(async () => (await process.getSessionCommand('s1', cmdId)).exitCode).toBe(0);
		expect(await process.getSessionCommandLogs('s1', cmdId)).toMatchObject({ stdout: 'x\n', stderr: 'y\n' });
		await process.executeSessionCommand('s1', { command: 'sleep 300', runAsync: true });
		await process.deleteSession('s1');
		await eventually(() => double.sandboxes.processes(sandbox.id)).toEqual([]);
		await expect(process.deleteSession('s1')).rejects.toMatchObject({
			statusCode: 404,
			message: 'not found: session not found',
		});
		await expect(process.executeSessionCommand('s1', { command: 'true' })).rejects.toMatchObject({
			statusCode: 500,
			message: 'failed to execute command: not found: session not found',
		});
	});
});
