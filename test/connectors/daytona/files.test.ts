import { execFileSync } from 'node:child_process';
import {
	chmodSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, type ConnectedSandbox, type SandboxEnv } from '../../support/connector.ts';
import { findImages, imageWithout } from '../../support/shells.ts';

const ODD_NAMES = [
	"we'ird",
	'new\nline',
	'-dash',
	'-n',
	'*',
	'$x',
	'`id`',
	' lead',
	'trail ',
	'trail\n',
	'"quoted"',
	'back\\slash\\n',
	'é漢👧',
	'~',
	'!',
	'#',
	'a b',
	'\ttab',
	'%s',
	';&|',
	'...',
	'[a]',
	'{a,b}',
	'=',
	'\x02',
	'\x1b[0m',
	"'",
	'x'.repeat(255),
];

const BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);

const BOUNDARY = '\r\n--DAYTONA-FILE-BOUNDARY--\r\n\r\n--DAYTONA-FILE-BOUNDARY\r\n';

const IMAGES = [...findImages(), imageWithout('no bash', ['bash'])];

describe.each(IMAGES)('in an image with $name, a file', ({ options }) => {
	let connected: ConnectedSandbox;
	let sandbox: SandboxEnv;
	let folder: string;
	beforeAll(async () => {
		connected = await connect({ double: options });
		({ sandbox } = connected);
	});
	beforeEach(() => {
		folder = mkdtempSync(join(sandbox.cwd, 'files-'));
	});
	afterAll(() => connected.close());

	it('comes back under every name as it was written, and is listed', async () => {
		for (const name of ODD_NAMES) {
			await sandbox.writeFile(join(folder, name), `in ${name}\n`);
			expect(readFileSync(join(folder, name), 'utf8')).toBe(`in ${name}\n`);
			expect(await sandbox.readFile(join(folder, name))).toBe(`in ${name}\n`);
		}
		expect((await sandbox.readdir(folder)).toSorted()).toEqual(ODD_NAMES.toSorted());
	});

	it('has a kind, a size and a time under every name', async () => {
		for (const name of ODD_NAMES) {
			writeFileSync(join(folder, name), 'text');
			utimesSync(join(folder, name), 0, 1_000_000_000.5);
			const stat = await sandbox.stat(join(folder, name));
			expect(stat).toMatchObject({ isFile: true, isDirectory: false, isSymbolicLink: false, size: 4 });
			expect(Math.floor((stat.mtime?.getTime() ?? 0) / 1000)).toBe(1_000_000_000);
			expect(await sandbox.exists(join(folder, name))).toBe(true);
		}
	});

	it('is removed under every name, and no other', async () => {
		writeFileSync(join(folder, 'other'), '');
		for (const name of ODD_NAMES) {
			writeFileSync(join(folder, name), '');
			await sandbox.rm(join(folder, name));
			expect(await sandbox.exists(join(folder, name))).toBe(false);
		}
		expect(readdirSync(folder)).toEqual(['other']);
	});

	it('can be empty, binary, or large', async () => {
		const large = Buffer.alloc(3_000_001, BYTES);
		for (const bytes of [new Uint8Array(), BYTES, large]) {
			await sandbox.writeFile(join(folder, 'file'), bytes);
			expect(Buffer.compare(readFileSync(join(folder, 'file')), bytes)).toBe(0);
			expect(Buffer.compare(await sandbox.readFileBuffer(join(folder, 'file')), bytes)).toBe(0);
		}
	});

	it('gets its parents made', async () => {
		await sandbox.writeFile(join(folder, "a b/it's/c"), 'x');
		await sandbox.writeFile(join(folder, 'd/e/f'), Buffer.alloc(400_000));
		expect(readFileSync(join(folder, "a b/it's/c"), 'utf8')).toBe('x');
		expect(statSync(join(folder, 'd/e/f')).size).toBe(400_000);
	});

	it('that is a link is told from what it leads to', async () => {
		symlinkSync('/etc', join(folder, 'to-directory'));
		symlinkSync('/etc/passwd', join(folder, 'to-file'));
		symlinkSync('nowhere', join(folder, 'dangling'));
		const isSymbolicLink = true;
		expect(await sandbox.stat(join(folder, 'to-directory'))).toMatchObject({
			isDirectory: true,
			isFile: false,
			isSymbolicLink,
		});
		expect(await sandbox.stat(join(folder, 'to-file'))).toMatchObject({
			isDirectory: false,
			isFile: true,
			isSymbolicLink,
		});
		expect(await sandbox.stat('/dev/null')).toMatchObject({ isDirectory: false, isFile: false, isSymbolicLink: false });
		expect(await sandbox.stat('/')).toMatchObject({ isDirectory: true, isFile: false });
		await expect(sandbox.stat(join(folder, 'dangling'))).rejects.toThrow(/^stat .*dangling failed: .*No such file/);
	});

	it('that is a dangling link is listed, does not exist, and can be removed', async () => {
		symlinkSync('nowhere', join(folder, 'dangling'));
		expect(await sandbox.readdir(folder)).toEqual(['dangling']);
		expect(await sandbox.exists(join(folder, 'dangling'))).toBe(false);
		await sandbox.rm(join(folder, 'dangling'));
		expect(readdirSync(folder)).toEqual([]);
	});

	it('is removed like rm does it', async () => {
		mkdirSync(join(folder, 'full/inner'), { recursive: true });
		mkdirSync(join(folder, 'kept'));
		writeFileSync(join(folder, 'kept/file'), '');
		symlinkSync('kept', join(folder, 'link'));
		await expect(sandbox.rm(join(folder, 'full'))).rejects.toThrow(/^rm .*full failed: .*directory/);
		await sandbox.rm(join(folder, 'full'), { recursive: true });
		await sandbox.rm(join(folder, 'link'), { recursive: true });
		expect(readdirSync(folder)).toEqual(['kept']);
		expect(readdirSync(join(folder, 'kept'))).toEqual(['file']);
		await expect(sandbox.rm(join(folder, 'nope'))).rejects.toThrow(/^rm .*nope failed: .*No such file/);
		await expect(sandbox.rm(join(folder, 'nope'), { recursive: true })).rejects.toThrow(/No such file/);
		await sandbox.rm(join(folder, 'nope'), { force: true });
		await sandbox.rm(join(folder, 'nope'), { force: true, recursive: true });
	});

	it('is a directory like mkdir makes it', async () => {
		await sandbox.mkdir(join(folder, 'new'));
		expect(lstatSync(join(folder, 'new')).isDirectory()).toBe(true);
		await expect(sandbox.mkdir(join(folder, 'new'))).rejects.toThrow(/^mkdir .*new failed: .*File exists/);
		await expect(sandbox.mkdir(join(folder, 'a/b'))).rejects.toThrow(/^mkdir .*b failed: .*No such file/);
		await sandbox.mkdir(join(folder, 'a/b'), { recursive: true });
		await sandbox.mkdir(join(folder, 'a/b'), { recursive: true });
		writeFileSync(join(folder, 'file'), '');
		await expect(sandbox.mkdir(join(folder, 'file/x'), { recursive: true })).rejects.toThrow(
			/^mkdir .*x failed: .*(Not a directory|File exists)/,
		);
	});

	it('that cannot be reached is an error with path and reason', async () => {
		writeFileSync(join(folder, 'file'), '');
		const failures = [
			[() => sandbox.readFile(join(folder, 'nope')), /^readFile .*nope failed: .*[Nn]o such file/],
			[() => sandbox.readFile(folder), /^readFile .* failed: .*Not a regular file/],
			[() => sandbox.readFile('/dev/zero'), /^readFile \/dev\/zero failed: .*Not a regular file/],
			[() => sandbox.readFileBuffer(join(folder, 'file/x')), /^readFile .*x failed: ./],
			[() => sandbox.writeFile(folder, 'x'), /^writeFile .* failed: .*[Ii]s a directory/],
			[() => sandbox.writeFile(folder, Buffer.alloc(400_000)), /^writeFile .* failed: .*[Ii]s a directory/],
			[() => sandbox.writeFile(join(folder, 'file/x'), 'x'), /^writeFile .*x failed: .*(Not a directory|File exists)/],
			[
				() => sandbox.writeFile(join(folder, 'file/x'), Buffer.alloc(400_000)),
				/^writeFile .*x failed: .*(Not a directory|File exists)/,
			],
			[() => sandbox.readdir(join(folder, 'nope')), /^readdir .*nope failed: .*No such file/],
			[() => sandbox.readdir(join(folder, 'file')), /^readdir .*file failed: .*Not a directory/],
			[() => sandbox.stat(join(folder, 'nope')), /^stat .*nope failed: .*No such file/],
		] as const;
		for (const [operate, message] of failures) await expect(operate()).rejects.toThrow(message);
		expect(await sandbox.exists(join(folder, 'file/x'))).toBe(false);
		expect(readdirSync(folder)).toEqual(['file']);
		expect(
			readdirSync('/tmp').filter((name) => name.startsWith('.flue-') && lstatSync(join('/tmp', name)).size === 400_000),
		).toEqual([]);
	});
});

