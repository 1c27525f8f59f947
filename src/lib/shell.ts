/** A process as data: what is shown is what is run. */
export interface Command {
	readonly name: string;
	readonly args: readonly string[];
}

/** What a shell takes for its own in double quotes too; a `%` of a path is none of cmd's variables. */
const SPECIAL = /["$`\\!]/;

/**
 * cmd.exe drops `^`, PowerShell splats `@` and splits at commas, zsh may glob `^`: all of them leave text in double quotes alone.
 * What is special in those too stands as POSIX shells take it.
 */
function shellWord(word: string): string {
	if (/^[\w./:=+-][\w./:=+@-]*$/.test(word)) return word;
	return SPECIAL.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}

/** The words as a person would type them, in POSIX shells, cmd and PowerShell alike where they can be. */
export function shellWords(words: readonly string[]): string {
	return words.map(shellWord).join(' ');
}

/** What the two shells of Windows take in place of a command that POSIX shells alone take. */
export interface WindowsForms {
	readonly cmd: string;
	readonly powershell: string;
}

/** The program that npm writes a script for: PowerShell hands the words behind `--%` on as they are, though not to a `.ps1`. */
const SCRIPT = /^(?:npx|pnpm|yarn|flue)(?= |$)/;

/** Undefined where one form serves all shells. `words` follow `command`; one that holds JSON has no `\` before its quotes. */
export function windowsForms(command: string, words: readonly string[]): WindowsForms | undefined {
	const first = words.findIndex((word) => word.includes('"'));
	if (first === -1) return undefined;
	const rest = words
		.slice(first)
		.map((word) => (word.includes('"') ? `"${word.replaceAll('"', '\\"')}"` : shellWord(word)));
	const before = [command, ...words.slice(0, first).map(shellWord)].join(' ');
	return {
		cmd: [before, ...rest].join(' '),
		powershell: [before.replace(SCRIPT, '$&.cmd'), '--%', ...rest].join(' '),
	};
}

/** A command that needs no redirection, or undefined where a path is not fit for it. */
export function appendLine(file: string, line: string): string | undefined {
	if (/['%]/.test(file + line) || SPECIAL.test(file + line)) return undefined;
	return `node -e "require('node:fs').appendFileSync('${file}', '\\n${line}\\n')"`;
}

export function shownCommand({ name, args }: Command): string {
	return shellWords([name, ...args]);
}
