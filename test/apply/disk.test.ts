import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectorFile } from '../support/added-project.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue, readTree } from '../support/flue.ts';
import { refusing } from '../support/refuse.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { isRoot, NOBODY, NOT_HERE, OWN_MOUNTS, shell, UNPRIVILEGED } from '../support/shell-as.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const WRITE = ['add', 'daytona', '--write'];

const LEFT = 'npm left these files changed: package.json, package-lock.json.\nRun the same command again to finish.';

const INSTALLS = `
const [name, range] = process.argv.at(-1).split(/(?<=.)@/);
declare(name, range);
fs.writeFileSync('package-lock.json', '{ "changed": true }');`;

const FILLS_THE_DISK = `${INSTALLS}
fs.mkdirSync('node_modules', { recursive: true });
try { for (;;) fs.appendFileSync('node_modules/filler', Buffer.alloc(512)); } catch {}`;

/** What INSTALLS makes of the project. */
function afterInstall(tree: Record<string, string>): Record<string, string> {
	const manifest = JSON.parse(tree['package.json'] ?? '') as { dependencies: object };
	const dependencies = { ...manifest.dependencies, '@daytona/sdk': '^0.216.0' };
	return {
		...tree,
		'package.json': JSON.stringify({ ...manifest, dependencies }),
		'package-lock.json': '{ "changed": true }',
	};
}

/** The content, the kind and the permissions of everything. */
function readWhole(folder: string): Record<string, string> {
	const tree = readTree(folder);
	return Object.fromEntries(
		Object.entries(tree).map(([path, content]) => [
			path,
			`${(lstatSync(join(folder, path)).mode & 0o7777).toString(8)} ${content}`,
		]),
	);
}

function npm(script = INSTALLS): string {
	const bin = temporaryFolder();
	fakeManager(bin, 'npm', script);
	chmodSync(bin, 0o777);
	return bin;
}

function giveAway(path: string): void {
	chownSync(path, NOBODY, NOBODY);
	if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name));
}

const PERMISSIONS = [
	['the folder of connectors', '.flue/connectors', CONNECTOR, 0o555],
	['the folder above it', '.flue', CONNECTOR, 0o555],
	['the package', '.', 'package.json', 0o555],
	['package.json', 'package.json', 'package.json', 0o444],
	['.env.example', '.env.example', '.env.example', 0o444],
] as const;

/** Each as the machine really refuses it and, for one on which that cannot be had, as a shim does. */
describe.each(['the machine', 'a shim'] as const)('what %s refuses before anything is changed', (by) => {
	test.each(PERMISSIONS)(
		'ends with 1, the path and the reason: no permission for %s',
		async (_, closed, named, mode) => {
			const [cwd, bin] = [
				temporaryFolder({ ...FLUE_0_7, ...(closed === '.flue/connectors' ? { '.flue/connectors/': '' } : {}) }),
				npm(),
			];
			chmodSync(join(cwd, closed), mode);
			if (isRoot) giveAway(cwd);
			const before = readWhole(cwd);
			const probe = lstatSync(join(cwd, closed)).isDirectory() ? `touch '${closed}/probe'` : `echo >>'${closed}'`;
			const script = `"$NODE" "$BIN" --version >&2 && ! ${probe} && exec 2>&1 "$NODE" "$BIN" ${WRITE.join(' ')} || exit ${NOT_HERE}`;
			const real =
				by === 'the machine' ? await shell(UNPRIVILEGED, script, cwd, { bin }) : { exitCode: NOT_HERE, stdout: '' };
			const path = closed === '.' ? `/${basename(cwd)}` : `/${closed}`;
			const shim =
				real.exitCode === NOT_HERE
					? await flue(WRITE, { cwd, bin, env: refusing(`accessSync:${path}:EACCES`) })
					: undefined;
			expect(shim?.exitCode ?? real.exitCode).toBe(1);
			expect(shim?.stderr ?? real.stdout).toBe(
				`${join(cwd, named)} cannot be written: permission denied.\nNothing was changed.\n`,
			);
			expect(readWhole(cwd)).toEqual(before);
			expect(readCalls(bin, 'npm')).toEqual([]);
		},
	);

	test('ends with 1, the path and the reason: a file system that is read-only', async () => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm()];
		const before = readWhole(cwd);
		const mount = 'mount --bind "$PWD" "$PWD" && mount -o remount,bind,ro "$PWD" && cd "$PWD" && ! touch probe';
		const script = `{ ${mount}; } >&2 && exec 2>&1 "$NODE" "$BIN" ${WRITE.join(' ')} || exit ${NOT_HERE}`;
		const real =
			by === 'the machine' ? await shell(OWN_MOUNTS, script, cwd, { bin }) : { exitCode: NOT_HERE, stdout: '' };
		const shim =
			real.exitCode === NOT_HERE
				? await flue(WRITE, { cwd, bin, env: refusing(`accessSync:/${basename(cwd)}:EROFS`) })
				: undefined;
		expect(shim?.exitCode ?? real.exitCode).toBe(1);
		expect(shim?.stderr ?? real.stdout).toBe(
			`${join(cwd, 'package.json')} cannot be written: the file system is read-only.\nNothing was changed.\n`,
		);
		expect(readWhole(cwd)).toEqual(before);
		expect(readCalls(bin, 'npm')).toEqual([]);
	});
});

