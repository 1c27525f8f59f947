export interface Part {
	readonly name: string;
	readonly fileName: string | undefined;
	/** To be read before the next part is asked for; what is left unread is skipped. */
	readonly content: AsyncIterable<Buffer>;
}

const HEADER_END = Buffer.from('\r\n\r\n');

/** Parts of a multipart body as they arrive; memory stays at one chunk however long a part is. */
export async function* readParts(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Part> {
	const delimiter = Buffer.from(`\r\n--${boundary}`);
	const reader = createReader(source);
	reader.unshift(Buffer.from('\r\n'));
	await discard(reader.until(delimiter));
	for (;;) {
		if ((await reader.take(2)).equals(Buffer.from('--'))) return;
		const headers = await collect(reader.until(HEADER_END));
		const disposition = parseDisposition(headers.toString('utf8'));
		let isRead = false;
		async function* content(): AsyncGenerator<Buffer> {
			yield* reader.until(delimiter);
			isRead = true;
		}
		if (disposition !== undefined) yield { ...disposition, content: content() };
		if (!isRead) await discard(reader.until(delimiter));
	}
}

async function discard(chunks: AsyncGenerator<Buffer>): Promise<void> {
	while (!(await chunks.next()).done);
}

export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
	const all: Buffer[] = [];
	for await (const chunk of chunks) all.push(chunk);
	return Buffer.concat(all);
}

function createReader(source: AsyncIterable<Buffer>) {
	const chunks = source[Symbol.asyncIterator]();
	let buffered: Buffer = Buffer.alloc(0);

	async function readMore(): Promise<void> {
		const next = await chunks.next();
		if (next.done) throw new Error('multipart: NextPart: EOF');
		buffered = buffered.length === 0 ? next.value : Buffer.concat([buffered, next.value]);
	}

	return {
		unshift(bytes: Buffer) {
			buffered = Buffer.concat([bytes, buffered]);
		},
		async take(length: number): Promise<Buffer> {
			while (buffered.length < length) await readMore();
			const taken = buffered.subarray(0, length);
			buffered = buffered.subarray(length);
			return taken;
		},
		/** Everything before the mark, which is consumed too. */
		async *until(mark: Buffer): AsyncGenerator<Buffer> {
			for (;;) {
				const at = buffered.indexOf(mark);
				const end = at === -1 ? Math.max(0, buffered.length - mark.length + 1) : at;
				const before = buffered.subarray(0, end);
				buffered = buffered.subarray(at === -1 ? end : at + mark.length);
				if (before.length > 0) yield before;
				if (at !== -1) return;
				await readMore();
			}
		},
	};
}

const DISPOSITION = /^form-data(\s*;\s*[\w*]+=("(\\.|[^"\\\r\n])*"|[^\s";]+))*\s*;?$/;

const PARAMETER = /;\s*([\w*]+)=(?:"((?:\\.|[^"\\])*)"|([^\s";]+))/g;

/** `undefined` where Go's `mime.ParseMediaType` fails, as on a bare quote inside of a quoted file name. */
function parseDisposition(
	headers: string,
): { readonly name: string; readonly fileName: string | undefined } | undefined {
	const line = headers.split('\r\n').find((header) => /^content-disposition:/i.test(header));
	const value = line?.slice(line.indexOf(':') + 1).trim();
	if (value === undefined || !DISPOSITION.test(value)) return undefined;
	const parameters = new Map<string, string>();
	for (const [, key = '', quoted, plain] of value.matchAll(PARAMETER)) {
		parameters.set(key.toLowerCase(), plain ?? quoted?.replace(/\\(["\\])/g, '$1') ?? '');
	}
	return { name: parameters.get('name') ?? '', fileName: parameters.get('filename') };
}
