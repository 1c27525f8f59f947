import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainEnv, readTree } from './support/flue.ts';
import { FLUE_0_7 } from './support/sample-projects.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..');

const FIXTURE = join(import.meta.dirname, 'fixtures/second-connector');

const COPIED = [
	'src',
	'templates',
	'bin',
	'test',
	'package.json',
	'tsconfig.json',
	'vite.config.ts',
	'README.md',
	'LICENSE',
];

let copy: string;

let before: Record<string, string>;

/** The list of CONTRIBUTING.md, followed in a copy of this repository. */
beforeAll(() => {
	copy = realpathSync(mkdtempSync(join(tmpdir(), 'second-connector-')));
	for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
	symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
	before = readTree(copy);
	cpSync(FIXTURE, copy, { recursive: true });
	const list = join(copy, 'src/connectors/index.ts');
	const line = `{ ...shed, load: () => import('./shed/shed.ts') },`;
	const listed = readFileSync(list, 'utf8').replace(/(readonly Connector\[\] = \[)/, `$1\n${line}`);
	writeFileSync(list, `import { shed } from './shed/facts.ts';\n${listed}`);
	writeFileSync(join(copy, 'README.md'), `${readFileSync(join(copy, 'README.md'), 'utf8')}\nflue add shed\n`);
	execFileSync(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
		cwd: copy,
		stdio: 'pipe',
	});
}, 120_000);

afterAll(() => rmSync(copy, { recursive: true, force: true }));

async function flueWithShed(args: readonly string[], cwd: string) {
	return execa(process.execPath, [join(copy, 'bin/flue.js'), ...args], {
		cwd,
		env: plainEnv(),
		extendEnv: false,
		stdin: 'ignore',
		reject: false,
		stripFinalNewline: false,
	});
}

test('takes no more than the files that CONTRIBUTING lists, none of them of the engine or of a test', () => {
	const after = readTree(copy);
	const changed = Object.keys(after).filter((path) => !path.startsWith('dist') && after[path] !== before[path]);
	expect(changed.filter((path) => !path.endsWith('/')).toSorted()).toEqual([
		'README.md',
		'src/connectors/index.ts',
		'src/connectors/shed/facts.ts',
		'src/connectors/shed/shed.ts',
		'templates/shed/connector.ts.hbs',
	]);
	const contributing = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
	for (const path of [
		'src/connectors/<name>/facts.ts',
		'src/connectors/<name>/<name>.ts',
		'templates/<name>/*.hbs',
		'src/connectors/index.ts',
		'README.md',
	]) {
		expect(contributing).toContain(`| \`${path}\` |`);
	}
});

test('has the types that the engine asks for', () => {
	const run = () =>
		execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit'], { cwd: copy, stdio: 'pipe', encoding: 'utf8' });
	expect(run()).toBe('');
});

test('is listed, printed, previewed, compared and written like the first', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const list = await flueWithShed(['add'], cwd);
	expect(list.stdout).toMatch(/^shed +sandbox +A shed for tests$/m);
	const printed = await flueWithShed(['add', '@shed/sdk', '--print'], cwd);
	expect(printed.stdout).toMatch(/^# Add the Shed connector to this project\n/);
	expect(printed.stdout).toContain('Put the key of the shed into SHED_KEY.');
	const preview = await flueWithShed(['add', 'shed', '--dry-run'], cwd);
	expect(preview.stderr).toContain('npm install --no-audit --no-fund "@shed/sdk@^1.2.0"');
	const compared = await flueWithShed(['add', 'shed', '--diff'], cwd);
	expect(compared.stdout).toContain('+++ b/.flue/connectors/shed.ts');
	const written = await flueWithShed(['add', 'sandbox', 'shed', '--write', '--no-install'], cwd);
	expect(written.exitCode).toBe(0);
	expect(readFileSync(join(cwd, '.flue/connectors/shed.ts'), 'utf8')).toContain("return 'shed';");
	expect(readFileSync(join(cwd, '.env.example'), 'utf8')).toContain('SHED_KEY=');
	const again = await flueWithShed(['add', 'shed', '--write', '--no-install'], cwd);
	expect(again.stderr).toContain('Nothing to write');
});

test('leaves the first connector what it was', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const beside = await flueWithShed(['add', 'daytona', '--print'], cwd);
	const { stdout } = await execa(process.execPath, [join(ROOT, 'bin/flue.js'), 'add', 'daytona', '--print'], {
		cwd,
		env: plainEnv(),
		extendEnv: false,
		stripFinalNewline: false,
	});
	expect(beside.stdout).toBe(stdout);
});
