import { execFileSync } from 'node:child_process';
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type LoopbackDaytona, startDaytona } from '../../support/daytona.ts';
import { connectSandbox, SDK_VERSIONS, type SdkSandbox } from '../../support/daytona/client.ts';
import type { DaytonaOptions } from '../../support/daytona/double.ts';
import { answerOrFail } from '../../support/daytona/files.ts';
import { goFileMode } from '../../support/daytona/go.ts';
import type { ToolboxCall } from '../../support/daytona/toolbox-call.ts';

const EMPTY_BODY_404 = { statusCode: 404, message: 'Request failed with status code 404' };

const EMPTY_BODY_400 = { statusCode: 400, message: 'Request failed with status code 400' };

describe.each(SDK_VERSIONS)('files of the loopback toolbox, asked by @daytona/sdk %s,', (version) => {
	let double: LoopbackDaytona;
	let sandbox: SdkSandbox;
	let fs: SdkSandbox['fs'];
	let count = 0;
	/** A directory for each test. */
	let w: string;

	beforeAll(async () => {
		double = await startDaytona();
		({ sandbox } = await connectSandbox(double, version));
		({ fs } = sandbox);
	});
	afterAll(() => double.close());
	beforeEach(() => {
		w = join(double.sandboxes.get(sandbox.id).workDir, String((count += 1)));
		mkdirSync(w);
		double.requests.reset();
	});

	const other = async (options: DaytonaOptions) => {
		const started = await startDaytona(options);
		onTestFinished(() => started.close());
		return (await connectSandbox(started, version)).sandbox;
	};
	const ask = (method: string, path: string, body?: string, contentType = 'application/json') =>
		fetch(`${sandbox.toolboxProxyUrl}/${sandbox.id}${path}`, {
			method,
			headers: { authorization: `Bearer ${double.apiKey}`, 'content-type': contentType },
			...(body === undefined ? {} : { body }),
		});

	const send = async (...parts: readonly string[]) => {
		const body = parts.map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n`).join('');
		const answer = await ask('POST', '/files/bulk-upload', `${body}--B--\r\n`, 'multipart/form-data; boundary=B');
		return { status: answer.status, body: await answer.json() };
	};

	it('tell the work dir and the home', async () => {
		expect(await sandbox.getWorkDir()).toBe(double.sandboxes.get(sandbox.id).workDir);
		expect(await sandbox.getUserHomeDir()).toBe(await sandbox.getWorkDir());
	});

	describe('info', () => {
		it('describes a file as the daemon does', async () => {
			writeFileSync(`${w}/b.txt`, 'hello\n', { mode: 0o644 });
			chmodSync(`${w}/b.txt`, 0o644);
			execFileSync('touch', ['-d', '2026-11-23T07:56:27.2771553Z', `${w}/b.txt`]);
			expect(await fs.getFileDetails(`${w}/b.txt`)).toEqual({
				name: 'b.txt',
				size: 6,
				mode: '-rw-r--r--',
				modTime: '2026-11-23 07:56:27.2771553 +0000 UTC',
				modifiedAt: '2026-11-23T07:56:27.2771553Z',
				isDir: false,
				owner: String(process.getuid?.()),
				group: String(process.getgid?.()),
				permissions: '0644',
			});
			expect(double.requests.entries[0]).toMatchObject({ route: 'GET /files/info', query: { path: `${w}/b.txt` } });
			utimesSync(w, 0, 0);
			chmodSync(w, 0o1777);
			expect(await fs.getFileDetails(w)).toMatchObject({
				mode: 'dtrwxrwxrwx',
				isDir: true,
				permissions: '0777',
				modTime: '1970-01-01 00:00:00 +0000 UTC',
			});
			expect(await fs.getFileDetails('/dev/null')).toMatchObject({ mode: 'Dcrw-rw-rw-', isDir: false });
		});

		it('follows links and reads relative paths from the work dir', async () => {
			writeFileSync(`${w}/file`, 'x');
			symlinkSync('file', `${w}/link`);
			expect(await fs.getFileDetails(`${w}/link`)).toMatchObject({ name: 'link', size: 1, mode: /^-/ });
			expect(await fs.getFileDetails(`${count}/file`)).toMatchObject({ name: 'file', size: 1 });
		});

		it('fails without a body', async () => {
			writeFileSync(`${w}/file`, '');
			symlinkSync('loop', `${w}/loop`);
			symlinkSync('nowhere', `${w}/dangling`);
			await expect(fs.getFileDetails(`${w}/nope`)).rejects.toMatchObject({
				name: 'DaytonaNotFoundError',
				...EMPTY_BODY_404,
			});
			await expect(fs.getFileDetails(`${w}/dangling`)).rejects.toMatchObject(EMPTY_BODY_404);
			for (const path of [`${w}/file/x`, `${w}/loop`, `${w}/a\0b`, `${w}/${'n'.repeat(300)}`, '']) {
				await expect(fs.getFileDetails(path), path).rejects.toMatchObject(EMPTY_BODY_400);
			}
			const answer = await ask('GET', `/files/info?path=${w}/nope`);
			expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([404, '0', '']);
		});

		it('has the zone of the sandbox, and no modifiedAt from an older daemon', async () => {
			const summer = await other({ zone: '+0200 CEST', modifiedAt: false });
			await summer.process.executeCommand('touch -d "2026-07-01T22:30:00.5Z" f');
			const info = await summer.fs.getFileDetails('f');
			expect(info.modTime).toBe('2026-07-02 00:30:00.5 +0200 CEST');
			expect(info).not.toHaveProperty('modifiedAt');
			const brazil = await other({ zone: '-0300 -03' });
			await brazil.process.executeCommand('touch -d "2026-07-01T02:30:00Z" f');
			expect(await brazil.fs.getFileDetails('f')).toMatchObject({
				modTime: '2026-06-30 23:30:00 -0300 -03',
				modifiedAt: '2026-06-30T23:30:00-03:00',
			});
		});
	});

	describe('list', () => {
		it('is sorted by name and leaves dangling links out', async () => {
			mkdirSync(`${w}/d`);
			for (const name of ['b', 'a', 'Z', '.hidden', 'ä']) writeFileSync(`${w}/${name}`, '');
			symlinkSync('nowhere', `${w}/dangling`);
			symlinkSync('a', `${w}/link`);
			const names = (await fs.listFiles(w)).map(({ name }) => name);
			expect(names).toEqual(['.hidden', 'Z', 'a', 'b', 'd', 'link', 'ä']);
			expect(double.requests.entries[0]?.query).toEqual({ path: w });
		});

		it('fails without a body, and lists the work dir without a path', async () => {
			writeFileSync(`${w}/file`, '');
			await expect(fs.listFiles(`${w}/nope`)).rejects.toMatchObject(EMPTY_BODY_404);
			await expect(fs.listFiles(`${w}/file`)).rejects.toMatchObject(EMPTY_BODY_400);
			const answer = await ask('GET', '/files');
			expect(await answer.json()).toEqual(expect.arrayContaining([expect.objectContaining({ name: String(count) })]));
		});
	});

	describe('folder', () => {
		it('makes parents, takes what is there, and answers 201 with no body', async () => {
			await fs.createFolder(`${w}/a/b`, '700');
			expect(statSync(`${w}/a/b`).mode & 0o777).toBe(0o700);
			await fs.createFolder(`${w}/a/b`, '755');
			expect(double.requests.entries[0]).toMatchObject({
				route: 'POST /files/folder',
				query: { path: `${w}/a/b`, mode: '700' },
				headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' },
			});
			const answer = await ask('POST', `/files/folder?path=${w}/c&mode=0755`);
			expect([answer.status, await answer.text()]).toEqual([201, '']);
		});

		it('answers 400 to whatever goes wrong', async () => {
			writeFileSync(`${w}/file`, '');
			for (const path of [`${w}/file`, `${w}/file/x`, '/proc/nope', '']) {
				await expect(fs.createFolder(path, '755'), path).rejects.toMatchObject(EMPTY_BODY_400);
			}
			await expect(fs.createFolder(`${w}/x`, '9z')).rejects.toMatchObject(EMPTY_BODY_400);
		});
	});

	describe('delete', () => {
		it('removes files, and directories when told', async () => {
			mkdirSync(`${w}/d/e`, { recursive: true });
			writeFileSync(`${w}/d/e/f`, '');
			writeFileSync(`${w}/file`, '');
			await fs.deleteFile(`${w}/file`);
			await expect(fs.deleteFile(`${w}/d`)).rejects.toMatchObject(EMPTY_BODY_400);
			await fs.deleteFile(`${w}/d`, true);
			expect(readdirSync(w)).toEqual([]);
			expect(double.requests.entries.map(({ query }) => query)).toEqual([
				{ path: `${w}/file` },
				{ path: `${w}/d` },
				{ path: `${w}/d`, recursive: 'true' },
			]);
			writeFileSync(`${w}/again`, '');
			expect((await ask('DELETE', `/files?path=${w}/again`)).status).toBe(204);
		});

		it('looks at what a link points to', async () => {
			mkdirSync(`${w}/d`);
			writeFileSync(`${w}/d/kept`, '');
			symlinkSync('d', `${w}/link`);
			symlinkSync('nowhere', `${w}/dangling`);
			await expect(fs.deleteFile(`${w}/dangling`)).rejects.toMatchObject(EMPTY_BODY_404);
			await expect(fs.deleteFile(`${w}/link`)).rejects.toMatchObject(EMPTY_BODY_400);
			await fs.deleteFile(`${w}/link`, true);
			expect(readdirSync(w).toSorted()).toEqual(['d', 'dangling']);
			expect(existsSync(`${w}/d/kept`)).toBe(true);
		});

		it('fails without a body', async () => {
			writeFileSync(`${w}/file`, '');
			await expect(fs.deleteFile(`${w}/nope`)).rejects.toMatchObject(EMPTY_BODY_404);
			await expect(fs.deleteFile(`${w}/nope`, true)).rejects.toMatchObject(EMPTY_BODY_404);
			await expect(fs.deleteFile(`${w}/file/x`)).rejects.toMatchObject(EMPTY_BODY_400);
			await expect(fs.deleteFile('/proc/version')).rejects.toMatchObject(EMPTY_BODY_400);
		});
	});

	it('move, unless something is in the way', async () => {
		writeFileSync(`${w}/a`, 'a');
		writeFileSync(`${w}/b`, 'b');
		await fs.moveFiles(`${w}/a`, `${w}/c`);
		expect(readFileSync(`${w}/c`, 'utf8')).toBe('a');
		await expect(fs.moveFiles(`${w}/c`, `${w}/b`)).rejects.toMatchObject({
			statusCode: 409,
			name: 'DaytonaConflictError',
		});
		await expect(fs.moveFiles(`${w}/nope`, `${w}/d`)).rejects.toMatchObject(EMPTY_BODY_404);
		await expect(fs.moveFiles(`${w}/b/x`, `${w}/d`)).rejects.toMatchObject(EMPTY_BODY_400);
		expect(double.requests.entries[0]).toMatchObject({
			route: 'POST /files/move',
			query: { source: `${w}/a`, destination: `${w}/c` },
		});
	});

	it('search by name, find by content, replace and change modes', async () => {
		mkdirSync(`${w}/d`);
		writeFileSync(`${w}/d/a.ts`, 'one\ntwo\n');
		writeFileSync(`${w}/b.ts`, 'two two');
		writeFileSync(`${w}/c.bin`, 'two\0');
		writeFileSync(`${w}/long`, `two\n${'x'.repeat(70_000)}\ntwo\n`);
		expect((await fs.searchFiles(w, '*.ts')).files).toEqual([`${w}/b.ts`, `${w}/d/a.ts`]);
		expect((await fs.searchFiles(w, '[a-b].?s')).files).toHaveLength(2);
		expect(await fs.findFiles(w, 'two')).toEqual([
			{ file: `${w}/b.ts`, line: 1, content: 'two two' },
			{ file: `${w}/d/a.ts`, line: 2, content: 'two' },
			{ file: `${w}/long`, line: 1, content: 'two' },
		]);
		expect(await fs.replaceInFiles([`${w}/b.ts`, `${w}/nope`], 'two', '$&')).toEqual([
			{ file: `${w}/b.ts`, success: true },
			{ file: `${w}/nope`, success: false, error: `open ${w}/nope: no such file or directory` },
		]);
		expect(readFileSync(`${w}/b.ts`, 'utf8')).toBe('$& $&');
		await fs.setFilePermissions(`${w}/b.ts`, { mode: '600' });
		expect(await fs.getFileDetails(`${w}/b.ts`)).toMatchObject({ mode: '-rw-------' });
		await expect(fs.setFilePermissions(`${w}/nope`, { mode: '600' })).rejects.toMatchObject(EMPTY_BODY_404);
	});

	it('name themselves in the errors of newer daemons', async () => {
		const newer = (await other({ structuredErrors: true })).fs;
		const [notFound, code] =
			version === '0.187.0' ? ['DaytonaNotFoundError', 'errorCode'] : ['DaytonaFileNotFoundError', 'code'];
		const missing = { statusCode: 404, name: notFound, [code]: 'FILE_NOT_FOUND' };
		await expect(newer.getFileDetails('/no/where')).rejects.toMatchObject({ ...missing, message: /\/no\/where/ });
		await expect(newer.listFiles('/no/where')).rejects.toMatchObject(missing);
		await expect(newer.deleteFile('/no/where')).rejects.toMatchObject(missing);
		await expect(newer.moveFiles('/no/where', '/no/there')).rejects.toMatchObject(missing);
		await expect(newer.createFolder('/dev/null', '755')).rejects.toMatchObject({
			statusCode: 400,
			[code]: 'BAD_REQUEST',
		});
		if (version !== '0.187.0') {
			await expect(newer.downloadFile('/no/where')).rejects.toMatchObject({ ...missing, source: 'DAYTONA_DAEMON' });
		}
	});

	describe('download', () => {
		it('sends each file as a part with the constant boundary', async () => {
			writeFileSync(`${w}/a.txt`, 'hello\n');
			writeFileSync(`${w}/"b c"`, '');
			const answer = await ask('POST', '/files/bulk-download', JSON.stringify({ paths: [`${w}/a.txt`, `${w}/"b c"`] }));
			expect(answer.headers.get('content-type')).toBe('multipart/form-data; boundary=DAYTONA-FILE-BOUNDARY');
			expect(answer.headers.get('transfer-encoding')).toBe('chunked');
			const [escaped, quoted] = [encodeURIComponent(`${w}/a.txt`), encodeURIComponent(`${w}/"b c"`)];
			expect(await answer.text()).toBe(
				[
					'--DAYTONA-FILE-BOUNDARY',
					`Content-Disposition: form-data; name="file"; filename="${w}/a.txt"; filename*=utf-8''${escaped}`,
					'Content-Length: 6',
					'Content-Type: text/plain; charset=utf-8',
					'',
					'hello\n',
					'--DAYTONA-FILE-BOUNDARY',
					`Content-Disposition: form-data; name="file"; filename="${w}/\\"b c\\""; filename*=utf-8''${quoted}`,
					'Content-Length: 0',
					'Content-Type: application/octet-stream',
					'',
					'',
					'--DAYTONA-FILE-BOUNDARY--',
					'',
				].join('\r\n'),
			);
		});

		it('answers 200 with an error part for a path that fails', async () => {
			writeFileSync(`${w}/file`, 'x');
			const failures = [
				[`${w}/nope`, 404, 'FILE_NOT_FOUND', `file not found: ${w}/nope`],
				[w, 400, 'INVALID_FILE_PATH', `invalid file path: path points to a directory: ${w}`],
				[`${w}/file/x`, 500, 'FILE_READ_FAILED', `failed to open file: open ${w}/file/x: not a directory`],
			] as const;
			for (const [path, statusCode, code, message] of failures) {
				const failure = fs.downloadFile(path);
				await expect(failure, path).rejects.toThrow(message);
				if (version !== '0.187.0') await expect(failure).rejects.toMatchObject({ statusCode, code });
			}
			const answer = await ask('POST', '/files/bulk-download', JSON.stringify({ paths: [`${w}/nope`] }));
			expect(answer.status).toBe(200);
			const [headers, body = ''] = (await answer.text()).split('\r\n\r\n');
			expect(headers).toMatch(/name="error"; .*\r\nContent-Type: application\/json; charset=utf-8$/);
			expect(JSON.parse(body.split('\r\n')[0] ?? '')).toEqual({
				statusCode: 404,
				message: `file not found: ${w}/nope`,
				code: 'FILE_NOT_FOUND',
				timestamp: expect.any(String),
				path: `${w}/nope`,
				method: 'POST',
			});
		});

		it('brings good and bad paths together, and /proc files', async () => {
			writeFileSync(`${w}/one`, '1');
			writeFileSync(`${w}/two`, '22');
			const files = await fs.downloadFiles([`${w}/one`, `${w}/nope`, `${w}/two`].map((source) => ({ source })));
			expect(files.map(({ result, error }) => result?.toString() ?? error)).toEqual([
				'1',
				`file not found: ${w}/nope`,
				'22',
			]);
			expect((await fs.downloadFile('/proc/version')).toString()).toBe(readFileSync('/proc/version', 'utf8'));
		});

		it('cannot carry its own boundary, refuses an empty list, and waits on a FIFO', async () => {
			writeFileSync(`${w}/inside`, 'a\r\n--DAYTONA-FILE-BOUNDARY\r\nb');
			await expect(fs.downloadFile(`${w}/inside`)).rejects.toThrow('Malformed part header');
			const answer = await ask('POST', '/files/bulk-download', '{"paths":[]}');
			expect([answer.status, await answer.json()]).toEqual([
				400,
				{ error: 'request body must be {"paths": [ ... ]} and non-empty' },
			]);
			execFileSync('mkfifo', [`${w}/fifo`]);
			await expect(fs.downloadFile(`${w}/fifo`, 1)).rejects.toThrow();
		});
	});

	describe('upload', () => {
		it('writes what is sent, with its parents, and truncates in place', async () => {
			const content = Buffer.from([0, 255, 13, 10, 45, 45, 0]);
			await fs.uploadFile(content, `${w}/new/deep/file`);
			expect(readFileSync(`${w}/new/deep/file`)).toEqual(content);
			expect(statSync(`${w}/new`).mode & 0o777).toBe(0o755);
			chmodSync(`${w}/new/deep/file`, 0o640);
			symlinkSync('new/deep/file', `${w}/link`);
			await fs.uploadFile(Buffer.from('short'), `${w}/link`);
			expect(readFileSync(`${w}/new/deep/file`, 'utf8')).toBe('short');
			expect(statSync(`${w}/new/deep/file`).mode & 0o777).toBe(0o640);
			await fs.uploadFile(Buffer.alloc(0), `${w}/empty`);
			expect(readFileSync(`${w}/empty`)).toHaveLength(0);
			expect(double.requests.entries[0]?.headers).toMatchObject({
				'transfer-encoding': 'chunked',
				'content-type': expect.stringMatching(/^multipart\/form-data; boundary=-+[0-9a-f]{24}/),
			});
		});

		it('trims the path', async () => {
			await fs.uploadFile(Buffer.from('x'), ` ${w}/sp \n`);
			expect(readdirSync(w)).toEqual(['sp']);
		});

		it('says which files failed', async () => {
			writeFileSync(`${w}/f`, '');
			await expect(fs.uploadFile(Buffer.from('x'), w)).rejects.toMatchObject({ statusCode: 400 });
			const parts = [w, `${w}/f/x`, `${w}/fine`].flatMap((path, i) => [
				`name="files[${i}].path"\r\n\r\n${path}`,
				`name="files[${i}].file"; filename="b"\r\n\r\nabc`,
			]);
			expect(await send(...parts)).toEqual({
				status: 400,
				body: {
					errors: [`${w}: create: open ${w}: is a directory`, `${w}/f/x: mkdir ${w}/f: mkdir ${w}/f: not a directory`],
					files: [{ path: `${w}/fine`, bytes: 3 }],
				},
			});
			expect(readFileSync(`${w}/fine`, 'utf8')).toBe('abc');
		});

		it('wants the path before the file, and ignores a part whose file name is not quoted right', async () => {
			const path = `name="files[0].path"\r\n\r\n${w}/x`;
			expect(await send('name="files[0].file"; filename="x"\r\n\r\nabc', path)).toMatchObject({
				status: 400,
				body: { files: null },
			});
			expect(await send(path, 'name="files[0].file"; filename="a"b"\r\n\r\nabc')).toEqual({
				status: 200,
				body: { files: null },
			});
			expect(existsSync(`${w}/x`)).toBe(false);
			expect(await send(path, 'name="files[0].file"; filename="a\\"b"\r\n\r\nabc')).toEqual({
				status: 200,
				body: { files: [{ path: `${w}/x`, bytes: 3 }] },
			});
		});

		it('takes many files and names of every kind', async () => {
			const names = ['a b', "we'ird", 'ünï😀', '-dash', '$x *', 'semi;colon', '"quoted"'];
			await fs.uploadFiles(names.map((name) => ({ source: Buffer.from(name), destination: `${w}/${name}` })));
			for (const name of names) {
				expect(readFileSync(`${w}/${name}`, 'utf8')).toBe(name);
				expect((await fs.downloadFile(`${w}/${name}`)).toString()).toBe(name);
			}
		});

		it('carries large files both ways', async () => {
			const content = Buffer.alloc(60_000_000, 'line of text\r\n--not the end\r\n');
			await fs.uploadFile(content, `${w}/large`);
			expect(statSync(`${w}/large`).size).toBe(content.length);
			expect((await fs.downloadFile(`${w}/large`)).equals(content)).toBe(true);
		});
	});
});

it('lists as deep as newer SDKs ask', async () => {
	const double = await startDaytona();
	onTestFinished(() => double.close());
	const { sandbox } = await connectSandbox(double, '0.216.0');
	await sandbox.process.executeCommand('mkdir -p a/b/c; touch a/f z');
	const { workDir } = double.sandboxes.get(sandbox.id);
	const paths = async (depth: number) => (await sandbox.fs.listFiles(workDir, { depth })).map(({ path }) => path);
	expect(await paths(1)).toEqual([`${workDir}/a`, `${workDir}/z`]);
	expect(await paths(2)).toEqual([`${workDir}/a`, `${workDir}/a/b`, `${workDir}/a/f`, `${workDir}/z`]);
});

it.each(['EACCES', 'EPERM'])('answers 403 without a body to %s', async (code) => {
	const call = { double: { structuredErrors: false } } as ToolboxCall;
	const refused = () => Promise.reject(Object.assign(new Error(code), { code }));
	expect(await answerOrFail(call, '/secret', refused)).toEqual({ status: 403, headers: { 'Content-Length': 0 } });
});

it.each([
	[0o100644, '-rw-r--r--'],
	[0o104755, 'urwxr-xr-x'],
	[0o102755, 'grwxr-xr-x'],
	[0o041777, 'dtrwxrwxrwx'],
	[0o120777, 'Lrwxrwxrwx'],
	[0o060660, 'Drw-rw----'],
	[0o020666, 'Dcrw-rw-rw-'],
	[0o010600, 'prw-------'],
	[0o140755, 'Srwxr-xr-x'],
])('writes the mode %i as Go does: %s', (mode, text) => {
	expect(goFileMode(mode)).toBe(text);
});
