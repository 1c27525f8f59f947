import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type ConnectedSandbox } from '../../support/connector.ts';
import { findProcesses } from '../../support/daytona/processes.ts';
import { imagesBySh } from '../../support/shells.ts';

const AT_ONCE = 10;

/** Each shell keeps the deadlines of its commands; none may be left when they have ended. */
export function testFastCommands(count: number): void {
	describe.each(imagesBySh())(`in an image with $name, ${count} commands with a deadline of 300 s`, ({ options }) => {
		let connected: ConnectedSandbox;
		beforeAll(async () => {
			connected = await connect({ double: options });
		});
		afterAll(() => connected.close());

		it('end well and leave nothing', async () => {
			const { sandbox, daytona } = connected;
			const signal = new AbortController().signal;
			for (let round = 0; round < count / AT_ONCE; round++) {
				const calls = Array.from({ length: AT_ONCE }, (_, i) =>
					sandbox.exec(`echo ${round}-${i}; echo e >&2; exit ${i}`, { timeoutMs: 300_000, signal }),
				);
				const results = await Promise.all(calls);
				expect(results).toEqual(results.map((_, i) => ({ stdout: `${round}-${i}\n`, stderr: 'e\n', exitCode: i })));
			}
			await vi.waitFor(() => expect(findProcesses(daytona.id)).toEqual([]), { timeout: 60_000, interval: 50 });
		});
	});
}
