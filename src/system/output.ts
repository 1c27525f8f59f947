/** What a stream did with the text; a reader that went away (EPIPE) is no error, and nobody is left to tell. */
export function writeOut(stream: NodeJS.WriteStream, text: string | Uint8Array): Promise<Error | undefined> {
	if (text.length === 0) return Promise.resolve(undefined);
	return new Promise((resolve) => {
		const settle = (error?: Error | null) => {
			const isGone = (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';
			resolve(isGone ? undefined : (error ?? undefined));
		};
		stream.once('error', settle);
		stream.write(text, settle);
	});
}
