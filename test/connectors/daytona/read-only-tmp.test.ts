import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectedSandbox } from '../../support/connector.ts';
import { findImages } from '../../support/shells.ts';

/** Nothing can be made in /proc, by nobody. */
const withoutTmp = (text: string) => text.replaceAll('/tmp/', '/proc/');

describe.each(findImages())('in an image with $name and no writable /tmp,', ({ options }) => {
	let connected: ConnectedSandbox;
	beforeAll(async () => {
		connected = await connect({ double: options, edit: withoutTmp });
	});
	afterAll(() => connected.close());

	it('a command gives both streams in one, and its exit code', async () => {
		const result = await connected.sandbox.exec('echo a; echo b >&2; exit 3');
		expect(result).toEqual({ stdout: 'a\nb\n', stderr: '', exitCode: 3 });
	});

	it('nothing else is in its output', async () => {
		const options = { cwd: '/', env: { A: 'b' }, timeoutMs: 30_000, signal: new AbortController().signal };
		expect(await connected.sandbox.exec('echo "$A $PWD"', options)).toEqual({
			stdout: 'b /\n',
			stderr: '',
			exitCode: 0,
		});
		expect(await connected.sandbox.exec('cat; echo end')).toEqual({ stdout: 'end\n', stderr: '', exitCode: 0 });
	});

	it('a deadline holds, and what came before it is kept', async () => {
		const result = await connected.sandbox.exec('echo a; sleep 60', { timeoutMs: 1500 });
		expect(result).toMatchObject({ stdout: expect.stringMatching(/^a\n/), exitCode: 124 });
		expect(result.stderr).toMatch(/deadline of 1\.5 s/);
	});

	it('a command too long for an argument fails, and says why', async () => {
		const result = await connected.sandbox.exec(`: ${'x'.repeat(200_000)}`);
		expect(result.stdout).toMatch(/No such file/i);
		expect(result.exitCode).toBeGreaterThan(0);
	});

	it('an abort that cannot be carried out is told', async () => {
		const controller = new AbortController();
		const call = connected.sandbox.exec('sleep 60', { signal: controller.signal });
		setTimeout(() => controller.abort(), 200);
		await expect(call).rejects.toMatchObject({
			name: 'AbortError',
			message: expect.stringContaining('may still be running'),
		});
	});

	it('a large file is written and read', async () => {
		const bytes = Buffer.alloc(2_000_000, 'abc');
		await connected.sandbox.writeFile('large', bytes);
		expect(readFileSync(join(connected.sandbox.cwd, 'large')).equals(bytes)).toBe(true);
		expect(Buffer.compare(await connected.sandbox.readFileBuffer('large'), bytes)).toBe(0);
		expect(statSync(join(connected.sandbox.cwd, 'large')).size).toBe(2_000_000);
	});
});
