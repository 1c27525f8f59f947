import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addedFiles, CONNECTOR, connectorFile, installed, withMethod } from '../support/added-project.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue, readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const WRITE = ['add', 'daytona', '--write'];

const INSTALLS = `
const [name, range] = process.argv.at(-1).split(/(?<=.)@/);
declare(name, range);`;

function npm(script = INSTALLS): string {
	const bin = temporaryFolder();
	fakeManager(bin, 'npm', script);
	return bin;
}

/** What an install brings into node_modules beside what it was asked for. */
const bringsRuntime = (version: string) => `${INSTALLS}
fs.mkdirSync('node_modules/@flue/runtime', { recursive: true });
fs.writeFileSync('node_modules/@flue/runtime/package.json', JSON.stringify({ name: '@flue/runtime', version: '${version}' }));`;

const NOT_INSTALLED: Files = {
	'package.json': { name: 'bot', type: 'module', dependencies: { '@flue/runtime': '>=0.9.0' } },
	'src/agents/': '',
};

describe('an install that brings another runtime than the project seemed to have', () => {
	test('has the connector written for that one, and that is said', async () => {
		const [cwd, bin] = [temporaryFolder(NOT_INSTALLED), npm(bringsRuntime('0.11.1'))];
		const { exitCode, stderr } = await flue(WRITE, { cwd, bin });
		expect(exitCode).toBe(0);
		expect(stderr).toContain('The install brought @flue/runtime 0.11.1: the connector is written for that version.\n');
		expect(stderr).toContain('created src/connectors/daytona.ts\n');
		expect(readFileSync(join(cwd, 'src/connectors/daytona.ts'), 'utf8')).toBe(connectorFile('0.9.0'));
		const again = await flue(WRITE, { cwd, bin });
		expect(again.stderr).toContain('Nothing to do');
		expect(readCalls(bin, 'npm')).toHaveLength(1);
	});

	test('changes nothing where --runtime names the one to write for', async () => {
		const [cwd, bin] = [temporaryFolder(NOT_INSTALLED), npm(bringsRuntime('0.11.1'))];
		await flue([...WRITE, '--runtime', '2.1.0'], { cwd, bin });
		expect(readFileSync(join(cwd, 'src/connectors/daytona.ts'), 'utf8')).toBe(connectorFile('2.0.2'));
	});

	test('overwrites nothing that was edited meanwhile', async () => {
		const mine = withMethod(connectorFile('0.9.0'));
		const script = `${bringsRuntime('2.0.1')}
fs.mkdirSync('src/connectors', { recursive: true }); fs.writeFileSync('src/connectors/daytona.ts', ${JSON.stringify(mine)});`;
		const [cwd, bin] = [temporaryFolder(NOT_INSTALLED), npm(script)];
		const { exitCode, stderr } = await flue(WRITE, { cwd, bin });
		expect(exitCode).toBe(1);
		expect(stderr).toContain('was changed while this ran');
		expect(stderr).toContain('npm left these files changed: package.json.');
		expect(readFileSync(join(cwd, 'src/connectors/daytona.ts'), 'utf8')).toBe(mine);
	});
});