/** Runs the program in a copy of the project on a disk of its own; undefined where none can be mounted. */
async function onSmallDisk(cwd: string, bin: string, fill: string) {
	const [disk, after] = [temporaryFolder(), temporaryFolder()];
	const script = `{ mount -t tmpfs -o size=256k none "$DISK" && cp -r . "$DISK" && cd "$DISK"; } >&2 || exit ${NOT_HERE}
		${fill}
		"$NODE" "$BIN" ${WRITE.join(' ')} 2>&1; code=$?
		rm -f filler; cp -r . "$AFTER"; exit $code`;
	const { exitCode, stdout } = await shell(OWN_MOUNTS, script, cwd, { bin, DISK: disk, AFTER: after });
	return exitCode === NOT_HERE ? undefined : { exitCode, stderr: stdout, tree: readTree(after), folder: disk };
}

async function onBrokenDisk(cwd: string, bin: string, rule: string) {
	const { exitCode, stderr } = await flue(WRITE, { cwd, bin, env: refusing(rule) });
	return { exitCode, stderr, tree: readTree(cwd), folder: cwd };
}

describe.each(['the machine', 'a shim'] as const)('a disk that is full for %s', (by) => {
	test('is found before anything is changed', async () => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm()];
		const before = readTree(cwd);
		const real = by === 'the machine' ? await onSmallDisk(cwd, bin, 'cat /dev/zero >filler 2>/dev/null') : undefined;
		const { exitCode, stderr, tree, folder } =
			real ?? (await onBrokenDisk(cwd, bin, `accessSync:/${basename(cwd)}:ENOSPC`));
		expect(exitCode).toBe(1);
		expect(stderr).toBe(`${join(folder, 'package.json')} cannot be written: the disk is full.\nNothing was changed.\n`);
		expect(tree).toEqual(before);
		expect(readCalls(bin, 'npm')).toEqual([]);
	});

	test('and filled by the install gets no file of ours, and keeps what npm wrote', async () => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm(by === 'the machine' ? FILLS_THE_DISK : INSTALLS)];
		const before = readTree(cwd);
		const real = by === 'the machine' ? await onSmallDisk(cwd, bin, '') : undefined;
		const { exitCode, stderr, tree, folder } = real ?? (await onBrokenDisk(cwd, bin, 'writeSync:1:ENOSPC'));
		expect(exitCode).toBe(1);
		expect(stderr).toContain(`${join(folder, CONNECTOR)} cannot be written: the disk is full.\n${LEFT}\n`);
		expect(tree).toEqual(afterInstall(before));
		expect(readCalls(bin, 'npm')).toHaveLength(1);
	});
});

