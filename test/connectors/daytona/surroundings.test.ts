import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type ConnectedSandbox } from '../../support/connector.ts';
import { findProcesses } from '../../support/daytona/processes.ts';
import type { Shell } from '../../support/daytona/shell.ts';
import { canMount, isRoot, shellAs, shellOn } from '../../support/mounts.ts';
import { imagesBySh } from '../../support/shells.ts';

const BASH = { path: '/bin/bash' };

const GENEROUS = { timeout: 60_000, interval: 50 };

const SIGNAL_PARENT = 'for signal in HUP INT QUIT ALRM USR1 USR2 TERM; do kill -$signal $PPID; done';

const canSudo = canMount && isRoot && existsSync('/usr/bin/sudo');

if (!canMount) process.stderr.write('This machine lets nobody mount: what commands do to a disk is not tested.\n');
if (!canSudo) process.stderr.write('There is no sudo here, or no right to set it up: it is not tested.\n');

function nothingIsLeft({ daytona }: ConnectedSandbox): Promise<void> {
	return vi.waitFor(() => expect(findProcesses(daytona.id)).toEqual([]), GENEROUS);
}

/** A sandbox in whose directory everybody may write. */
async function withSandbox(shell: Shell, use: (connected: ConnectedSandbox) => Promise<void>): Promise<void> {
	const workDir = mkdtempSync('/var/tmp/work-');
	chmodSync(workDir, 0o777);
	const connected = await connect({ double: { workDir, shell } });
	await use(connected);
	await connected.close();
	rmSync(workDir, { recursive: true });
}

describe.concurrent.each(imagesBySh())('in an image with $name, a command that signals its parent', ({ options }) => {
	let connected: ConnectedSandbox;
	beforeAll(async () => {
		connected = await connect({ double: options });
	});
	afterAll(() => connected.close());

	it('goes on to its end', async () => {
		const result = await connected.sandbox.exec(`${SIGNAL_PARENT}; sleep .3; echo after >&2; exit 3`);
		expect(result).toEqual({ stdout: '', stderr: 'after\n', exitCode: 3 });
	});

	it('is still ended at its deadline, and leaves nothing', async () => {
		const command = `echo before; ${SIGNAL_PARENT}; kill -STOP $PPID; sleep 60; echo after`;
		const result = await connected.sandbox.exec(command, { timeoutMs: 1500 });
		expect(result).toEqual({ stdout: 'before\n', stderr: '[stopped at the deadline of 2 s]\n', exitCode: 124 });
	});
});

describe('a command that kills the program which keeps its deadline', () => {
	it('is ended, and that is told', async () => {
		const connected = await connect();
		const own = 'grep -ls "DAYTONA_SANDBOX_ID=$DAYTONA_SANDBOX_ID" /proc/[0-9]*/environ | tr -cd "0-9\\n"';
		const kill = `for id in $(${own}); do grep -qs ^timeout /proc/$id/cmdline && kill -9 $id; done`;
		const result = await connected.sandbox.exec(`echo a; ${kill}; sleep 60`, { timeoutMs: 300_000 });
		expect(result).toEqual({ stdout: 'a\n', stderr: '[ended from outside]\n', exitCode: 124 });
		await nothingIsLeft(connected);
		await connected.close();
	});
});

describe.runIf(isRoot)('kill -9 -1', () => {
	it('takes everything of its user along, is told as what it is, and leaves no file', async () => {
		const user = 61_234;
		await withSandbox(shellAs(user, BASH), async (connected) => {
			const { exitCode, stderr } = await connected.sandbox.exec(
				`echo a; sleep 60 & [ "$(id -u)" = ${user} ] && kill -9 -1`,
				{ timeoutMs: 300_000 },
			);
			expect(exitCode).toBe(137);
			expect(stderr).toMatch(/\[the shell around the command did not report: killed by it, or for want of memory\]\n$/);
			await nothingIsLeft(connected);
			const { stdout } = spawnSync('find', ['/tmp', '/var/tmp', '/dev/shm', '-maxdepth', '1', '-user', String(user)]);
			expect(stdout.toString()).toBe('');
			expect(await connected.sandbox.exec('echo b')).toEqual({ stdout: 'b\n', stderr: '', exitCode: 0 });
		});
	});
});

describe.runIf(canSudo)('a command that runs by sudo', () => {
	it('is ended at its deadline, and by an abort', async () => {
		const sudoers = join(mkdtempSync('/var/tmp/sudo-'), 'sudoers');
		writeFileSync(sudoers, 'Defaults !env_reset\nALL ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 });
		const shell = shellOn(`mount --bind ${sudoers} /etc/sudoers`, shellAs('nobody', BASH));
		await withSandbox(shell, async (connected) => {
			const { sandbox } = connected;
			expect(await sandbox.exec('sudo id -u; sudo sleep 60; echo after', { timeoutMs: 1500 })).toEqual({
				stdout: '0\n',
				stderr: '[stopped at the deadline of 2 s]\n',
				exitCode: 124,
			});
			await nothingIsLeft(connected);
			const controller = new AbortController();
			const call = sandbox.exec('sudo sleep 60 | cat; echo after', { signal: controller.signal });
			setTimeout(() => controller.abort(), 500);
			await expect(call).rejects.toMatchObject({ name: 'AbortError' });
			await nothingIsLeft(connected);
		});
		rmSync(sudoers);
	});
});

describe.runIf(canMount)('a flood of output', () => {
	const OWN_DISKS = 'for d in /tmp /dev/shm; do mount -t tmpfs none $d; done';
	const USED = "df -kP /tmp /dev/shm | awk '{ used += $3 } END { print used }'";

	it('takes no place on a disk until the deadline of its command', async () => {
		await withSandbox(shellOn(OWN_DISKS, BASH), async ({ sandbox }) => {
			const { stdout, stderr, exitCode } = await sandbox.exec(`(sleep 2; ${USED} >&2) & yes`, { timeoutMs: 3000 });
			expect(stdout.length).toBeLessThan(17_000_000);
			const [kilobytes = '', ...notes] = stderr.split('\n');
			expect(Number(kilobytes)).toBeLessThan(1000);
			expect(notes.join('\n')).toMatch(/^\[stdout is cut after .*\]\n\[stopped at the deadline of 3 s\]\n$/);
			expect(exitCode).toBe(124);
		});
	});

	it('of a job in the background takes none after its command', async () => {
		await withSandbox(shellOn(OWN_DISKS, BASH), async ({ sandbox }) => {
			const file = join(sandbox.cwd, 'used');
			const result = await sandbox.exec(`{ sleep .5; exec yes; } & (sleep 2; ${USED} >${file}) & echo started`);
			expect(result).toEqual({ stdout: 'started\n', stderr: '', exitCode: 0 });
			await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toMatch(/^\d+\n$/), GENEROUS);
			expect(Number(readFileSync(file, 'utf8'))).toBeLessThan(1000);
		});
	});
});

describe.runIf(canMount && isRoot)('in a sandbox whose processes end while they are looked at, a deadline', () => {
	it('is kept all the same', async () => {
		// Such a process gives an error when its file is read.
		await withSandbox(shellOn('mount --bind /proc/$$/mem /proc/1/stat', BASH), async (connected) => {
			expect(await connected.sandbox.exec('echo a; sleep 60; echo b', { timeoutMs: 900 })).toEqual({
				stdout: 'a\n',
				stderr: '[stopped at the deadline of 1 s]\n',
				exitCode: 124,
			});
			await nothingIsLeft(connected);
		});
	});
});
