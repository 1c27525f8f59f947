/**
 * Stands in for what execa can do with the streams of a program beside handing them on: each of ours is one of the words that
 * Node itself knows, like "pipe", "ignore" or "inherit". Then none is there twice, and none has to be piped to another.
 */
interface Stream {
	readonly type: string;
}

export function filterDuplicates(streams: readonly Stream[]): readonly Stream[] {
	if (streams.length !== 1) throw new Error('A stream of a program goes to one place here.');
	return streams;
}

export function normalizeTransforms(streams: readonly Stream[]): readonly Stream[] {
	if (streams.some(({ type }) => type !== 'native'))
		throw new Error('A stream of a program is handed on as it is here.');
	return streams;
}

export function getDuplicateStream(): undefined {}

export function pipeOutputAsync(): void {}
