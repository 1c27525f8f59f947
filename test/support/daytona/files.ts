import type { BigIntStats } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Answer, emptyAnswer, jsonAnswer } from './answers.ts';
import { errorCode, goErrorText, goFileMode, goTimes } from './go.ts';
import type { ToolboxCall } from './toolbox-call.ts';

const NOT_FOUND = { status: 404, code: 'FILE_NOT_FOUND', message: 'file not found' };

const DENIED = { status: 403, code: 'FILE_ACCESS_DENIED', message: 'permission denied' };

const BAD_REQUEST = { status: 400, code: 'BAD_REQUEST', message: 'bad request' };

const FAILURES: Readonly<Record<string, typeof NOT_FOUND>> = { ENOENT: NOT_FOUND, EACCES: DENIED, EPERM: DENIED };

export async function readInfo(call: ToolboxCall): Promise<Answer> {
	const path = call.query('path');
	if (path === '') return failWith(call, BAD_REQUEST, 'path is required');
	return answerOrFail(call, path, async () => jsonAnswer(200, await fileInfo(call, call.resolve(path))));
}

export async function listFiles(call: ToolboxCall): Promise<Answer> {
	const path = call.query('path') || call.sandbox.workDir;
	const depth = call.query('depth');
	if (depth !== '' && !/^[1-9]\d*$/.test(depth)) return failWith(call, BAD_REQUEST, 'invalid depth');
	return answerOrFail(call, path, async () => jsonAnswer(200, await listEntries(call, path, depth)));
}

export async function createFolder(call: ToolboxCall): Promise<Answer> {
	const path = call.query('path');
	const mode = call.query('mode');
	if (path === '') return failWith(call, BAD_REQUEST, 'path is required');
	if (!/^[0-7]+$/.test(mode)) return failWith(call, BAD_REQUEST, 'invalid mode');
	try {
		await makeDirectories(call.resolve(path), Number.parseInt(mode, 8));
		return emptyAnswer(201);
	} catch (error) {
		return failWith(call, BAD_REQUEST, goErrorText(error));
	}
}

export async function deleteFile(call: ToolboxCall): Promise<Answer> {
	const path = call.query('path');
	if (path === '') return failWith(call, BAD_REQUEST, 'path is required');
	const recursive = call.query('recursive') === 'true';
	return answerOrFail(call, path, async () => {
		const resolved = call.resolve(path);
		const isDirectory = (await stat(resolved)).isDirectory();
		if (isDirectory && !recursive) {
			return failWith(call, BAD_REQUEST, 'cannot delete directory without recursive flag');
		}
		try {
			await (recursive ? rm(resolved, { recursive: true }) : unlink(resolved));
		} catch (error) {
			return failWith(call, BAD_REQUEST, goErrorText(error));
		}
		return emptyAnswer(204);
	});
}

export async function moveFile(call: ToolboxCall): Promise<Answer> {
	const [source, destination] = [call.query('source'), call.query('destination')];
	if (source === '' || destination === '') {
		return failWith(call, BAD_REQUEST, 'source and destination paths are required');
	}
	return answerOrFail(call, source, async () => {
		const [from, to] = [call.resolve(source), call.resolve(destination)];
		await stat(from);
		await stat(dirname(to));
		if (await exists(to)) {
			return failWith(call, { status: 409, code: 'CONFLICT', message: 'conflict' }, 'destination already exists');
		}
		await rename(from, to);
		return emptyAnswer(200);
	});
}

/** Go's `os.MkdirAll`: what is there already is fine, whatever its mode, as long as it is a directory. */
export async function makeDirectories(path: string, mode: number): Promise<void> {
	if (await isDirectory(path)) return;
	const parent = dirname(path);
	if (parent !== path) await makeDirectories(parent, mode);
	try {
		await mkdir(path, { mode });
	} catch (error) {
		if (!(await isDirectory(path))) throw error;
	}
}

async function isDirectory(path: string): Promise<boolean> {
	try {
		if ((await stat(path)).isDirectory()) return true;
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return false;
		throw error;
	}
	throw Object.assign(new Error(`mkdir ${path}: not a directory`), { code: 'ENOTDIR', path });
}

async function exists(path: string): Promise<boolean> {
	return stat(path).then(
		() => true,
		() => false,
	);
}

async function listEntries(call: ToolboxCall, path: string, depth: string): Promise<object[]> {
	const directory = call.resolve(path);
	const names = (await readdir(directory)).toSorted(compareBytes);
	const entries = await Promise.all(names.map((name) => listEntry(call, join(directory, name), depth)));
	return entries.flat();
}

/** The daemon leaves out what it cannot stat, such as a dangling link. */
async function listEntry(call: ToolboxCall, path: string, depth: string): Promise<object[]> {
	try {
		const info = await fileInfo(call, path);
		if (depth === '') return [info];
		const goesDeeper = info.isDir && Number(depth) > 1;
		return [{ ...info, path }, ...(goesDeeper ? await listEntries(call, path, String(Number(depth) - 1)) : [])];
	} catch (error) {
		goErrorText(error);
		return [];
	}
}

async function fileInfo(call: ToolboxCall, path: string) {
	const stats = await stat(path, { bigint: true });
	const times = goTimes(stats, call.double.zone);
	return {
		name: basename(path) || '/',
		size: Number(stats.size),
		mode: goFileMode(Number(stats.mode)),
		modTime: times.string,
		...(call.double.modifiedAt ? { modifiedAt: times.rfc3339 } : {}),
		isDir: stats.isDirectory(),
		...ownership(stats),
	};
}

function ownership(stats: BigIntStats) {
	const permissions = (Number(stats.mode) & 0o777).toString(8).padStart(4, '0');
	return { owner: String(stats.uid), group: String(stats.gid), permissions };
}

function compareBytes(a: string, b: string): number {
	return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export async function answerOrFail(call: ToolboxCall, path: string, act: () => Promise<Answer>): Promise<Answer> {
	try {
		return await act();
	} catch (error) {
		const text = goErrorText(error);
		const failure = FAILURES[errorCode(error)];
		return failure === undefined ? failWith(call, BAD_REQUEST, text) : failWith(call, failure, path);
	}
}

/** The 0.190 daemon loses the message of these failures; later ones send it. */
export function failWith(call: ToolboxCall, failure: typeof NOT_FOUND, detail: string): Answer {
	if (!call.double.structuredErrors) return emptyAnswer(failure.status);
	return call.fail({ ...failure, message: `${failure.message}: ${detail}` });
}