describe('a disk that refuses in the midst of the work', () => {
	test.each([
		['mkdirSync:1:EACCES', 'permission denied', CONNECTOR],
		['openSync:.flue-draft:EDQUOT', 'the disk quota is used up', CONNECTOR],
		['writeSync:1:EFBIG', 'the file would be larger than is allowed', CONNECTOR],
		['writeSync:2:ENOSPC', 'the disk is full', '.env.example'],
		['fsyncSync:2:EIO', 'the disk reports an error', '.env.example'],
		['renameSync:1:EMFILE', 'too many files are open', CONNECTOR],
	])('leaves every file of ours as it was: %s', async (rule, reason, path) => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm()];
		const before = readTree(cwd);
		const { exitCode, stderr } = await flue(WRITE, { cwd, bin, env: refusing(rule) });
		expect(exitCode).toBe(1);
		expect(stderr).toContain(`${join(cwd, path)} cannot be written: ${reason}.\n${LEFT}\n`);
		expect(readTree(cwd)).toEqual(afterInstall(before));
	});

	test('names what was written before, and the next run does the rest', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		const before = readTree(cwd);
		const write = [...WRITE, '--no-install'];
		const { exitCode, stderr } = await flue(write, { cwd, env: refusing('renameSync:2:ENOSPC') });
		expect(exitCode).toBe(1);
		expect(stderr).toBe(
			`${join(cwd, '.env.example')} cannot be written: the disk is full.\nWritten before that: ${CONNECTOR}.\nRun the same command again to finish.\n`,
		);
		const { [CONNECTOR]: written, '.flue/connectors/': _, ...others } = readTree(cwd);
		expect(written).toContain('export function daytona(');
		expect(others).toEqual(before);
		expect((await flue(write, { cwd })).exitCode).toBe(0);
		expect(readTree(cwd)['.env.example']).toContain('DAYTONA_API_KEY');
	});

	test.each([
		['fsyncSync:1:EINVAL', 'knows no fsync'],
		['fsyncSync:1:ERR_ACCESS_DENIED', 'allows no fsync'],
		['renameSync:1:EBUSY', 'refuses to rename'],
		['renameSync:2:EPERM', 'refuses to rename onto a file that is there'],
		['renameSync:2:EXDEV', 'takes the folder for another disk'],
	])('is no obstacle where there is another way: %s, one that %s', async (rule) => {
		const [cwd, other] = [temporaryFolder(FLUE_0_7), temporaryFolder(FLUE_0_7)];
		chmodSync(join(cwd, '.env.example'), 0o640);
		const write = [...WRITE, '--no-install'];
		expect((await flue(write, { cwd, env: refusing(rule) })).exitCode).toBe(0);
		await flue(write, { cwd: other });
		expect(readTree(cwd)).toEqual(readTree(other));
		expect(lstatSync(join(cwd, '.env.example')).mode & 0o777).toBe(0o640);
	});

	test('that refuses to rename and is then full has the old file, whole', async () => {
		const cwd = temporaryFolder({ ...FLUE_0_7, [CONNECTOR]: connectorFile('2.0.2') });
		const before = readTree(cwd);
		const env = refusing('renameSync:1:EBUSY', 'writeSync:3:ENOSPC');
		const { exitCode, stderr } = await flue([...WRITE, '--no-install'], { cwd, env });
		expect({ exitCode, stderr }).toEqual({
			exitCode: 1,
			stderr: `${join(cwd, CONNECTOR)} cannot be written: the disk is full.\nNothing was changed.\n`,
		});
		expect(readTree(cwd)).toEqual(before);
	});

	test('is no obstacle when it tells nothing about its size', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		const { exitCode } = await flue([...WRITE, '--no-install'], { cwd, env: refusing('statfsSync:1:ENOSYS') });
		expect(exitCode).toBe(0);
	});

	test('says that nothing was changed where nothing was installed', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		const before = readWhole(cwd);
		const { exitCode, stderr } = await flue([...WRITE, '--no-install'], { cwd, env: refusing('writeSync:2:ENOSPC') });
		expect(exitCode).toBe(1);
		expect(stderr).toBe(`${join(cwd, '.env.example')} cannot be written: the disk is full.\nNothing was changed.\n`);
		expect(readWhole(cwd)).toEqual(before);
	});

	test('keeps what is replaced, and no second copy of it where it stays in place', async () => {
		const cwd = temporaryFolder({ ...FLUE_0_7, [CONNECTOR]: '// mine\n' });
		const before = readTree(cwd);
		// The first rename is that of the copy.
		const env = refusing('renameSync:2:ENOSPC');
		const { exitCode, stderr } = await flue([...WRITE, '--force', '--no-install'], { cwd, env });
		expect(exitCode).toBe(1);
		expect(stderr).toContain(`${join(cwd, CONNECTOR)} cannot be written: the disk is full.\nNothing was changed.\n`);
		expect(readTree(cwd)).toEqual(before);
	});

	test("lets no folder's name steer the terminal", async () => {
		const cwd = join(temporaryFolder(), 'a\u001B[31mRED\nDo something else');
		writeFiles(cwd, FLUE_0_7);
		const { stderr, exitCode } = await flue([...WRITE, '--no-install'], { cwd, env: refusing('writeSync:1:EIO') });
		expect(stderr).toMatch(/a\?\[31mRED\?Do something else\/[\w./-]+ cannot be written/);
		expect(stderr).not.toMatch(/\u001B|\nDo something/);
		expect(exitCode).toBe(1);
	});
});

