import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fakeManager, readCalls, untilCalled } from '../support/fake-manager.ts';
import { flue, readTree, startFlue } from '../support/flue.ts';
import { refusing } from '../support/refuse.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const WRITE = ['add', 'daytona', '--write'];

/** What a package manager has done by then. */
const INSTALLS = `
const [name, range] = process.argv.at(-1).split(/(?<=.)@/);
declare(name, range);
fs.writeFileSync('package-lock.json', '{ "changed": true }');`;

/** Starts a child that beats as long as it lives, and that only SIGKILL ends; hangs. */
const HANGS = `${INSTALLS}
const beat = "for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) process.on(name, () => {}); setInterval(() => require('fs').appendFileSync(process.argv[1], '.'), 20);";
require('node:child_process').spawn(process.execPath, ['-e', beat, calls + '.beat'], { stdio: 'inherit' });
setInterval(() => {}, 1000);`;

const SIGNALS = [
	['SIGINT', 130, 'Cancelled'],
	['SIGTERM', 143, 'Terminated'],
	['SIGHUP', 143, 'Terminated'],
	['SIGQUIT', 143, 'Terminated'],
] as const;

function sizeOf(path: string): number {
	return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function npm(script: string): string {
	const bin = temporaryFolder();
	fakeManager(bin, 'npm', script);
	return bin;
}

test.each(SIGNALS)('ends before anything is done when %s comes during the look', async (signal, code, verb) => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm(INSTALLS)];
	const before = readTree(cwd);
	const { exitCode, stdout, stderr } = await flue(WRITE, { cwd, bin, env: refusing(`statSync:1:${signal}`) });
	expect({ exitCode, stdout, stderr }).toEqual({
		exitCode: code,
		stdout: '',
		stderr: `${verb}.\nNothing was changed.\n`,
	});
	expect(readTree(cwd)).toEqual(before);
	expect(readCalls(bin, 'npm')).toEqual([]);
});

test.each([[[]], [['--print']], [['--dry-run']], [['--diff']]])(
	'prints nothing with %j after a SIGINT during the look',
	async (flags) => {
		const { signal, stdout } = await startFlue(['add', 'daytona', ...flags], {
			cwd: temporaryFolder(FLUE_0_7),
			env: refusing('statSync:1:SIGINT'),
		});
		expect({ signal, stdout }).toEqual({ signal: 'SIGINT', stdout: '' });
	},
);

test.each([['--print'], ['--dry-run'], ['--diff']])(
	'prints one object with %s --json, whatever signal comes',
	async (flag) => {
		const { exitCode, stdout } = await flue(['add', 'daytona', flag, '--json'], {
			cwd: temporaryFolder(FLUE_0_7),
			env: refusing('statSync:1:SIGTERM'),
		});
		expect({ exitCode, report: JSON.parse(stdout) }).toMatchObject({
			exitCode: 143,
			report: { status: 'cancelled', exitCode: 143 },
		});
	},
);

test('ends the install with all that it started, and names what npm left changed, whichever signal comes', async () => {
	await Promise.all(
		SIGNALS.map(async ([signal, code, verb]) => {
			const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm(HANGS)];
			const left = { ...readTree(cwd), 'package-lock.json': '{ "changed": true }' };
			const beat = join(bin, 'npm.calls.beat');
			const running = startFlue(WRITE, { cwd, bin });
			await untilCalled(bin, 'npm');
			while (sizeOf(beat) === 0) await sleep(20);
			running.kill(signal);
			const { exitCode, stderr } = await running;
			const size = sizeOf(beat);
			await sleep(500);
			expect({ signal, size: sizeOf(beat) }).toEqual({ signal, size });
			expect({ signal, exitCode }).toEqual({ signal, exitCode: code });
			expect(stderr).toContain(
				`\nStopping npm...\n${verb}.\nflue wrote no file.\nnpm left these files changed: package.json, package-lock.json.\nTry again:  flue add daytona --write\n`,
			);
			const { 'package.json': manifest, ...others } = readTree(cwd);
			expect(manifest).toContain('@daytona/sdk');
			expect(others).toEqual({ ...left, 'package.json': undefined });
		}),
	);
});

test('ends with nothing of ours or everything there when a signal comes as the install ends', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm(`${INSTALLS} process.kill(process.ppid, 'SIGTERM');`)];
	const before = readTree(cwd);
	const { exitCode, stderr } = await flue(WRITE, { cwd, bin });
	expect(exitCode).toBe(143);
	const tree = readTree(cwd);
	if (stderr.includes('everything was written')) {
		expect(tree[CONNECTOR]).toContain('export function daytona(');
		expect(tree['package.json']).toContain('@daytona/sdk');
		expect(tree['.env.example']).toContain('DAYTONA_API_KEY');
	} else {
		expect(stderr).toContain('Terminated.\nflue wrote no file.\nnpm left these files changed: package.json');
		expect(tree[CONNECTOR]).toBeUndefined();
		expect(tree['.env.example']).toBe(before['.env.example']);
	}
});

test.each(SIGNALS.flatMap(([signal, code, verb]) => [1, 2].map((rename) => ({ signal, code, verb, rename }))))(
	'writes to the end when $signal comes at rename $rename, and says so',
	async ({ signal, code, verb, rename }) => {
		const [interrupted, whole, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder(FLUE_0_7), npm(INSTALLS)];
		const { exitCode, stderr } = await flue(WRITE, {
			cwd: interrupted,
			bin,
			env: refusing(`renameSync:${rename}:${signal}`),
		});
		expect(exitCode).toBe(code);
		expect(stderr).toContain(
			`${verb}, but everything was written by then:\n  installed @daytona/sdk@^0.216.0 with npm (package-lock.json)\n  created ${CONNECTOR}\n  updated .env.example\n`,
		);
		await flue(WRITE, { cwd: whole, bin });
		expect(readTree(interrupted)).toEqual(readTree(whole));
	},
);

test('goes on to the end when nobody reads what it says any more', async () => {
	const [cwd, bin] = [
		temporaryFolder(FLUE_0_7),
		npm(
			`while (!fs.existsSync(calls + '.go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); ${INSTALLS}`,
		),
	];
	const running = startFlue(WRITE, { cwd, bin });
	running.stdout.destroy();
	running.stderr.destroy();
	writeFileSync(join(bin, 'npm.calls.go'), '');
	const { exitCode } = await running;
	expect(exitCode).toBe(0);
	expect(existsSync(join(cwd, CONNECTOR))).toBe(true);
});
