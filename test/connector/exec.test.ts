import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConnector, openSandbox, type SandboxEnv } from '../support/connector.ts';
import { connectSandbox, type LoopbackDaytona, type SdkSandbox, startDaytona } from '../support/daytona.ts';
import { findImages, imageWithout } from '../support/shells.ts';
import { EXEC_CASES, type ExecCase, execOptions, findDifferences, INHERITED } from './exec-cases.ts';

const IMAGES = [...findImages(), imageWithout('no bash', ['bash']), imageWithout('no setsid', ['setsid'])];

describe.each(IMAGES)('in an image with $name, exec', ({ options, hasSetsid, commandShell }) => {
	let double: LoopbackDaytona;
	let daytona: SdkSandbox;
	let sandbox: SandboxEnv;

	beforeAll(async () => {
		double = await startDaytona(options);
		daytona = (await connectSandbox(double)).sandbox;
		sandbox = await openSandbox(await loadConnector('2.1.0'), daytona);
	});
	afterAll(() => double.close());

	it.each(Object.entries(INHERITED))('lets a command inherit %s', async (_name, command) => {
		const raw = await daytona.process.executeCommand(`exec ${commandShell} -c "${command}" </dev/null`);
		expect(await sandbox.exec(command)).toMatchObject({ stdout: raw.result });
	});

	const families = Object.entries<readonly ExecCase[]>(EXEC_CASES);
	describe.each(families)('%s:', (_family, cases) => {
		const possible = cases.filter(({ needsSetsid }) => hasSetsid || !needsSetsid);
		it.each(possible)('$name', async (exec) => {
			const before = double.requests.count('toolbox');
			const result = await sandbox.exec(exec.command, execOptions(exec, 'milliseconds'));
			expect(findDifferences(exec, result)).toEqual({});
			expect(double.requests.count('toolbox') - before).toBe(1);
		});
	});
});
