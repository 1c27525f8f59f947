import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, type ConnectedSandbox, prepare, probingEach, type SandboxEnv } from '../../support/connector.ts';
import { findProcesses } from '../../support/daytona/processes.ts';

/** What connectors to Daytona have done to their users, and this one does not. */
describe('the connector', () => {
	let connected: ConnectedSandbox;
	let sandbox: SandboxEnv;
	const path = (name: string) => join(sandbox.cwd, name);
	beforeAll(async () => {
		connected = await connect();
		({ sandbox } = connected);
	});
	afterAll(() => connected.close());

	it('keeps stderr out of stdout', async () => {
		expect(await sandbox.exec('echo out; echo err >&2')).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
	});

	it('resolves with 124 at a deadline instead of rejecting', async () => {
		expect(await sandbox.exec('sleep 60', { timeoutMs: 1500 })).toMatchObject({
			exitCode: 124,
			stderr: expect.stringContaining('deadline'),
		});
	});

	it('keeps the output that came before the deadline', async () => {
		expect(await sandbox.exec('echo half; echo why >&2; sleep 60', { timeoutMs: 1500 })).toMatchObject({
			stdout: 'half\n',
			stderr: expect.stringMatching(/^why\n/),
		});
	});

	it('takes fractions of a second', async () => {
		expect(await sandbox.exec('sleep .1; echo in time', { timeoutMs: 30_500 })).toMatchObject({
			stdout: 'in time\n',
			exitCode: 0,
		});
		const older = await connect({ runtime: '0.11.1' });
		expect(await older.sandbox.exec('sleep 60', { timeout: 0.5 })).toMatchObject({ exitCode: 124 });
		await older.close();
	});

	it('holds the deadline although a process has left for a session of its own, and lets processes clean up', async () => {
		const result = await sandbox.exec('setsid sleep 300 & trap "echo cleaned; exit" TERM; while :; do sleep .1; done', {
			timeoutMs: 1500,
		});
		expect(result).toMatchObject({ stdout: 'cleaned\n', exitCode: 124 });
	});

	it('ends the command when the call is aborted, at once', async () => {
		const other = await connect();
		const controller = new AbortController();
		const call = other.sandbox.exec(`sleep 60; touch ${path('orphan')}`, { signal: controller.signal });
		setTimeout(() => controller.abort(), 200);
		await expect(call).rejects.toMatchObject({ name: 'AbortError' });
		await vi.waitFor(() => expect(findProcesses(other.daytona.id)).toEqual([]), { timeout: 60_000 });
		expect(existsSync(path('orphan'))).toBe(false);
		await other.close();
	});

	it('does not wait for a server in the background', async () => {
		expect(await sandbox.exec('sleep 300 & echo started')).toEqual({ stdout: 'started\n', stderr: '', exitCode: 0 });
	});

	it('lets no command eat the rest of the script', async () => {
		expect(await sandbox.exec('cat >/dev/null\necho second')).toMatchObject({ stdout: 'second\n' });
	});

	it('runs bash, whatever shell Daytona takes', async () => {
		const dash = await connect({ double: { shell: { path: '/bin/sh' } } });
		expect(await dash.sandbox.exec('a=(1 2); echo "${#a[@]} ${BASH_VERSION:+bash}"')).toMatchObject({
			stdout: '2 bash\n',
		});
		await dash.close();
	});

	it('says which directory is not there, on stderr', async () => {
		const result = await sandbox.exec('echo ran', { cwd: '/no/such/directory' });
		expect(result).toMatchObject({ stdout: '', stderr: expect.stringContaining('/no/such/directory'), exitCode: 1 });
		mkdirSync(path('relative'), { recursive: true });
		expect(await sandbox.exec('pwd', { cwd: 'relative' })).toMatchObject({ stdout: `${path('relative')}\n` });
	});

	it('gives 128 and the signal, never -1, and never 0 for want of a code', async () => {
		expect(await sandbox.exec('kill -9 $$')).toMatchObject({ exitCode: 137 });
		expect(await sandbox.exec('kill -9 $PPID; sleep 5')).toMatchObject({
			exitCode: 137,
			stderr: expect.stringContaining('killed'),
		});
	});

	it('is not found by a pkill -f for a word of the command', async () => {
		const command = 'exec grep -ls "no-such-[w]ord" /proc/[0-9]*/cmdline # no-such-word';
		expect(await sandbox.exec(command)).toMatchObject({ stdout: '' });
	});

	it('ends a command that a proxy has given up on, and says what happened', async () => {
		const other = await connect();
		const timeout = { kind: 'answer', status: 408, body: { message: 'Request Timeout' } } as const;
		other.double.faults.inject(timeout, { on: 'POST /process/execute', during: 500 });
		await expect(other.sandbox.exec('sleep 60')).rejects.toThrow(/^exec failed: .*Timeout\. The command was ended\.$/);
		await vi.waitFor(() => expect(findProcesses(other.daytona.id)).toEqual([]), { timeout: 60_000 });
		await other.close();
	});

	it('says that a command may still be running when its connection breaks', async () => {
		const other = await connect();
		other.double.faults.inject({ kind: 'reset' }, { on: 'POST /process/execute', during: 300 });
		await expect(other.sandbox.exec('sleep 60')).rejects.toThrow(/^exec failed: .*The command may still be running\.$/);
		await other.close();
	});

	it('takes a page that is no answer of Daytona for no result', async () => {
		const other = await connect();
		other.double.faults.inject({ kind: 'page' }, { on: 'POST /process/execute' });
		const error = await other.sandbox.exec('echo a').catch((reason: unknown) => reason as Error);
		expect(error).toMatchObject({
			message: expect.stringMatching(/^exec failed: no shell of the sandbox has answered/),
		});
		await other.close();
	});

	it('takes an empty command as a shell does', async () => {
		expect(await sandbox.exec('')).toEqual({ stdout: '', stderr: '', exitCode: 0 });
		expect(await sandbox.exec(' \n')).toEqual({ stdout: '', stderr: '', exitCode: 0 });
	});

	it('takes every name of a variable', async () => {
		const env = { 'a-b': '1', 'c.d': '2', '1e': '3', fine: '4' };
		expect(
			await sandbox.exec("env | grep -e '^a-b=1$' -e '^c\\.d=2$' -e '^1e=3$' -e '^fine=4$' | wc -l", { env }),
		).toMatchObject({ stdout: '4\n' });
	});

	it('cuts output that would kill the sandbox, and says so', async () => {
		const result = await sandbox.exec('head -c 60000000 /dev/zero');
		expect(result.stdout.length).toBeLessThanOrEqual(16 * 2 ** 20 + 1);
		expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/stdout is cut after \d+ bytes/) });
	});

	it('reports a mkdir -p that made nothing', async () => {
		writeFileSync(path('in-the-way'), '');
		await expect(sandbox.mkdir(path('in-the-way/z'), { recursive: true })).rejects.toThrow(/in-the-way/);
	});

	it('makes no parents without recursive, and no directory twice', async () => {
		await expect(sandbox.mkdir(path('no/parent'))).rejects.toThrow(/No such file/);
		await sandbox.mkdir(path('once'));
		await expect(sandbox.mkdir(path('once'))).rejects.toThrow(/File exists/);
	});

	it('removes with force, and with force and recursive', async () => {
		await sandbox.rm(path('not-there'), { force: true });
		mkdirSync(path('tree/inner'), { recursive: true });
		await sandbox.rm(path('tree'), { recursive: true, force: true });
		expect(existsSync(path('tree'))).toBe(false);
	});

	it('removes links, dangling ones and those to directories', async () => {
		mkdirSync(path('target'));
		symlinkSync('nowhere', path('dangling'));
		symlinkSync('target', path('link'));
		await sandbox.rm(path('dangling'));
		await sandbox.rm(path('link'));
		expect((await sandbox.readdir('.')).filter((name) => ['dangling', 'link', 'target'].includes(name))).toEqual([
			'target',
		]);
	});

	it('lists dangling links', async () => {
		mkdirSync(path('listed'));
		symlinkSync('nowhere', path('listed/dangling'));
		expect(await sandbox.readdir('listed')).toEqual(['dangling']);
	});

	it('tells links, devices, sizes and times as they are', async () => {
		writeFileSync(path('dated'), '12345');
		utimesSync(path('dated'), 1, 1_600_000_000);
		symlinkSync('dated', path('dated-link'));
		const mtime = new Date(1_600_000_000_000);
		expect(await sandbox.stat('dated')).toEqual({
			isFile: true,
			isDirectory: false,
			isSymbolicLink: false,
			size: 5,
			mtime,
		});
		expect(await sandbox.stat('dated-link')).toEqual({
			isFile: true,
			isDirectory: false,
			isSymbolicLink: true,
			size: 5,
			mtime,
		});
		expect(await sandbox.stat('/dev/null')).toMatchObject({ isFile: false, isDirectory: false });
	});

	it('says false only of a file that is not there', async () => {
		expect(await sandbox.exists('nope')).toBe(false);
		const dead = await connect();
		await dead.double.sandboxes.setState(dead.daytona.id, 'stopped');
		await expect(dead.sandbox.exists('AGENTS.md')).rejects.toThrow('the sandbox is stopped');
		await dead.close();
	});

	it('tells a missing sandbox from a missing file', async () => {
		const dead = await connect();
		await dead.double.sandboxes.vanish(dead.daytona.id);
		const error = { name: 'SandboxDiedError', message: expect.stringMatching(/the sandbox is destroyed/) };
		await expect(dead.sandbox.readFile('file')).rejects.toMatchObject(error);
		await dead.close();
	});

	it('names the operation, the path and the reason of a failure', async () => {
		await expect(sandbox.stat('nope')).rejects.toThrow(/^stat \/.*\/nope failed: .*No such file/);
		await expect(sandbox.readdir('nope')).rejects.toThrow(/^readdir \/.*\/nope failed: .*No such file/);
		await expect(sandbox.rm('nope')).rejects.toThrow(/^rm \/.*\/nope failed: .*No such file/);
	});

	it('writes under the very name it is given', async () => {
		for (const name of ['blank ', ' blank', 'quo"te', 'new\nline']) {
			await sandbox.writeFile(path(name), name);
			await sandbox.writeFile(path(`${name}.large${name}`), Buffer.alloc(300_000, name));
			expect(readFileSync(path(name), 'utf8')).toBe(name);
			expect(readFileSync(path(`${name}.large${name}`)).length).toBe(300_000);
		}
	});

	it('reads a file that holds the boundary of the download, and does not wait for a pipe', async () => {
		const text = 'a\r\n--DAYTONA-FILE-BOUNDARY\r\nb';
		writeFileSync(path('boundary'), text);
		expect(await sandbox.readFile('boundary')).toBe(text);
		execFileSync('mkfifo', [path('pipe')]);
		await expect(sandbox.readFile('pipe')).rejects.toThrow(/pipe failed: .*Not a regular file/);
	});
});

describe('the death of a sandbox', () => {
	let connected: ConnectedSandbox;
	beforeEach(async () => {
		connected = await connect({ edit: probingEach(300) });
		connected.double.requests.reset();
	});
	afterEach(() => connected.close());

	it('is looked for once for all calls, and not seen in a silent control plane', async () => {
		const { double, sandbox } = connected;
		double.faults.inject({ kind: 'silent' }, { on: 'GET /sandbox/{id}', times: 9 });
		const results = await Promise.all([1, 2, 3].map((i) => sandbox.exec(`sleep 1.5; echo ${i}`)));
		expect(results.map(({ stdout }) => stdout)).toEqual(['1\n', '2\n', '3\n']);
		const probes = double.requests.count('GET /sandbox/{id}');
		expect(probes).toBeGreaterThan(0);
		// One at a time, each with a limit of 300 ms.
		expect(probes).toBeLessThan(9);
	});
});

describe('the working directory', () => {
	it('is asked for once, not for every session', async () => {
		const { double, open, close } = await prepare();
		await open();
		await open();
		expect(double.requests.count('GET /work-dir')).toBe(1);
		await close();
	});
});
