/** A fence that nothing inside the text can close. */
export function fenceAround(text: string): string {
	const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
	return '`'.repeat(Math.max(3, longest + 1));
}
