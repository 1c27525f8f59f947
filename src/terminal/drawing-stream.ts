import { Writable } from 'node:stream';
import type { Environment } from './context.ts';
import { outliveReaders } from './streams.ts';

const COLOUR = /\u001B\[[\d;]*m/g;

/**
 * stderr, for libraries that draw on it. They colour by `util.styleText`, which not every Node, Bun and Deno asks about
 * NO_COLOR, FORCE_COLOR and TERM; `getColorDepth` knows all of them.
 */
export function drawingStream(env: Environment): Writable {
	const { stderr } = process;
	outliveReaders(stderr);
	if (stderr.getColorDepth({ ...env }) > 1) return stderr;
	const stream = new Writable({
		decodeStrings: false,
		write(text: string, _encoding, done) {
			stderr.write(text.replaceAll(COLOUR, ''));
			done();
		},
	});
	stderr.on('resize', () => stream.emit('resize'));
	return Object.defineProperties(stream, {
		isTTY: { value: true },
		columns: { get: () => stderr.columns },
		rows: { get: () => stderr.rows },
	});
}