describe('a file', () => {
	let connected: ConnectedSandbox;
	let sandbox: SandboxEnv;
	let path: string;
	beforeAll(async () => {
		connected = await connect();
		({ sandbox } = connected);
	});
	beforeEach(() => {
		path = join(mkdtempSync(join(sandbox.cwd, 'file-')), 'file');
	});
	afterAll(() => connected.close());

	it('of 50 MB is written and read byte for byte', async () => {
		const bytes = Buffer.alloc(50_000_000, BYTES);
		await sandbox.writeFile(path, bytes);
		expect(readFileSync(path).equals(bytes)).toBe(true);
		expect(Buffer.compare(await sandbox.readFileBuffer(path), bytes)).toBe(0);
	});

	it('is one of 100,000 that are listed', async () => {
		const folder = dirname(path);
		await sandbox.exec(`seq 100000 | (cd ${folder} && xargs touch)`);
		const names = await sandbox.readdir(folder);
		expect(new Set(names).size).toBe(100_000);
		expect(names.filter((name) => !/^\d+$/.test(name))).toEqual([]);
	});

	it.each([0, 1, 262_144, 262_145, 1_048_576, 1_048_577])(
		'of %i bytes is written and read byte for byte',
		async (size) => {
			const bytes = Buffer.alloc(size, BYTES);
			await sandbox.writeFile(path, bytes);
			expect(Buffer.compare(await sandbox.readFileBuffer(path), bytes)).toBe(0);
			expect(statSync(path).size).toBe(size);
		},
	);

	it.each([0, 2_000_000, 9_000_000])(
		'that holds the boundary of the download, after %i bytes, is read whole',
		async (offset) => {
			const bytes = Buffer.concat([Buffer.alloc(offset, BYTES), Buffer.from(BOUNDARY), BYTES]);
			writeFileSync(path, bytes);
			expect(Buffer.compare(await sandbox.readFileBuffer(path), bytes)).toBe(0);
		},
	);

	it('is written from every view of bytes', async () => {
		const shared = new Uint8Array(new SharedArrayBuffer(4));
		shared.set([1, 2, 3, 4]);
		const views = [
			BYTES.subarray(3, 200),
			Buffer.from(BYTES).subarray(7, 9),
			new Uint8Array(BYTES.buffer, 250),
			shared,
		];
		for (const view of views) {
			await sandbox.writeFile(path, view);
			expect([...readFileSync(path)]).toEqual([...view]);
		}
		const large = new Uint8Array(new ArrayBuffer(900_000), 100, 500_000).fill(7);
		await sandbox.writeFile(path, large);
		expect(Buffer.compare(readFileSync(path), large)).toBe(0);
	});

	it('keeps a BOM and every character of a string', async () => {
		const text = '\uFEFFé漢👧\r\n\0\u2028';
		await sandbox.writeFile(path, text);
		expect(await sandbox.readFile(path)).toBe(text);
		expect(readFileSync(path, 'utf8')).toBe(text);
	});

	it('is a Uint8Array with a buffer of its own', async () => {
		writeFileSync(path, 'abc');
		const bytes = await sandbox.readFileBuffer(path);
		expect(bytes.constructor).toBe(Uint8Array);
		expect(bytes.buffer.byteLength).toBe(3);
	});

	it('keeps its mode, and its link, when it is written again', async () => {
		writeFileSync(path, 'a');
		chmodSync(path, 0o755);
		symlinkSync(path, `${path}-link`);
		await sandbox.writeFile(`${path}-link`, 'b');
		expect(statSync(path).mode & 0o777).toBe(0o755);
		await sandbox.writeFile(`${path}-link`, Buffer.alloc(400_000, 'c'));
		expect(statSync(path)).toMatchObject({ size: 400_000, mode: 0o100755 });
		expect(lstatSync(`${path}-link`).isSymbolicLink()).toBe(true);
	});

	it('that is a pipe is an error, not a wait', async () => {
		execFileSync('mkfifo', [path]);
		await expect(sandbox.readFile(path)).rejects.toThrow(/Not a regular file/);
	});

	it('in /proc is read, although it has no size', async () => {
		expect(await sandbox.readFile('/proc/version')).toBe(readFileSync('/proc/version', 'utf8'));
	});

	it('can be sparse and huge to stat', async () => {
		writeFileSync(path, '');
		truncateSync(path, 5_000_000_000);
		expect(await sandbox.stat(path)).toMatchObject({ size: 5_000_000_000, isFile: true });
	});

	it('has a time to the millisecond, also before 1970', async () => {
		writeFileSync(path, '');
		for (const milliseconds of [1_750_000_000_125, 0, -86_400_000, -1500]) {
			execFileSync('touch', ['-d', `@${milliseconds / 1000}`, path]);
			expect((await sandbox.stat(path)).mtime?.getTime()).toBe(milliseconds);
		}
	});

	it('is written although no upload arrives, in pieces', async () => {
		const bytes = Buffer.alloc(700_000, BYTES);
		connected.double.faults.inject({ kind: 'bad-gateway' }, { on: 'POST /files/bulk-upload' });
		await sandbox.writeFile(path, bytes);
		expect(readFileSync(path).equals(bytes)).toBe(true);
	});

	it('is read although no download arrives, in pieces', async () => {
		const bytes = Buffer.alloc(9_000_000, BYTES);
		writeFileSync(path, bytes);
		connected.double.faults.inject({ kind: 'bad-gateway' }, { on: 'POST /files/bulk-download' });
		expect(Buffer.compare(await sandbox.readFileBuffer(path), bytes)).toBe(0);
	});

	it('with a NUL in its name is refused', async () => {
		await expect(sandbox.readFile('/a\0b')).rejects.toThrow(/NUL/);
	});
});

