import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { BIN, flue, plainEnv, readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const MINE = '// My own: caf\xE9 \xFF\r\nexport const daytona = 1;\r\n\r\n\r\n\r\nlast();';

const NO_SETTINGS = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** What a person types, byte for byte. */
async function shell(
	cwd: string,
	command: string,
): Promise<{ readonly stderr: string; readonly exitCode: number | undefined }> {
	const env = plainEnv({ ...NO_SETTINGS, NODE: process.execPath, BIN });
	const { stderr, exitCode } = await execa('sh', ['-c', `flue() { "$NODE" "$BIN" "$@"; }; ${command}`], {
		cwd,
		env,
		extendEnv: false,
		stdin: 'ignore',
		reject: false,
		stripFinalNewline: false,
	});
	return { stderr, exitCode };
}

/** The content holds one character per byte. */
function put(folder: string, path: string, content: string): void {
	mkdirSync(join(folder, path, '..'), { recursive: true });
	writeFileSync(join(folder, path), content, 'latin1');
}

/** Two folders with the same files; the first is a repository. */
async function twins(files: Files, prepare?: (folder: string) => void): Promise<[string, string]> {
	const [patched, written] = [temporaryFolder(files), temporaryFolder()];
	prepare?.(patched);
	cpSync(patched, written, { recursive: true, verbatimSymlinks: true });
	await execa('git', ['init', '--quiet'], { cwd: patched, env: NO_SETTINGS });
	return [patched, written];
}

function below(folder: string, files: Files): Files {
	return Object.fromEntries(Object.entries(files).map(([path, content]) => [join(folder, path), content]));
}

describe('the patch', () => {
	test.each<[string, { readonly flags?: string; readonly envExample?: string; readonly connector?: string }]>([
		['creates the connector and appends to .env.example', {}],
		['takes CRLF', { envExample: 'A=1\r\n\r\n# two\r\nB=2\r\n' }],
		['takes a last line without an end', { envExample: 'A=1\nB=2' }],
		['takes CRLF and a last line without an end', { envExample: 'A=1\r\nB=2' }],
		['takes an empty file', { envExample: '' }],
		['takes a file of one line end', { envExample: '\n' }],
		['takes bytes that are no UTF-8', { envExample: '# caf\xE9 \xFF\xFE\x80\nA=\xC3\n' }],
		['takes a long file', { envExample: Array.from({ length: 500 }, (_, n) => `VARIABLE_${n}=\n`).join('') }],
		['takes lone carriage returns and form feeds', { envExample: 'A=1\rB=2\n\f\v\nC=3\u0085\n' }],
		['replaces a file of the user, and keeps it', { connector: MINE, flags: '--force' }],
		['replaces an empty file of the user', { connector: '', flags: '--force' }],
		[
			'replaces a file that looks like a patch',
			{ connector: '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n', flags: '--force' },
		],
		['goes to another place', { flags: '--path .flue/sandboxes/box.ts' }],
	])('%s, with the same bytes as a write', async (_, { flags = '', envExample, connector }) => {
		const [patched, written] = await twins(FLUE_0_7, (folder) => {
			if (envExample !== undefined) put(folder, '.env.example', envExample);
			if (connector !== undefined) put(folder, CONNECTOR, connector);
		});
		const before = readTree(patched);
		const { exitCode, stderr } = await shell(
			patched,
			`flue add daytona --diff --no-install ${flags} | git apply --whitespace=nowarn`,
		);
		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('error') });
		expect((await shell(written, `flue add daytona --write --no-install ${flags}`)).exitCode).toBe(0);
		expect(readTree(patched)).toEqual(readTree(written));
		expect(readTree(patched)).not.toEqual(before);
	});

	test.each<[string, (folder: string) => void]>([
		[
			'the connector',
			(folder) => {
				put(folder, 'common/box.ts', MINE);
				mkdirSync(join(folder, '.flue/connectors'), { recursive: true });
				symlinkSync('../../common/box.ts', join(folder, CONNECTOR));
			},
		],
		[
			'its folder',
			(folder) => {
				mkdirSync(join(folder, 'common'));
				symlinkSync('../common', join(folder, '.flue/connectors'));
			},
		],
		[
			'the folder of the sources',
			(folder) => {
				renameSync(join(folder, '.flue'), join(folder, 'sources'));
				symlinkSync('sources', join(folder, '.flue'));
			},
		],
	])('names the real file where %s is a link inside the project', async (_, link) => {
		const [patched, written] = await twins(FLUE_0_7, link);
		const { exitCode, stderr } = await shell(
			patched,
			'flue add daytona --diff --no-install --force | git apply --whitespace=nowarn',
		);
		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('error') });
		expect((await shell(written, 'flue add daytona --write --no-install --force')).exitCode).toBe(0);
		const text = (folder: string) => readFileSync(join(folder, CONNECTOR), 'latin1');
		expect(text(patched)).toBe(text(written));
		expect(text(patched)).toContain('createSessionEnv');
	});

	test.each(['packages/bot', 'my packages/bot 1', `it's "quoted"/b\\ck`, 'käfer/ラーメン', 'tab\there'])(
		'applies in the workspace member %s, from there and from the top',
		async (member) => {
			const [fromMember, written] = await twins(below(member, FLUE_0_7));
			const [fromTop] = await twins(below(member, FLUE_0_7));
			expect((await shell(join(fromMember, member), 'flue add daytona --diff --no-install | git apply')).exitCode).toBe(
				0,
			);
			const cwd = member.replaceAll(/["\\$`]/g, '\\$&');
			expect((await shell(fromTop, `flue add daytona --diff --no-install -C "${cwd}" | git apply`)).exitCode).toBe(0);
			await shell(join(written, member), 'flue add daytona --write --no-install');
			expect(readTree(written)).toHaveProperty([join(member, CONNECTOR)]);
			expect(readTree(fromMember)).toEqual(readTree(written));
			expect(readTree(fromTop)).toEqual(readTree(written));
		},
	);

	test.each([
		['a folder of the package', 'packages/bot/.flue/agents', ''],
		['another member', 'packages/site', '-C ../bot'],
		['a folder outside of the repository', '..', (name: string) => `-C ${name}/packages/bot`],
	])('comes with a command that applies it from %s, where git apply would pass over it', async (_, from, flags) => {
		const outer = temporaryFolder();
		const [name, copy] = ['repository', 'copy'];
		for (const folder of [name, copy]) {
			cpSync(
				temporaryFolder({ ...below('packages/bot', FLUE_0_7), 'packages/site/package.json': { name: 'site' } }),
				join(outer, folder),
				{ recursive: true },
			);
		}
		await execa('git', ['init', '--quiet'], { cwd: join(outer, name), env: NO_SETTINGS });
		const cwd = join(outer, name, from);
		const given = typeof flags === 'string' ? flags : flags(name);
		const { stderr } = await shell(cwd, `flue add daytona --diff --no-install ${given} >/dev/null`);
		const [, save = ''] = /^Save the patch where git applies it: {2}(flue .*)$/m.exec(stderr) ?? [];
		expect(save).toMatch(/--diff --output \S*\/daytona\.patch/);
		const saved = await shell(cwd, save);
		expect(saved).toMatchObject({ exitCode: 0 });
		const [, apply = ''] = /^Apply the patch: {2}(git -C .*)$/m.exec(saved.stderr) ?? [];
		expect(stderr).toContain(`Then apply it:  ${apply}\n`);
		expect(await shell(cwd, apply)).toMatchObject({ exitCode: 0 });
		rmSync(join(outer, name, 'daytona.patch'));
		await shell(join(outer, copy, 'packages/bot'), 'flue add daytona --write --no-install');
		expect(readTree(join(outer, name))).toEqual(readTree(join(outer, copy)));
	});

	test('says nothing about that where git apply takes it', async () => {
		const [folder] = await twins(FLUE_0_7);
		expect((await flue(['add', 'daytona', '--diff'], { cwd: folder })).stderr).not.toContain('git');
	});

	test('applies without a repository, in the folder of package.json', async () => {
		const [patched, written] = [temporaryFolder(FLUE_0_7), temporaryFolder(FLUE_0_7)];
		expect((await shell(patched, 'flue add daytona --diff --no-install | git apply')).exitCode).toBe(0);
		await shell(written, 'flue add daytona --write --no-install');
		expect(readTree(patched)).toEqual(readTree(written));
	});

	test('brings an older file of ours up to date', async () => {
		const [patched, written] = await twins(FLUE_0_7);
		for (const cwd of [patched, written]) await shell(cwd, 'flue add daytona --write --no-install --runtime 0.11.0');
		const before = readTree(patched);
		expect((await shell(patched, 'flue add daytona --diff --no-install | git apply')).exitCode).toBe(0);
		await shell(written, 'flue add daytona --write --no-install');
		expect(readTree(patched)).toEqual(readTree(written));
		expect(readTree(patched)[CONNECTOR]).not.toBe(before[CONNECTOR]);
	});

	test('shows what would become of a file with edits, ends with 3, and changes nothing', async () => {
		const [patched, written] = await twins(FLUE_0_7, (folder) => put(folder, CONNECTOR, MINE));
		const before = readTree(patched);
		const { exitCode, stdout, stderr } = await flue(['add', 'daytona', '--diff', '--no-install'], { cwd: patched });
		expect(exitCode).toBe(3);
		expect(stdout).toContain('-export const daytona = 1;');
		expect(stderr).toContain(
			`${CONNECTOR} was not written by this tool.\nThe patch replaces it, and keeps nothing of it.\n`,
		);
		expect(stderr).toContain('--write --force');
		expect(readTree(patched)).toEqual(before);

		await shell(patched, 'flue add daytona --diff --no-install | git apply');
		await shell(written, 'flue add daytona --write --force --no-install');
		const { [`${CONNECTOR}.orig`]: kept, ...replaced } = readTree(written);
		expect(kept).toBe(MINE);
		expect(readTree(patched)).toEqual(replaced);
	});

	test('is empty when there is nothing to do, and that is said', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
		const { exitCode, stdout, stderr } = await flue(['add', 'daytona', '--diff', '--no-install'], { cwd });
		expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
		expect(stderr).toBe(
			`Daytona is already set up (${CONNECTOR}). Nothing to write.\nInstall @daytona/sdk@^0.216.0.\n`,
		);
	});

	test('is empty when only the package is missing, and the command for it is named', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
		const { exitCode, stdout, stderr } = await flue(['add', 'daytona', '--diff'], { cwd });
		expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
		expect(stderr).toContain('A write runs this first:  npm install --no-audit --no-fund "@daytona/sdk@^0.216.0"\n');
	});

	test.each([
		['utf8', '# caf\xC3\xA9\n'],
		['latin1', '# caf\xE9\n'],
	] as const)('is the same in JSON, as %s', async (encoding, envExample) => {
		const cwd = temporaryFolder(FLUE_0_7);
		put(cwd, '.env.example', envExample);
		await shell(cwd, 'flue add daytona --diff >patch');
		const { patch, patchEncoding } = JSON.parse((await flue(['add', 'daytona', '--diff', '--json'], { cwd })).stdout);
		expect(patchEncoding).toBe(encoding);
		expect(Buffer.from(patch, encoding).equals(readFileSync(join(cwd, 'patch')))).toBe(true);
	});
});
