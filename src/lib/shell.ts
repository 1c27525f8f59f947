/** A process as data: what is shown is what is run. */
export interface Command {
	readonly name: string;
	readonly args: readonly string[];
}

/** cmd.exe drops `^`, PowerShell splats `@`, zsh may glob `^`: all of them leave text in double quotes alone. */
function shellWord(word: string): string {
	if (/^[\w./:=+-][\w./:=+@,-]*$/.test(word)) return word;
	return /["$`\\!%]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}

/** The words as a person would type them. */
export function shellWords(words: readonly string[]): string {
	return words.map(shellWord).join(' ');
}

/** For a command of another program: ours have `-C`. */
export function inFolder(folder: string, command: string): string {
	return folder === '' ? command : `cd ${shellWords([folder])} && ${command}`;
}

export function shownCommand({ name, args }: Command): string {
	return shellWords([name, ...args]);
}
