import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Fence {
	/** What stands behind the opening backticks. */
	readonly info: string;
	/** What stands between the fences, line ends included. */
	readonly text: string;
}

/** The fences of a Markdown text, by the rules of CommonMark: one closes with at least as many backticks as it opened with. */
export function readFences(markdown: string): Fence[] {
	const fences: Fence[] = [];
	let open: { readonly length: number; readonly info: string; readonly lines: string[] } | undefined;
	for (const line of markdown.split('\n')) {
		const [, ticks = '', info = ''] = /^(`{3,})(.*)$/.exec(line) ?? [];
		if (open === undefined) {
			if (ticks !== '') open = { length: ticks.length, info: info.trim(), lines: [] };
		} else if (ticks.length >= open.length && info.trim() === '') {
			fences.push({ info: open.info, text: open.lines.map((text) => `${text}\n`).join('') });
			open = undefined;
		} else {
			open.lines.push(line);
		}
	}
	if (open !== undefined) throw new Error(`The fence "${open.info}" is never closed.`);
	return fences;
}

/** Does what an obedient reader does that can only copy files and run commands. */
export async function followInstructions(
	markdown: string,
	folder: string,
	run: (command: string) => Promise<void>,
): Promise<void> {
	for (const { info, text } of readFences(markdown)) {
		const [, file] = /^\w+ file="([^"]+)"$/.exec(info) ?? [];
		const [, appended] = /^\w+ append="([^"]+)"$/.exec(info) ?? [];
		if (info === 'sh run') {
			for (const command of text.trim().split('\n')) await run(command);
		} else if (file !== undefined) {
			mkdirSync(dirname(join(folder, file)), { recursive: true });
			writeFileSync(join(folder, file), text);
		} else if (appended !== undefined) {
			const path = join(folder, appended);
			appendFileSync(path, /[^\n]$/.test(readFileSync(path, 'utf8')) ? `\n${text}` : text);
		}
	}
}
