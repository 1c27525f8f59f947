import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFastCommands } from '../connectors/daytona/fast-commands.ts';
import { connect } from '../support/connector.ts';

testFastCommands(1500);

describe('a file of 150 MB', () => {
	it('is written and read byte for byte', async () => {
		const { sandbox, close } = await connect();
		const bytes = Buffer.alloc(
			150_000_000,
			Uint8Array.from({ length: 251 }, (_, i) => i),
		);
		await sandbox.writeFile('large', bytes);
		expect(readFileSync(join(sandbox.cwd, 'large')).equals(bytes)).toBe(true);
		expect(Buffer.compare(await sandbox.readFileBuffer('large'), bytes)).toBe(0);
		await close();
	});
});