describe('the run after one that failed', () => {
	test('writes what is missing, and installs what is declared and is not there', async () => {
		const [cwd, bin] = [temporaryFolder({ ...FLUE_0_7, ...installed({ '@flue/runtime': '0.7.1' }) }), npm()];
		const failing = npm(`${INSTALLS} fs.rmSync('node_modules/@daytona', { recursive: true }); process.exit(1);`);
		const failed = await flue(WRITE, { cwd, bin: failing });
		expect(failed.exitCode).toBe(4);
		expect(existsSync(join(cwd, CONNECTOR))).toBe(false);
		expect((await flue(WRITE, { cwd, bin })).exitCode).toBe(0);
		expect(readCalls(bin, 'npm').map(({ args }) => args.at(-1))).toEqual(['@daytona/sdk@^0.216.0']);
		expect(existsSync(join(cwd, CONNECTOR))).toBe(true);
		expect((await flue(WRITE, { cwd, bin })).stderr).toContain('Nothing to do');
	});

	test.each(['add', 'update'])('installs it in the range that is declared, with %s as well', async (verb) => {
		const { 'node_modules/@daytona/sdk/package.json': _, ...files } = addedFiles('2.1.0', connectorFile('2.0.2'));
		const manifest = { dependencies: { '@flue/runtime': '2.1.0' }, devDependencies: { '@daytona/sdk': '~0.200.1' } };
		const [cwd, bin] = [temporaryFolder({ ...files, 'package.json': manifest }), npm()];
		expect((await flue([verb, 'daytona', '--write'], { cwd, bin })).exitCode).toBe(0);
		expect(readCalls(bin, 'npm').map(({ args }) => args.at(-1))).toEqual(['@daytona/sdk@~0.200.1']);
	});
});

test.each([
	['package-lock.json', 'npm install'],
	['pnpm-lock.yaml', 'pnpm install'],
	['bun.lock', 'bun install'],
])('a fresh clone with %s is told its own install command, and nothing is run', async (lockfile, command) => {
	const { 'package-lock.json': _, ...files } = addedFiles('2.1.0', connectorFile('2.0.2'));
	const [cwd, bin] = [temporaryFolder({ ...files, [lockfile]: '' }), npm()];
	rmSync(join(cwd, 'node_modules'), { recursive: true });
	const { exitCode, stderr } = await flue(WRITE, { cwd, bin });
	expect(exitCode).toBe(0);
	expect(stderr).toContain(`Warning: The packages of this project are not installed: install them with ${command}.\n`);
	expect(readCalls(bin, 'npm')).toEqual([]);
});

describe('what others do while the package manager runs', () => {
	/** Each is done by somebody else during the install, and has to be there at the end. */
	const EDITS: Readonly<Record<string, string>> = {
		'package.json': `const m = JSON.parse(fs.readFileSync('package.json', 'utf8')); m.mine = 1; fs.writeFileSync('package.json', JSON.stringify(m));`,
		'.npmrc': `fs.writeFileSync('.npmrc', 'mine');`,
		'.yarn/patches/a.patch': `fs.mkdirSync('.yarn/patches', { recursive: true }); fs.writeFileSync('.yarn/patches/a.patch', 'mine');`,
		'yarn.lock': `fs.writeFileSync('yarn.lock', 'mine');`,
		'src/mine.ts': `fs.mkdirSync('src', { recursive: true }); fs.writeFileSync('src/mine.ts', 'mine');`,
	};

	test.each(['', 'process.exit(1);', `process.kill(process.ppid, 'SIGINT'); setInterval(() => {}, 1000);`])(
		'stays, however the install ends (%s)',
		async (end) => {
			const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm(`${INSTALLS}\n${Object.values(EDITS).join('\n')}\n${end}`)];
			const { exitCode } = await flue(WRITE, { cwd, bin });
			expect(exitCode).toBe(end === '' ? 0 : end.startsWith('process.exit') ? 4 : 130);
			const tree = readTree(cwd);
			for (const path of Object.keys(EDITS)) expect(tree[path]).toContain('mine');
		},
	);

	test('is not undone when a git switch takes the project elsewhere', async () => {
		const git = (...args: string[]) =>
			execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], { cwd, stdio: 'pipe' });
		const cwd = temporaryFolder(FLUE_0_7);
		git('init', '--quiet', '-b', 'main');
		git('add', '-A');
		git('commit', '--quiet', '-m', 'one');
		git('checkout', '--quiet', '-b', 'other');
		writeFileSync(join(cwd, 'package-lock.json'), 'other');
		git('commit', '--quiet', '-am', 'two');
		git('checkout', '--quiet', 'main');
		const bin = npm(
			`require('node:child_process').execFileSync('git', ['checkout', '--quiet', 'other']); process.exit(1);`,
		);
		expect((await flue(WRITE, { cwd, bin })).exitCode).toBe(4);
		expect(readTree(cwd)['package-lock.json']).toBe('other');
		expect(git('status', '--porcelain').toString()).toBe('');
	});

	test('a link that takes the place of a folder is not followed', async () => {
		const outside = temporaryFolder();
		const link = `fs.rmSync('.flue/connectors', { recursive: true, force: true }); fs.symlinkSync(${JSON.stringify(outside)}, '.flue/connectors');`;
		const [cwd, bin] = [temporaryFolder({ ...FLUE_0_7, '.flue/connectors/': '' }), npm(`${INSTALLS}\n${link}`)];
		const { exitCode, stderr } = await flue(WRITE, { cwd, bin });
		expect(exitCode).toBe(1);
		expect(stderr).toMatch(/leads through a link to a place outside of the package|was changed while this ran/);
		expect(readTree(outside)).toEqual({});
	});

	test('a link to another folder of the project is not followed either', async () => {
		const link = `fs.rmSync('.flue/connectors', { recursive: true }); fs.mkdirSync('elsewhere'); fs.symlinkSync('../elsewhere', '.flue/connectors');`;
		const [cwd, bin] = [temporaryFolder({ ...FLUE_0_7, '.flue/connectors/': '' }), npm(`${INSTALLS}\n${link}`)];
		const { exitCode, stderr } = await flue(WRITE, { cwd, bin });
		expect(exitCode).toBe(1);
		expect(stderr).toContain('was changed while this ran');
		expect(readTree(cwd)['elsewhere/daytona.ts']).toBeUndefined();
	});
});

