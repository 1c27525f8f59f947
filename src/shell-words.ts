import type { Command } from './package-managers.ts';

/** Double quotes mean the same to every shell of Unix and Windows as long as nothing inside is special to one. */
function shellWord(word: string): string {
	if (/^[\w./@:=+,-]+$/.test(word)) return word;
	return /["$`\\!%\r\n]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}

/** The command as a person would type it. */
export function shellWords(words: readonly string[]): string {
	return words.map(shellWord).join(' ');
}

export function shownCommand({ name, args }: Command): string {
	return shellWords([name, ...args]);
}
