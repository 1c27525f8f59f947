import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue, plainEnv, readTree } from '../support/flue.ts';
import { followInstructions, readFences } from '../support/instructions.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

/** A folder with an npm that does to package.json what the real one does. */
function fakeNpm(script = `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`): string {
	const bin = temporaryFolder();
	fakeManager(bin, 'npm', script);
	return bin;
}

test('writes the printed file, installs the SDK with npm, and says what was done and what comes next', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), fakeNpm()];
	const printed = await flue(['add', 'daytona', '--print'], { cwd });
	const { stdout, stderr, exitCode } = await flue(['add', 'daytona', '--write'], { cwd, bin });

	expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
	const verbatim = readFences(printed.stdout).find(({ info }) => info.startsWith('ts file='))?.text;
	expect(readFileSync(join(cwd, CONNECTOR), 'utf8')).toBe(verbatim);
	expect(readCalls(bin, 'npm').map(({ args }) => args)).toEqual([
		['install', '--no-audit', '--no-fund', '@daytona/sdk@^0.216.0'],
	]);
	expect(stderr).toContain(`created ${CONNECTOR}`);
	expect(stderr).toContain('installed @daytona/sdk@^0.216.0 with npm (package-lock.json)');
	expect(stderr).toContain('DAYTONA_API_KEY');
	expect(stderr).toContain("import { daytona } from '../connectors/daytona';");
});

test('says the same where somebody debugs another program that is made with the same library', async () => {
	const [plain, debugged, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder(FLUE_0_7), fakeNpm()];
	const { stderr } = await flue(['add', 'daytona', '--write'], { cwd: plain, bin });
	expect(await flue(['add', 'daytona', '--write'], { cwd: debugged, bin, env: { NODE_DEBUG: 'execa' } })).toMatchObject(
		{ stderr, exitCode: 0 },
	);
});

test('changes nothing the second time, and says so', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), fakeNpm()];
	await flue(['add', 'daytona', '--write'], { cwd, bin });
	const before = readTree(cwd);
	const { stderr, exitCode } = await flue(['add', 'daytona', '--write'], { cwd, bin });
	expect(exitCode).toBe(0);
	expect(stderr).toBe(`Daytona is already set up (${CONNECTOR}). Nothing to do.\n`);
	expect(readTree(cwd)).toEqual(before);
	expect(readCalls(bin, 'npm')).toHaveLength(1);
});

test('leaves a file with edits alone, changes nothing else, and names the way on', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), fakeNpm()];
	await flue(['add', 'daytona', '--write'], { cwd, bin });
	const file = join(cwd, CONNECTOR);
	writeFileSync(file, readFileSync(file, 'utf8').replace('daytona(', 'myDaytona('));
	writeFileSync(join(cwd, 'package.json'), JSON.stringify(FLUE_0_7['package.json']));
	const before = readTree(cwd);
	const { stderr, exitCode } = await flue(['add', 'daytona', '--write'], { cwd, bin });
	expect(exitCode).toBe(3);
	expect(stderr).toContain(`${CONNECTOR} has local edits.`);
	expect(stderr).toContain('--diff');
	expect(stderr).toContain('--force');
	expect(readTree(cwd)).toEqual(before);
	expect(readCalls(bin, 'npm')).toHaveLength(1);
});

test('replaces a file with edits when told to, and keeps the old one beside it', async () => {
	const cwd = temporaryFolder({ ...FLUE_0_7, [CONNECTOR]: '// mine\n', [`${CONNECTOR}.orig`]: '// an older one\n' });
	const { exitCode, stderr } = await flue(['add', 'daytona', '--write', '--force', '--no-install'], { cwd });
	expect(exitCode).toBe(0);
	expect(stderr).toContain(`kept yours as ${CONNECTOR}.orig.2`);
	const tree = readTree(cwd);
	expect(tree[`${CONNECTOR}.orig`]).toBe('// an older one\n');
	expect(tree[`${CONNECTOR}.orig.2`]).toBe('// mine\n');
	expect(tree[CONNECTOR]).toContain('export function daytona(');
});

