import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flueManifest, inspect, inspectRefusal } from '../support/inspect.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

/** What the look opened, files and folders, counted where Node.js opens them. */
const opened: string[] = [];

const { openSync, opendirSync } = fs;

beforeEach(() => {
	opened.length = 0;
	fs.openSync = (path, ...rest) => {
		opened.push(String(path));
		return openSync(path, ...rest);
	};
	fs.opendirSync = (path, ...rest) => {
		opened.push(String(path));
		return opendirSync(String(path), ...rest);
	};
	syncBuiltinESMExports();
});

afterEach(() => {
	Object.assign(fs, { openSync, opendirSync });
	syncBuiltinESMExports();
});

function manyFiles(prefix: string, count: number): Files {
	return Object.fromEntries(
		Array.from({ length: count }, (_, n) => [`${prefix}/f${n % 40}/g${n % 9}/m${n}.ts`, 'export {};\n']),
	);
}

const FLUE_2 = { 'package.json': flueManifest('2.1.0'), '.git/HEAD': '', 'tsconfig.json': '{}', '.env': 'A=1' };

describe('the number of files opened', () => {
	it('is small where the connector is in its usual place, and the same in a project of any size', async () => {
		const connector = { 'src/connectors/daytona.ts': '// flue-connectors: daytona@1\n' };
		const small = temporaryFolder({ ...FLUE_2, ...connector });
		const large = temporaryFolder({ ...FLUE_2, ...connector, ...manyFiles('src/app', 1500), ...manyFiles('lib', 500) });
		await inspect(small);
		const count = opened.length;
		expect(count).toBeGreaterThan(5);
		expect(count).toBeLessThan(40);
		opened.length = 0;
		await inspect(large);
		expect(opened.length).toBe(count);
	});

	it('stops growing where a connector has to be searched for', async () => {
		const large = temporaryFolder({ ...FLUE_2, ...manyFiles('src', 1500) });
		const larger = temporaryFolder({ ...FLUE_2, ...manyFiles('src', 1500), ...manyFiles('lib', 1000) });
		await inspect(large);
		const count = opened.length;
		opened.length = 0;
		await inspect(larger);
		expect(opened.length).toBeLessThanOrEqual(count);
		expect(count).toBeLessThan(1400);
	});

	it('has nothing to do with the number of packages in a workspace, from inside a member', async () => {
		const members = Object.fromEntries(
			Array.from({ length: 600 }, (_, n) => [`apps/a${n}/package.json`, flueManifest('*')]),
		);
		const root = temporaryFolder({ '.git/HEAD': '', 'package.json': { workspaces: ['apps/*'] }, ...members });
		await inspect(join(root, 'apps/a7'));
		expect(opened.length).toBeLessThan(40);
		expect(opened.filter((path) => /apps[\\/]a\d+[\\/]package\.json$/.test(path) && !path.includes('a7'))).toEqual([]);
	});

	it('ends where the names of members are looked for in a huge workspace', async () => {
		const members = Object.fromEntries(
			Array.from({ length: 1500 }, (_, n) => [`apps/a${n}/package.json`, flueManifest('*')]),
		);
		const root = temporaryFolder({ 'package.json': { workspaces: ['apps/**'] }, ...members });
		const { message } = await inspectRefusal(root);
		expect(message).toMatch(
			/^This is the root of a workspace and does not use Flue itself; these members do: .* and at least \d+ more\.$/,
		);
		expect(opened.length).toBeLessThan(1200);
	});
});

it('finds a connector in a huge folder of sources by its name', async () => {
	const root = temporaryFolder({
		...FLUE_2,
		...manyFiles('src/app', 800),
		'src/boxes/daytona-box.ts': '// flue-connectors: daytona@1\n',
	});
	expect((await inspect(root)).existingConnector?.path).toBe('src/boxes/daytona-box.ts');
});

it('puts the connector beside the sources when there are too many to tell whether Flue uses them', async () => {
	const root = temporaryFolder({ ...FLUE_2, ...manyFiles('lib', 1100) });
	const { connectorPath, isSearchComplete } = await inspect(root);
	expect(connectorPath.value).toBe('connectors/daytona.ts');
	expect(isSearchComplete).toBe(false);
});

it('looks at all of a project of several hundred modules', async () => {
	const modules = Object.fromEntries(
		Array.from({ length: 600 }, (_, n) => [`lib/f${n % 100}/m${n}.ts`, 'export {};\n']),
	);
	const none = temporaryFolder({ ...FLUE_2, ...modules });
	expect((await inspect(none)).isSearchComplete).toBe(true);
	const root = temporaryFolder({ ...FLUE_2, ...modules, 'zz/box.ts': '// flue-connectors: daytona@1\n' });
	expect((await inspect(root)).existingConnector?.path).toBe('zz/box.ts');
});