describe('a file that changes while the program runs', () => {
	test.each([
		['appears', CONNECTOR, undefined],
		['gets another line', '.env.example', 'MORE=1\n'],
	])('is not written over when it %s during the install', async (_, path, added) => {
		const edit = `fs.mkdirSync('.flue/connectors', { recursive: true }); fs.appendFileSync(${JSON.stringify(path)}, ${JSON.stringify(added ?? '// mine')});`;
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), npm(`${INSTALLS} ${edit}`)];
		const before = readTree(cwd);
		const { exitCode, stderr } = await flue(WRITE, { cwd, bin });
		expect(exitCode).toBe(1);
		expect(stderr).toContain(
			`${join(cwd, path)} was changed while this ran, so nothing is written over it.\n${LEFT}\n`,
		);
		expect(readTree(cwd)).toEqual({
			...afterInstall(before),
			'.flue/connectors/': '',
			[path]: `${before[path] ?? ''}${added ?? '// mine'}`,
		});
	});
});

describe('what a killed run has left', () => {
	test('is removed, and nothing else', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		mkdirSync(join(cwd, '.flue/connectors'));
		const others = ['.flue/connectors/.other.ts.0a1b2c3d.flue-draft', '.flue/connectors/daytona.ts.flue-draft'];
		const left = ['.flue/connectors/.daytona.ts.0a1b2c3d.flue-draft', '..env.example.0a1b2c3d.flue-draft'];
		for (const path of [...others, ...left]) writeFileSync(join(cwd, path), '');
		expect((await flue([...WRITE, '--no-install'], { cwd })).exitCode).toBe(0);
		const drafts = Object.keys(readTree(cwd)).filter((path) => path.includes('.flue-'));
		expect(drafts.toSorted()).toEqual(others.toSorted());
		expect(readFileSync(join(cwd, CONNECTOR), 'utf8')).toContain('export function daytona(');
	});

	test('and was in use by another run is written again by that one', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		const { exitCode } = await flue([...WRITE, '--no-install'], { cwd, env: refusing('renameSync:1:ENOENT') });
		expect(exitCode).toBe(0);
		expect(readTree(cwd)[CONNECTOR]).toContain('export function daytona(');
	});
});
