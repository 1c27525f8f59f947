import { type Word, wordsOf } from './code-words.ts';
import type { Alignment } from './same-code.ts';

interface Line {
	readonly text: string;
	readonly width: number;
	readonly isBroken: boolean;
}

/** The lines that are code; `isBroken` tells of a word whether the formatter made it the first of a line. */
function codeLines(code: string, words: readonly Word[], indent: string, isBroken: (index: number) => boolean): Line[] {
	const lines: Line[] = [];
	for (const [index, { isComment, startsLine, start }] of words.entries()) {
		if (isComment || !(startsLine || isBroken(index))) continue;
		const text = code.slice(code.lastIndexOf('\n', start - 1) + 1, start) + (code.slice(start).split('\n', 1)[0] ?? '');
		const width = text.replaceAll('\t', indent.replaceAll('\t', '    ')).length;
		if (!startsLine) lines.pop();
		lines.push({ text, width, isBroken: !startsLine });
	}
	return lines;
}

/** How wide a line may be, as what became of each tells best; a formatter that broke none has no width. */
function readWidth(lines: readonly Line[]): number {
	const misfits = (width: number) => lines.filter((line) => line.isBroken !== line.width > width).length;
	const widths = lines.some(({ isBroken }) => isBroken) ? lines.map(({ width }) => width) : [];
	return widths.reduce((best, width) => (misfits(width) < misfits(best) ? width : best), Infinity);
}

/** Whether the next template has new lines that a formatter breaks which made the file from the template before. */
export function hasWideLines(
	base: string,
	next: string,
	{ template, file, matches }: Alignment,
	indent: string,
): boolean {
	const lines = codeLines(base, template, indent, (index) => file[matches[index] ?? -1]?.startsLine ?? false);
	const width = readWidth(lines);
	const known = new Set(lines.map(({ text }) => text));
	return codeLines(next, wordsOf(next), indent, () => false).some(
		(line) => line.width > width && !known.has(line.text),
	);
}
