import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectedSandbox } from '../../support/connector.ts';

/** An operation and how many requests to Daytona it takes; as docs/connector.md lists them. */
export interface RequestRow {
	readonly operation: string;
	readonly requests: number;
	readonly because: string;
	run(connected: ConnectedSandbox, folder: string): Promise<unknown>;
}

const KB = 1024;

const MB = 1024 * KB;

export const MAIN_PATH: readonly RequestRow[] = [
	{
		operation: 'every use of a sandbox but the first, which asks for its working directory',
		requests: 0,
		because: '',
		run: ({ open }) => open(),
	},
	row('exec', ({ sandbox }) => sandbox.exec('echo a; echo b >&2', { env: { A: 'b' }, cwd: '/' })),
	row('exec with a deadline that passes', ({ sandbox }) => sandbox.exec('sleep 30', { timeoutMs: 200 })),
	row('exec of a script of 1 MB', ({ sandbox }) => sandbox.exec(`: ${'x'.repeat(MB)}`)),
	row('readFile, readFileBuffer up to 1 MB', ({ sandbox }, folder) => sandbox.readFile(join(folder, '1 MB'))),
	row('writeFile up to 256 KB', ({ sandbox }, folder) =>
		sandbox.writeFile(join(folder, 'a/b'), Buffer.alloc(256 * KB)),
	),
	row('stat', ({ sandbox }, folder) => sandbox.stat(folder)),
	row('readdir', ({ sandbox }, folder) => sandbox.readdir(folder)),
	row('exists', ({ sandbox }, folder) => sandbox.exists(join(folder, 'nope'))),
	row('mkdir', ({ sandbox }, folder) => sandbox.mkdir(join(folder, 'c/d'), { recursive: true })),
	row('rm', ({ sandbox }, folder) => sandbox.rm(join(folder, 'c'), { recursive: true, force: true })),
];

export const EXCEPTIONS: readonly RequestRow[] = [
	{
		operation: 'exec that is aborted',
		requests: 2,
		because: 'the second ends the command; both run at once',
		async run({ double, sandbox }) {
			const controller = new AbortController();
			const call = sandbox.exec('sleep 30', { signal: controller.signal }).catch(() => undefined);
			await sleep(200);
			controller.abort();
			await call;
			while (double.requests.count() < 2) await sleep(20);
		},
	},
	{
		operation: 'exec that is aborted before it begins',
		requests: 0,
		because: 'nothing is sent',
		run: ({ sandbox }) => sandbox.exec('echo a', { signal: AbortSignal.abort() }).catch(() => undefined),
	},
	{
		operation: 'readFile, readFileBuffer above 1 MB',
		requests: 2,
		because: 'the size, then a download that is measured by it',
		run: ({ sandbox }, folder) => sandbox.readFileBuffer(join(folder, '3 MB')),
	},
	{
		operation: 'the same, when the download comes short',
		requests: 5,
		because: 'the state of the sandbox, and a request for each 1 MB: here 2 MB',
		run: ({ sandbox }, folder) => sandbox.readFileBuffer(join(folder, 'boundary')),
	},
	{
		operation: 'writeFile above 256 KB',
		requests: 2,
		because: 'an upload, then its checksum',
		run: ({ sandbox }, folder) => sandbox.writeFile(join(folder, 'e'), Buffer.alloc(3 * MB)),
	},
	{
		operation: 'the same, when the upload comes short',
		requests: 6,
		because: 'the state of the sandbox, and a request for each 256 KB: here 600 KB',
		run({ double, sandbox }, folder) {
			double.faults.inject({ kind: 'bad-gateway' }, { on: 'POST /files/bulk-upload' });
			return sandbox.writeFile(join(folder, 'f'), Buffer.alloc(600 * KB));
		},
	},
	{
		operation: 'any operation that Daytona does not answer',
		requests: 2,
		because: 'the state of the sandbox, which tells why',
		run({ double, sandbox }) {
			double.faults.inject({ kind: 'bad-gateway' }, { on: 'POST /process/execute' });
			return sandbox.exec('echo a').catch(() => undefined);
		},
	},
];

/** One request of its own kind, and no other. */
function row(operation: string, run: RequestRow['run']): RequestRow {
	return { operation, requests: 1, because: '', run };
}

/** What docs/connector.md shows. */
export function requestTable(rows: readonly RequestRow[]): string {
	const cells = rows.map(({ operation, requests, because }) => `| ${operation} | ${requests} | ${because} |`);
	return ['| operation | requests | |', '|---|---|---|', ...cells].join('\n');
}
