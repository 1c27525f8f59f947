import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectedSandbox } from '../support/connector.ts';
import type { Image } from '../support/shells.ts';
import { EXEC_CASES, type ExecCase, execOptions, findDifferences, INHERITED } from './exec-cases.ts';

export function testExec({ options, hasSetsid, commandShell }: Image): void {
	let connected: ConnectedSandbox;
	beforeAll(async () => {
		connected = await connect({ double: options });
	});
	afterAll(() => connected.close());

	it.each(Object.entries(INHERITED))('lets a command inherit %s', async (_name, command) => {
		const { daytona, sandbox } = connected;
		const raw = await daytona.process.executeCommand(`exec ${commandShell} -c "${command}" </dev/null`);
		expect(await sandbox.exec(command)).toMatchObject({ stdout: raw.result });
	});

	const families = Object.entries<readonly ExecCase[]>(EXEC_CASES);
	describe.each(families)('%s:', (_family, cases) => {
		const possible = cases.filter(({ needsSetsid }) => hasSetsid || !needsSetsid);
		it.each(possible)('$name', async (exec) => {
			const { double, sandbox } = connected;
			const before = double.requests.count('toolbox');
			const result = await sandbox.exec(exec.command, execOptions(exec));
			expect(findDifferences(exec, result)).toEqual({});
			expect(double.requests.count('toolbox') - before).toBe(1);
		});
	});
}
