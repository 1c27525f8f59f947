import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type ConnectedSandbox } from '../../support/connector.ts';
import { SDK_VERSIONS } from '../../support/daytona/client.ts';

// The SDK looks at its host when it is loaded. On such hosts it takes no notice of how Daytona answers an upload.

// The SDK looks at its host when it is loaded. On such hosts it takes no notice of how Daytona answers an upload.
vi.stubEnv('VERCEL', '1');

const LARGE = Buffer.alloc(700_000, 'abc\r\n');

describe.each(SDK_VERSIONS)('on a serverless host, with @daytona/sdk %s,', (sdk) => {
	let connected: ConnectedSandbox;
	let path: (name: string) => string;
	beforeAll(async () => {
		connected = await connect({ sdk });
		path = (name) => join(connected.sandbox.cwd, name);
		writeFileSync(path('file'), '');
		mkdirSync(path('directory'));
	});
	afterAll(() => connected.close());

	it('the SDK itself reports success for a file that it did not write', async () => {
		await connected.daytona.fs.uploadFile(LARGE, path('directory'));
	});

	it.each(['plain', ' "odd" \n'])('a large file is written and read byte for byte: %j', async (name) => {
		await connected.sandbox.writeFile(path(name), LARGE);
		expect(readFileSync(path(name)).equals(LARGE)).toBe(true);
		const larger = Buffer.concat([LARGE, LARGE, LARGE]);
		writeFileSync(path(name), larger);
		expect(Buffer.compare(await connected.sandbox.readFileBuffer(path(name)), larger)).toBe(0);
	});

	it.each(['directory', 'file/below', '\0'])('a file that cannot be written is an error: %j', async (name) => {
		await expect(connected.sandbox.writeFile(path(name), 'x')).rejects.toThrow();
		await expect(connected.sandbox.writeFile(path(name), LARGE)).rejects.toThrow();
	});

	it('a file that holds the boundary of the download is read whole', async () => {
		const bytes = Buffer.concat([LARGE, LARGE, Buffer.from('\r\n--DAYTONA-FILE-BOUNDARY--\r\n'), LARGE]);
		writeFileSync(path('boundary'), bytes);
		expect(Buffer.compare(await connected.sandbox.readFileBuffer(path('boundary')), bytes)).toBe(0);
	});

	it('an upload that is lost on the way is made up for', async () => {
		connected.double.faults.inject({ kind: 'bad-gateway' }, { on: 'POST /files/bulk-upload' });
		await connected.sandbox.writeFile(path('lost'), LARGE);
		expect(readFileSync(path('lost')).equals(LARGE)).toBe(true);
	});

	it('writing into a sandbox that is stopped is an error', async () => {
		await connected.double.sandboxes.setState(connected.daytona.id, 'stopped');
		await expect(connected.sandbox.writeFile(path('x'), 'x')).rejects.toThrow('the sandbox is stopped');
		await expect(connected.sandbox.writeFile(path('x'), LARGE)).rejects.toThrow('the sandbox is stopped');
	});
});
