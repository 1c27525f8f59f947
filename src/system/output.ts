/** Without a listener, a reader that goes away would end the process in the midst of its work. */
export function outliveReaders(...streams: readonly NodeJS.WriteStream[]): void {
	for (const stream of streams) stream.on('error', () => {});
}

/** What a stream did with the text; a reader that went away (EPIPE) is no error, and nobody is left to tell. */
export function writeOut(stream: NodeJS.WriteStream, text: string | Uint8Array): Promise<Error | undefined> {
	if (text.length === 0) return Promise.resolve(undefined);
	return new Promise((resolve) => {
		stream.write(text, (error?: NodeJS.ErrnoException | null) => {
			resolve(error == null || error.code === 'EPIPE' ? undefined : error);
		});
	});
}
