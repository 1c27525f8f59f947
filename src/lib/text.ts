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

/** Sentences are broken at spaces; a command stays on one line, so that it can be copied. */
export function fitLine(line: string, width: number): string[] {
	if (line.length <= width) return [line];
	const [, when, command] = /^(.*):  (.*)$/.exec(line) ?? [];
	if (when !== undefined && command !== undefined) return [`${when}:`, `  ${command}`];
	const [indent = ''] = /^ */.exec(line) ?? [];
	return line.endsWith('.') ? labelled(indent, line.trimStart(), width) : [line];
}

/** A fence that nothing inside the text can close. */
export function fenceAround(text: string): string {
	const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
	return '`'.repeat(Math.max(3, longest + 1));
}
