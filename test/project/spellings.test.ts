import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flue, readTree } from '../support/flue.ts';
import { refusing } from '../support/refuse.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';
const WRITE = ['add', 'daytona', '--write', '--no-install'];

/** A project, and a link to it beside it. */
function linkedProject(): { readonly top: string; readonly cwd: string } {
	const top = temporaryFolder();
	const cwd = join(top, 'app');
	writeFiles(cwd, { ...FLUE_0_7, '.git/HEAD': 'ref: refs/heads/main\n' });
	symlinkSync('app', join(top, 'link'));
	return { top, cwd };
}

describe.each([
	['a usual disk', {}],
	['a disk whose real paths the system does not tell', refusing('realpathSync.native::EISDIR')],
	['a mapped drive, of which the system tells the network path', refusing('realpathSync.native::network')],
])('on %s', (_, env) => {
	test('a folder and a link to it are one', async () => {
		const { top, cwd } = linkedProject();
		const dry = await flue(['add', 'daytona', '--dry-run', '--no-install', '-C', join(top, 'link')], { cwd, env });
		expect(dry.stderr).not.toContain('Project: ');
		expect(dry.stderr).toContain('Do it:  flue add daytona --write --no-install\n');
		const path = join(top, 'link', CONNECTOR);
		expect((await flue([...WRITE, '-C', '../link', '--path', path], { cwd, env })).exitCode).toBe(0);
		const again = await flue(WRITE, { cwd: join(top, 'link'), env: { ...env, PWD: join(top, 'link') } });
		expect(again.stderr).toContain(`Daytona is already set up (${CONNECTOR}).`);
		expect(Object.keys(readTree(cwd))).toContain(CONNECTOR);
	});

	test('a folder that is not there is missing', async () => {
		const { cwd } = linkedProject();
		const { exitCode, stderr } = await flue([...WRITE, '-C', 'nowhere'], { cwd, env });
		expect({ exitCode, stderr }).toEqual({
			exitCode: 2,
			stderr: expect.stringContaining('There is no folder nowhere.'),
		});
	});
});

test.each(['con.ts', 'NUL.ts', 'src/aux.mts', 'com1.ts', 'lpt9.box.ts', '.flue/prn/box.ts', '.flue/x./box.ts'])(
	'refuses %s, which cannot exist on Windows, on every system',
	async (path) => {
		const cwd = temporaryFolder(FLUE_0_7);
		const before = readTree(cwd);
		const { exitCode, stderr } = await flue([...WRITE, '--path', path], { cwd });
		expect(exitCode).toBe(2);
		expect(stderr).toMatch(/^--path \S+ cannot exist on Windows, where \S+ is no name for a file or a folder\.\n/);
		expect(readTree(cwd)).toEqual(before);
	},
);

test.each(['box.ts ', 'box.ts.', 'a b.ts', ' /box.ts', 'a:b.ts', 'con'])('refuses %j', async (path) => {
	const cwd = temporaryFolder(FLUE_0_7);
	expect((await flue([...WRITE, '--path', path], { cwd })).exitCode).toBe(2);
	expect(readTree(cwd)).toEqual(readTree(temporaryFolder(FLUE_0_7)));
});
