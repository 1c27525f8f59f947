import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectedSandbox, prepare } from '../../support/connector.ts';
import { SDK_VERSIONS } from '../../support/daytona/client.ts';
import { EXCEPTIONS, MAIN_PATH } from './requests.ts';

describe.each(SDK_VERSIONS)('with @daytona/sdk %s, the number of requests is as the README says for', (sdk) => {
	let connected: ConnectedSandbox;
	let folder: string;
	beforeAll(async () => {
		connected = await connect({ sdk });
		folder = mkdtempSync(join(connected.sandbox.cwd, 'requests-'));
		writeFileSync(join(folder, '1 MB'), Buffer.alloc(1024 * 1024));
		writeFileSync(join(folder, '3 MB'), Buffer.alloc(3 * 1024 * 1024));
		writeFileSync(join(folder, 'boundary'), `${'x'.repeat(2_000_000)}\r\n--DAYTONA-FILE-BOUNDARY\r\n`);
	});
	afterAll(() => connected.close());

	it.each([...MAIN_PATH, ...EXCEPTIONS])('$operation: $requests', async ({ run, requests }) => {
		const { double } = connected;
		double.requests.reset();
		await run(connected, folder);
		expect(double.requests.count()).toBe(requests);
	});

	it('the first use of a sandbox: 1', async () => {
		const { double, open, close } = await prepare({ sdk });
		double.requests.reset();
		await open();
		expect(double.requests.count()).toBe(1);
		await close();
	});
});
