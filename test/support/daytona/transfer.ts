import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { Readable } from 'node:stream';
import { type Answer, daemonErrorBody, jsonAnswer } from './answers.ts';
import { makeDirectories } from './files.ts';
import { errorCode, goErrorText } from './go.ts';
import { collect, type Part, readParts } from './multipart.ts';
import type { ToolboxCall } from './toolbox-call.ts';

/** A constant in the daemon: a file that contains it cannot be downloaded. */
const DOWNLOAD_BOUNDARY = 'DAYTONA-FILE-BOUNDARY';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
	'.css': 'text/css; charset=utf-8',
	'.gif': 'image/gif',
	'.htm': 'text/html; charset=utf-8',
	'.html': 'text/html; charset=utf-8',
	'.jpeg': 'image/jpeg',
	'.jpg': 'image/jpeg',
	'.js': 'text/javascript; charset=utf-8',
	'.json': 'application/json',
	'.mjs': 'text/javascript; charset=utf-8',
	'.pdf': 'application/pdf',
	'.png': 'image/png',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
	'.wasm': 'application/wasm',
	'.webp': 'image/webp',
	'.xml': 'text/xml; charset=utf-8',
};

type Opened =
	| { readonly kind: 'file'; readonly handle: FileHandle; readonly size: number }
	| { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message: string }
	| { readonly kind: 'blocked' };

export async function bulkDownload(call: ToolboxCall): Promise<Answer | undefined> {
	const { paths } = (call.request.body ?? {}) as { readonly paths?: readonly string[] };
	if (!Array.isArray(paths) || paths.length === 0) {
		return jsonAnswer(400, { error: 'request body must be {"paths": [ ... ]} and non-empty' });
	}
	return {
		status: 200,
		headers: { 'Content-Type': `multipart/form-data; boundary=${DOWNLOAD_BOUNDARY}` },
		body: Readable.from(downloadParts(call, paths), { objectMode: false }),
	};
}

async function* downloadParts(call: ToolboxCall, paths: readonly string[]): AsyncGenerator<Buffer> {
	for (const [i, path] of paths.entries()) {
		const lead = `${i === 0 ? '' : '\r\n'}--${DOWNLOAD_BOUNDARY}\r\n`;
		const opened = await openForDownload(call, path);
		if (opened.kind === 'blocked') await new Promise<never>(() => {});
		if (opened.kind === 'error') {
			const body = JSON.stringify(daemonErrorBody(opened, path, 'POST', call.double.errorSource));
			const headers = ['Content-Type: application/json; charset=utf-8'];
			yield Buffer.from(`${lead}${partHeaders('error', path, headers)}${body}`);
		}
		if (opened.kind === 'file') {
			const type = CONTENT_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
			const headers = [`Content-Length: ${opened.size}`, `Content-Type: ${type}`];
			yield Buffer.from(`${lead}${partHeaders('file', path, headers)}`);
			yield* createReadStream('', { fd: opened.handle, highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>;
		}
	}
	yield Buffer.from(`\r\n--${DOWNLOAD_BOUNDARY}--\r\n`);
}

function partHeaders(name: string, path: string, headers: readonly string[]): string {
	const escaped = path.replace(/[\\"]/g, '\\$&').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
	const encoded = encodeURIComponent(path).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
	const disposition = `form-data; name="${name}"; filename="${escaped}"; filename*=utf-8''${encoded}`;
	return [`Content-Disposition: ${disposition}`, ...headers, '', ''].join('\r\n');
}

async function openForDownload(call: ToolboxCall, path: string): Promise<Opened> {
	try {
		const stats = await stat(call.resolve(path));
		if (stats.isFIFO()) return { kind: 'blocked' };
		return await openFile(call.resolve(path), path, stats);
	} catch (error) {
		const code = errorCode(error);
		if (code === 'ENOENT') {
			return { kind: 'error', status: 404, code: 'FILE_NOT_FOUND', message: `file not found: ${path}` };
		}
		if (code === 'EACCES' || code === 'EPERM') {
			return { kind: 'error', status: 403, code: 'FILE_ACCESS_DENIED', message: `permission denied: ${path}` };
		}
		const message = `failed to open file: open ${path}: ${goErrorText(error)}`;
		return { kind: 'error', status: 500, code: 'FILE_READ_FAILED', message };
	}
}

async function openFile(resolved: string, path: string, stats: Stats): Promise<Opened> {
	if (stats.isDirectory()) {
		const message = `invalid file path: path points to a directory: ${path}`;
		return { kind: 'error', status: 400, code: 'INVALID_FILE_PATH', message };
	}
	return { kind: 'file', handle: await open(resolved), size: stats.size };
}

interface Upload {
	readonly destinations: Map<string, string>;
	readonly files: { readonly path: string; readonly bytes: number }[];
	readonly errors: string[];
}

export async function bulkUpload(call: ToolboxCall): Promise<Answer> {
	const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(call.request.headers['content-type'] ?? '');
	const mark = boundary?.[1] ?? boundary?.[2];
	if (mark === undefined) {
		return jsonAnswer(400, { errors: ["request Content-Type isn't multipart/form-data"], files: null });
	}
	const upload: Upload = { destinations: new Map(), files: [], errors: [] };
	try {
		for await (const part of readParts(call.message, mark)) await receivePart(call, part, upload);
	} catch (error) {
		upload.errors.push((error as Error).message);
	}
	const files = upload.files.length === 0 ? null : upload.files;
	return upload.errors.length === 0 ? jsonAnswer(200, { files }) : jsonAnswer(400, { errors: upload.errors, files });
}

async function receivePart(call: ToolboxCall, part: Part, upload: Upload): Promise<void> {
	const [, index = '', field] = /^files\[(\d+)\]\.(path|file)$/.exec(part.name) ?? [];
	if (field === 'path') upload.destinations.set(index, (await collect(part.content)).toString('utf8').trim());
	if (field !== 'file') return;
	const destination = upload.destinations.get(index);
	if (destination === undefined) {
		upload.errors.push(`missing .path metadata for index ${index}`);
		return;
	}
	try {
		upload.files.push({ path: destination, bytes: await writeUpload(call, destination, part.content) });
	} catch (error) {
		upload.errors.push(`${destination}: ${(error as Error).message}`);
	}
}

async function writeUpload(call: ToolboxCall, destination: string, content: AsyncIterable<Buffer>): Promise<number> {
	const parent = dirname(destination);
	await rethrow(`mkdir ${parent}: mkdir`, parent, () => makeDirectories(call.resolve(parent), 0o755));
	const handle = await rethrow('create: open', destination, () => open(call.resolve(destination), 'w', 0o666));
	let bytes = 0;
	try {
		for await (const chunk of content) {
			await rethrow('write: write', destination, () => handle.writeFile(chunk));
			bytes += chunk.length;
		}
	} finally {
		await handle.close();
	}
	return bytes;
}

async function rethrow<T>(act: string, path: string, run: () => Promise<T>): Promise<T> {
	try {
		return await run();
	} catch (error) {
		const failedPath = (error as { path?: string }).path ?? path;
		throw new Error(`${act} ${failedPath}: ${goErrorText(error)}`, { cause: error });
	}
}