describe('a setting of the project that keeps npm from installing', () => {
	test.each([
		['location=global', INSTALLS.replace('declare(name, range);', ''), 'is not in package.json', 'location'],
		['dry-run=true', INSTALLS.replace('declare(name, range);', ''), 'is not in package.json', 'dry-run'],
		[
			'package-lock-only=true',
			`${INSTALLS} fs.rmSync('node_modules', { recursive: true });`,
			'is not installed',
			'package-lock-only',
		],
	])('is found when npm ends with 0: %s', async (npmrc, script, problem, setting) => {
		const [cwd, bin] = [
			temporaryFolder({ ...FLUE_0_7, '.npmrc': `${npmrc}\n` }),
			npm(`${script} console.log('up to date');`),
		];
		const { exitCode, stderr } = await flue(WRITE, { cwd, bin });
		expect(exitCode).toBe(4);
		expect(stderr).toContain(problem);
		expect(stderr).toContain('\n  up to date\n');
		expect(stderr).toContain(`.npmrc sets ${setting}: `);
		expect(stderr).not.toContain('Try again');
		expect(existsSync(join(cwd, CONNECTOR))).toBe(false);
	});

	test('is none where only install scripts are left out', async () => {
		const [cwd, bin] = [temporaryFolder({ ...FLUE_0_7, '.npmrc': 'ignore-scripts=true\n' }), npm()];
		expect((await flue(WRITE, { cwd, bin })).exitCode).toBe(0);
	});
});

test('shows the last lines of the manager as they are, and no secret of the environment', async () => {
	const lines = [
		'npm error code EACCES',
		'npm error path /root/.npm',
		'npm error To fix it: sudo chown -R 1000:1000 /root/.npm',
	];
	const script = `console.error(${JSON.stringify(lines.join('\n'))}); console.error('sent ' + process.env.MY_SECRET); process.exit(243);`;
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm(script)];
	const { stderr } = await flue(WRITE, { cwd, bin, env: { MY_SECRET: 'hunter2hunter2' } });
	expect(stderr).toContain(['npm ended with exit code 243.', ...lines, 'sent ***'].join('\n  '));
	expect(stderr).toContain('\nA file cannot be written: look at the permissions');
	expect(stderr).not.toContain('hunter2');
});
