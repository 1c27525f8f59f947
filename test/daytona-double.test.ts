import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSandbox, type LoopbackDaytona, SDK_VERSIONS, type SdkSandbox, startDaytona } from './support/daytona.ts';

describe.each(SDK_VERSIONS)('the loopback Daytona, asked by @daytona/sdk %s,', (version) => {
	let double: LoopbackDaytona;
	let sandbox: SdkSandbox;

	beforeAll(async () => {
		double = await startDaytona();
		({ sandbox } = await connectSandbox(double, version));
	});
	afterAll(() => double.close());

	it('runs a command and answers with both streams in one', async () => {
		const answer = await sandbox.process.executeCommand('echo hi; echo e >&2; exit 3');
		expect(answer).toMatchObject({ exitCode: 3, result: 'hi\ne\n' });
	});

	it('keeps what is uploaded', async () => {
		const content = Buffer.alloc(60_000_000, 'abc\r\n');
		const t = performance.now();
		await sandbox.fs.uploadFile(content, 'big/file.bin');
		const u = performance.now();
		const back = await sandbox.fs.downloadFile('big/file.bin');
		console.log('up', u - t, 'down', performance.now() - u);
		expect(back.equals(content)).toBe(true);
		expect(await sandbox.fs.getFileDetails('big/file.bin')).toMatchObject({ name: 'file.bin', size: 60_000_000, mode: '-rw-r--r--' });
		expect((await sandbox.fs.listFiles('big')).map(({ name }) => name)).toEqual(['file.bin']);
	});

	it('speed', async () => {
		const t = performance.now();
		for (let i = 0; i < 200; i++) await sandbox.process.executeCommand('echo hi');
		console.log((performance.now() - t) / 200);
		const u = performance.now();
		for (let i = 0; i < 200; i++) await sandbox.fs.getFileDetails('.');
		console.log((performance.now() - u) / 200);
	});
	it('x', async () => {
		await sandbox.fs.createFolder('d/e', '755');
		await sandbox.fs.deleteFile('d', true);
		await expect(sandbox.fs.getFileDetails('nope')).rejects.toMatchObject({ statusCode: 404, message: 'Request failed with status code 404' });
		await sandbox.stop();
		await expect(sandbox.fs.getFileDetails('nope')).rejects.toMatchObject({ statusCode: 400 });
		await sandbox.start();
		await sandbox.delete();
		await expect(sandbox.refreshData()).rejects.toMatchObject({ statusCode: 404 });
	});
});
