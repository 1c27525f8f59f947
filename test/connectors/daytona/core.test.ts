import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectedSandbox, deadline, RUNTIME_VERSIONS } from '../../support/connector.ts';
import { SDK_VERSIONS } from '../../support/daytona/client.ts';
import { EXEC_CASES, type ExecCase, execOptions, findDifferences } from './exec-cases.ts';

const COMBINATIONS = RUNTIME_VERSIONS.flatMap((runtime) => SDK_VERSIONS.map((sdk) => ({ runtime, sdk })));

const CORE: readonly string[] = [
	'both streams apart',
	'bytes that are not UTF-8',
	'7',
	'KILL',
	'a command that does not exist',
	'an open single quote',
	'nothing',
	'a quoted heredoc',
	'a command that reads all',
	'a job that goes on',
	'odd values',
	'an empty value',
	'a directory',
	'a directory that does not exist',
	'200 KB',
	'in time, and failing',
	'output so far',
];

const cases = Object.values<readonly ExecCase[]>(EXEC_CASES)
	.flat()
	.filter(({ name }) => CORE.includes(name));

describe.each(COMBINATIONS)('with @flue/runtime $runtime and @daytona/sdk $sdk,', ({ runtime, sdk }) => {
	let connected: ConnectedSandbox;
	beforeAll(async () => {
		connected = await connect({ runtime, sdk });
	});
	afterAll(() => connected.close());

	it.each(cases)('exec: $name', async (exec) => {
		const result = await connected.sandbox.exec(exec.command, execOptions(exec, runtime));
		expect(findDifferences(exec, result)).toEqual({});
	});

	it('a deadline in fractions of a second holds', async () => {
		const result = await connected.sandbox.exec('echo a; sleep 60', deadline(runtime, 1500));
		expect(result).toEqual({ stdout: 'a\n', stderr: '[stopped at the deadline of 2 s]\n', exitCode: 124 });
	});

	it('a relative directory is relative to the working directory', async () => {
		await connected.sandbox.mkdir('sub');
		const { stdout } = await connected.sandbox.exec('pwd', { cwd: 'sub' });
		expect(stdout).toBe(`${join(connected.sandbox.cwd, 'sub')}\n`);
	});

	it('a file has a whole life', async () => {
		const { sandbox } = connected;
		const before = Date.now() - 60_000;
		await sandbox.writeFile('a/b/file', 'text');
		expect(await sandbox.readFile('a/b/file')).toBe('text');
		expect(await sandbox.readFileBuffer('a/b/file')).toEqual(new Uint8Array([116, 101, 120, 116]));
		const stat = await sandbox.stat('a/b/file');
		expect(stat).toEqual({ isFile: true, isDirectory: false, isSymbolicLink: false, size: 4, mtime: expect.any(Date) });
		expect(stat.mtime?.getTime()).toBeGreaterThan(before);
		expect(await sandbox.readdir('a')).toEqual(['b']);
		expect(await sandbox.exists('a/b/file')).toBe(true);
		await sandbox.rm('a', { recursive: true });
		expect(await sandbox.exists('a/b/file')).toBe(false);
	});

	it('a large file is written and read byte for byte', async () => {
		const bytes = Buffer.alloc(2_000_000, 'abc\r\n');
		await connected.sandbox.writeFile('large', bytes);
		expect(Buffer.compare(await connected.sandbox.readFileBuffer('large'), bytes)).toBe(0);
	});
});

it('the core is all there', () => {
	expect(cases.map(({ name }) => name).toSorted()).toEqual(CORE.toSorted());
});