test('writes no file when the install fails, and says what npm said and what it left changed', async () => {
	const [cwd, bin] = [
		temporaryFolder(FLUE_0_7),
		fakeNpm(`declare('half', '1.0.0'); console.error('npm error something broke'); process.exit(1);`),
	];
	execFileSync('git', ['init', '--quiet'], { cwd });
	const { 'package.json': _, ...before } = readTree(cwd);
	const { exitCode, stderr } = await flue(['add', 'daytona', '--write'], { cwd, bin });
	expect(exitCode).toBe(4);
	expect(stderr).toContain('npm ended with exit code 1.\n  npm error something broke\nflue wrote no file.\n');
	expect(stderr).toContain('npm left these files changed: package.json. See how with: git diff\n');
	expect(stderr).toContain('--no-install');
	const { 'package.json': manifest, ...after } = readTree(cwd);
	expect(after).toEqual(before);
	expect(manifest).toContain('"half"');
});

test('finds out that the package manager is missing before anything is written', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const before = readTree(cwd);
	const { exitCode, stderr } = await flue(['add', 'daytona', '--write'], { cwd, env: { PATH: temporaryFolder() } });
	expect(exitCode).toBe(2);
	expect(stderr).toContain('npm is not on PATH');
	expect(stderr).toMatch(/--package-manager.*--no-install/);
	expect(readTree(cwd)).toEqual(before);
});

test('installs nothing with --no-install, and says what is left to install', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), fakeNpm()];
	const { exitCode, stderr } = await flue(['add', 'daytona', '--write', '--no-install'], { cwd, bin });
	expect(exitCode).toBe(0);
	expect(readCalls(bin, 'npm')).toEqual([]);
	expect(stderr).toContain('Install @daytona/sdk@^0.216.0');
});

test('leaves no half of a file when the disk refuses the second of two', async () => {
	const cwd = temporaryFolder({ ...FLUE_0_7, [CONNECTOR]: '// mine\n' });
	const before = readTree(cwd);
	const refuse = join(
		temporaryFolder({
			'refuse.cjs': `
		const fs = require('node:fs'); const rename = fs.renameSync; let n = 0;
		fs.renameSync = (...paths) => { if (++n === 2) throw Object.assign(new Error('no space'), { code: 'ENOSPC' }); rename(...paths); };
		require('node:module').syncBuiltinESMExports();`,
		}),
		'refuse.cjs',
	);
	const run = await flue(['add', 'daytona', '--write', '--force', '--no-install'], {
		cwd,
		env: { NODE_OPTIONS: `--require "${refuse}"` },
	});
	expect(run.exitCode).toBe(1);
	expect(run.stderr).toContain('the disk is full');
	expect(readTree(cwd)).toEqual(before);
});

test('gives an agent that only copies files and runs commands the same tree as --write', async () => {
	const [byAgent, byTool, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder(FLUE_0_7), fakeNpm()];
	const { stdout } = await flue(['add', 'daytona'], { cwd: byAgent });
	const env = plainEnv();
	await followInstructions(stdout, byAgent, async (command) => {
		await execa('sh', ['-c', command], {
			cwd: byAgent,
			stdin: 'ignore',
			env: { ...env, PATH: `${bin}:${env['PATH']}` },
			extendEnv: false,
		});
	});
	await flue(['add', 'daytona', '--write'], { cwd: byTool, bin });
	expect(readTree(byAgent)).toEqual(readTree(byTool));
	expect(readTree(byAgent)['.env.example']).toContain('DAYTONA_API_KEY=\n');
});

test('keeps the mode of a file that it updates, and writes through a link', async () => {
	const cwd = temporaryFolder({ ...FLUE_0_7, '.env.example': 'A=1' });
	chmodSync(join(cwd, '.env.example'), 0o600);
	await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	expect(readFileSync(join(cwd, '.env.example'), 'utf8')).toMatch(
		/^A=1\n\n# .*\nDAYTONA_API_KEY=\n# .*\n# DAYTONA_API_URL=\n# .*\n# DAYTONA_TARGET=\n$/,
	);
});

test('says at once, in the sandbox of Codex without a network, to run it outside', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeManager(bin, 'npm');
	const before = readTree(cwd);
	const env = { CODEX_SANDBOX_NETWORK_DISABLED: '1' };
	const { exitCode, stderr } = await flue(['add', 'daytona', '--write', '--yes'], { cwd, bin, env });
	expect(exitCode).toBe(4);
	expect(stderr).toContain(
		'The sandbox of Codex has no network, so that npm cannot install @daytona/sdk. Nothing was changed.',
	);
	expect(readCalls(bin, 'npm')).toEqual([]);
	expect(readTree(cwd)).toEqual(before);
	const alone = await flue(['add', 'daytona', '--write', '--yes', '--no-install'], { cwd, bin, env });
	expect(alone.exitCode).toBe(0);
});
