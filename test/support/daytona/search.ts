import { chmod, chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Answer, emptyAnswer, jsonAnswer } from './answers.ts';
import { answerOrFail } from './files.ts';
import { goErrorText } from './go.ts';
import type { ToolboxCall } from './toolbox-call.ts';

/** `bufio.Scanner`'s limit: a longer line ends the scan of its file. */
const LONGEST_LINE = 65_536;

const SNIFFED_BYTES = 512;

export async function searchFiles(call: ToolboxCall): Promise<Answer> {
	const [path, pattern] = [call.query('path'), globToRegExp(call.query('pattern'))];
	return answerOrFail(call, path, async () => {
		const found = await walk(call.resolve(path));
		return jsonAnswer(200, { files: found.filter((file) => pattern.test(basename(file))) });
	});
}

export async function findInFiles(call: ToolboxCall): Promise<Answer> {
	const [path, pattern] = [call.query('path'), call.query('pattern')];
	return answerOrFail(call, path, async () => {
		const found = await walk(call.resolve(path));
		const matches = await Promise.all(found.map((file) => findInFile(file, pattern)));
		return jsonAnswer(200, matches.flat());
	});
}

export async function replaceInFiles(call: ToolboxCall): Promise<Answer> {
	const {
		files = [],
		pattern = '',
		newValue = '',
	} = (call.request.body ?? {}) as {
		readonly files?: readonly string[];
		readonly pattern?: string;
		readonly newValue?: string;
	};
	const results = files.map(async (file) => {
		try {
			const before = await readFile(call.resolve(file), 'utf8');
			await writeFile(
				call.resolve(file),
				before.replaceAll(pattern, () => newValue),
			);
			return { file, success: true };
		} catch (error) {
			return { file, success: false, error: `open ${file}: ${goErrorText(error)}` };
		}
	});
	return jsonAnswer(200, await Promise.all(results));
}

export async function setPermissions(call: ToolboxCall): Promise<Answer> {
	const [path, mode] = [call.query('path'), call.query('mode')];
	const [owner, group] = [call.query('owner'), call.query('group')];
	return answerOrFail(call, path, async () => {
		const resolved = call.resolve(path);
		const stats = await stat(resolved);
		if (mode !== '') await chmod(resolved, Number.parseInt(mode, 8));
		if (owner !== '' || group !== '') {
			await chown(resolved, owner === '' ? stats.uid : Number(owner), group === '' ? stats.gid : Number(group));
		}
		return emptyAnswer(200);
	});
}

/** Files and directories below the path, in order of their names. */
async function walk(path: string): Promise<string[]> {
	if (!(await stat(path)).isDirectory()) return [path];
	const found: string[] = [];
	const entries = await readdir(path, { withFileTypes: true });
	for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
		const inner = join(path, entry.name);
		found.push(inner);
		if (entry.isDirectory()) found.push(...(await walk(inner)));
	}
	return found;
}

async function findInFile(file: string, pattern: string): Promise<object[]> {
	const stats = await stat(file).catch(() => undefined);
	if (!stats?.isFile()) return [];
	const bytes = await readFile(file);
	if (bytes.subarray(0, SNIFFED_BYTES).includes(0)) return [];
	const lines = bytes.toString('utf8').split('\n');
	const tooLong = lines.findIndex((line) => line.length >= LONGEST_LINE);
	return (tooLong === -1 ? lines : lines.slice(0, tooLong)).flatMap((content, i) =>
		content.includes(pattern) ? [{ file, line: i + 1, content }] : [],
	);
}

/** Go's `filepath.Match` for a name without slashes. */
function globToRegExp(glob: string): RegExp {
	const tokens = glob.match(/\[[^\]]*\]|\\.|[\s\S]/g) ?? [];
	const translated = tokens.map((token) => {
		if (token === '*') return '.*';
		if (token === '?') return '.';
		if (token.startsWith('[') && token.length > 1) return token;
		return token.replace(/^\\/, '').replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
	});
	return new RegExp(`^${translated.join('')}$`, 'su');
}
