/** Text has lines of this length where no terminal is narrower. */
export const LINE_WIDTH = 80;

/** Lines that are indented as far are commands or code. */
const COMMAND_INDENT = 4;

/** Of a text, or of one that holds one character per byte. */
export const BYTE_ORDER_MARK = /^(?:\uFEFF|\xEF\xBB\xBF)/;

export function withoutByteOrderMark(text: string): string {
	return text.replace(BYTE_ORDER_MARK, '');
}

/** Breaks at spaces; a word that is longer than a line stays whole. */
export function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	for (const word of text.split(' ')) {
		const line = lines.at(-1);
		if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
		else lines[lines.length - 1] = `${line} ${word}`;
	}
	return lines;
}

/** The text behind its label, every further line below the first. */
export function labelled(label: string, text: string, width: number): string[] {
	const indent = ' '.repeat(label.length);
	return wrap(text, width - label.length).map((line, index) => (index === 0 ? label : indent) + line);
}

/** The line, broken at spaces where it is too long; a command stays on one line, so that it can be copied. */
export function fitLine(line: string, width: number): string[] {
	if (line.length <= width) return [line];
	const [, when, command] = /^(.*):  (.*)$/.exec(line) ?? [];
	if (when !== undefined && command !== undefined) return [...fitLine(`${when}:`, width), `  ${command}`];
	const [indent = ''] = /^ */.exec(line) ?? [];
	if (indent.length >= COMMAND_INDENT) return [line];
	const [, name, meaning] = /^( *\S.*?) {2,}(\S.*)$/.exec(line) ?? [];
	if (name === undefined || meaning === undefined) return labelled(indent, line.trimStart(), width);
	const first = name.startsWith('  flue ') ? [name] : labelled(indent, name.trimStart(), width);
	return [...first, ...labelled(' '.repeat(COMMAND_INDENT), meaning.replaceAll(/ +/g, ' '), width)];
}

export function fitText(text: string, width: number): string {
	return text
		.split('\n')
		.flatMap((line) => fitLine(line, width))
		.join('\n');
}

/** A fence that nothing inside the text can close. */
export function fenceAround(text: string): string {
	const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
	return '`'.repeat(Math.max(3, longest + 1));
}
