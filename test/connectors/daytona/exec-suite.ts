import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectedSandbox } from '../../support/connector.ts';
import type { Image } from '../../support/shells.ts';
import { EXEC_CASES, type ExecCase, execOptions, findDifferences, INHERITED } from './exec-cases.ts';

/** Variables of the sandbox that a careless script would use for itself. */
const ENVIRONMENT = { f: '1', n: '2', pid: '3', code: '4', bash: '5', setsid: '6', group: '7', run: '8' };

export function testExec({ options, hasSetsid, commandShell }: Image): void {
	let connected: ConnectedSandbox;
	beforeAll(async () => {
		connected = await connect({ double: { ...options, env: { ...options.env, ...ENVIRONMENT } } });
	});
	afterAll(() => connected.close());

	it.each(Object.entries(INHERITED))('lets a command inherit %s', async (_name, command) => {
		const { daytona, sandbox } = connected;
		const raw = await daytona.process.executeCommand(`exec ${commandShell} -c "${command}" </dev/null`);
		expect(await sandbox.exec(command)).toMatchObject({ stdout: raw.result });
	});

	const families = Object.entries<readonly ExecCase[]>(EXEC_CASES);
	describe.each(families)('%s:', (_family, cases) => {
		let requests = 0;
		let commands = 0;
		beforeAll(() => {
			requests = connected.double.requests.count('toolbox');
		});
		afterAll(() => expect(connected.double.requests.count('toolbox') - requests, 'requests').toBe(commands));

		const possible = cases.filter(({ needsSetsid }) => hasSetsid || !needsSetsid);
		it.concurrent.each(possible)('$name', async (exec) => {
			commands += 1;
			const result = await connected.sandbox.exec(exec.command, execOptions(exec));
			expect(findDifferences(exec, result)).toEqual({});
		});
	});
}
