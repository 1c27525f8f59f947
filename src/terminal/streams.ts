import { writeSync } from 'node:fs';

const STREAMS = {
	stdout: { descriptor: 1, open: () => process.stdout },
	stderr: { descriptor: 2, open: () => process.stderr },
} as const;

export type StreamName = keyof typeof STREAMS;

/** Without a listener, a reader that goes away would end the process in the midst of its work. */
export function outliveReaders(stream: NodeJS.EventEmitter): void {
	stream.on('error', () => {});
}

function writeToStream(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<NodeJS.ErrnoException | undefined> {
	outliveReaders(stream);
	return new Promise((resolve) => void stream.write(bytes, (error) => resolve(error ?? undefined)));
}

/** Goes on with the stream where the descriptor, as somebody else has set it, would not wait for its reader. */
async function writeAll(name: StreamName, bytes: Uint8Array): Promise<NodeJS.ErrnoException | undefined> {
	const { descriptor, open } = STREAMS[name];
	let written = 0;
	try {
		while (written < bytes.length) written += writeSync(descriptor, bytes, written);
		return undefined;
	} catch (error) {
		const failure = error as NodeJS.ErrnoException;
		return failure.code === 'EAGAIN' ? writeToStream(open(), bytes.subarray(written)) : failure;
	}
}

/**
 * What a stream did with the text; a reader that went away (EPIPE) is no error, and nobody is left to tell. Writes to the
 * descriptor, because Node takes a tenth of a start to open the stream.
 */
export async function writeOut(name: StreamName, text: string | Uint8Array): Promise<Error | undefined> {
	const { open } = STREAMS[name];
	const bytes = typeof text === 'string' ? Buffer.from(text) : text;
	// A console of Windows takes bytes for its own code page; the stream hands it characters.
	const isConsole = process.platform === 'win32' && open().isTTY;
	const failure = await (isConsole ? writeToStream(open(), bytes) : writeAll(name, bytes));
	return failure?.code === 'EPIPE' ? undefined : failure;
}
