import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectedSandbox } from '../../support/connector.ts';
import { canMount, shellOn } from '../../support/mounts.ts';
import { findImages } from '../../support/shells.ts';

/** What a sandbox finds where programs keep their temporary files. */
const DISKS = {
	'read-only': 'for d in /tmp /dev/shm; do mount -t tmpfs -o ro none $d; done',
	full: 'for d in /tmp /dev/shm; do mount -t tmpfs -o size=64k none $d; cat /dev/zero >$d/all 2>/dev/null; done',
};

const CASES = Object.entries(DISKS).flatMap(([disk, mount]) =>
	findImages()
		.filter(({ name }) => ['bash', 'dash'].includes(name))
		.map((image) => ({ disk, mount, ...image })),
);

describe.runIf(canMount).each(CASES)('in an image with $name and a $disk /tmp,', ({ mount, options }) => {
	let connected: ConnectedSandbox;
	let workDir: string;
	beforeAll(async () => {
		workDir = mkdtempSync('/var/tmp/work-');
		const PATH = process.env['PATH'] ?? '';
		const shell = shellOn(mount, options.shell ?? { path: '/bin/bash' });
		// Of this runtime an abort rejects only when the command has ended.
		connected = await connect({
			runtime: '0.11.1',
			double: { workDir, env: { PATH: `${PATH}:${options.env?.['PATH'] ?? ''}` }, shell },
		});
	});
	afterAll(async () => {
		await connected.close();
		rmSync(workDir, { recursive: true });
	});

	it('a command gives both streams, apart, and its exit code', async () => {
		const result = await connected.sandbox.exec('echo a; echo b >&2; df /tmp >/dev/null && exit 3');
		expect(result).toEqual({ stdout: 'a\n', stderr: 'b\n', exitCode: 3 });
	});

	it('much output is whole', async () => {
		expect(await connected.sandbox.exec('seq 1 2000000; true')).toMatchObject({
			stdout: expect.stringMatching(/^1\n2\n[^]*\n2000000\n$/),
			stderr: '',
			exitCode: 0,
		});
	});

	it('output that is too much is cut, and said to be', async () => {
		expect((await connected.sandbox.exec('seq 1 3000000; true')).stderr).toMatch(/stdout is cut after \d+ bytes/);
	});

	it('a command of 200 KB runs', async () => {
		const result = await connected.sandbox.exec(`: ${'x'.repeat(200_000)}\necho ran; exit 5`);
		expect(result).toEqual({ stdout: 'ran\n', stderr: '', exitCode: 5 });
	});

	it('a job in the background does not hold the call', async () => {
		expect(await connected.sandbox.exec('sleep 300 & echo started')).toMatchObject({ stdout: 'started\n' });
	});

	it('a deadline holds, what came before it is kept, and an abort ends the command', async () => {
		const late = await connected.sandbox.exec('echo a; sleep 60', { timeout: 0.9 });
		expect(late).toEqual({ stdout: 'a\n', stderr: '[stopped at the deadline of 1 s]\n', exitCode: 124 });
		const controller = new AbortController();
		const call = connected.sandbox.exec('sleep 60', { signal: controller.signal });
		setTimeout(() => controller.abort(), 200);
		await expect(call).rejects.toMatchObject({ name: 'AbortError' });
	});

	it('a file of 3 MB is written over an older one, and read', async () => {
		const bytes = Buffer.alloc(3_000_000, 'abc');
		writeFileSync(join(workDir, 'large'), 'old');
		await connected.sandbox.writeFile('large', bytes);
		expect(readFileSync(join(workDir, 'large')).equals(bytes)).toBe(true);
		expect(Buffer.compare(await connected.sandbox.readFileBuffer('large'), bytes)).toBe(0);
	});
});