describe.each(['Asia/Kolkata', 'Europe/Berlin', 'America/St_Johns'])('with a sandbox in %s,', (timezone) => {
	it('the time of a file is right', async () => {
		const { sandbox, close } = await connect({ double: { env: { TZ: timezone, LC_ALL: 'de_DE.UTF-8' } } });
		const path = join(sandbox.cwd, 'file');
		writeFileSync(path, '');
		utimesSync(path, 0, 1_720_000_000);
		expect((await sandbox.stat(path)).mtime).toEqual(new Date(1_720_000_000_000));
		await close();
	});
});

describe('a file that may not be looked at', () => {
	it('is an error with that reason, and not a file that does not exist', async () => {
		const workDir = mkdtempSync(join(tmpdir(), 'private-'));
		chmodSync(workDir, 0o755);
		mkdirSync(join(workDir, 'closed'));
		writeFileSync(join(workDir, 'closed/file'), '');
		chmodSync(join(workDir, 'closed'), 0o000);
		const nobody = { path: 'setpriv', args: ['--reuid=65534', '--regid=65534', '--clear-groups', 'bash'] };
		const isRoot = process.getuid?.() === 0;
		const { sandbox, close } = await connect({ double: { workDir, ...(isRoot ? { shell: nobody } : {}) } });
		const path = join(workDir, 'closed/file');
		await expect(sandbox.exists(path)).rejects.toThrow(/^exists .*file failed: .*Permission denied/);
		await expect(sandbox.stat(path)).rejects.toThrow(/Permission denied/);
		await expect(sandbox.readFile(path)).rejects.toThrow(/Permission denied/);
		await expect(sandbox.writeFile(path, 'x')).rejects.toThrow(/Permission denied/);
		await expect(sandbox.readdir(join(workDir, 'closed'))).rejects.toThrow(/Permission denied/);
		await expect(sandbox.rm(path)).rejects.toThrow(/Permission denied/);
		await expect(sandbox.rm(path, { force: true })).rejects.toThrow(/Permission denied/);
		expect(await sandbox.exec('pwd', { cwd: join(workDir, 'closed') })).toMatchObject({
			exitCode: 1,
			stderr: /Permission denied/,
		});
		await close();
	});
});
