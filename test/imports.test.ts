import { readdirSync, readFileSync } from 'node:fs';
import { posix, join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPage } from './support/pages.ts';

const SRC = join(import.meta.dirname, '../src');

/** From the command line down to small helpers: a file imports of its own folder, and of what stands below it. */
const ORDER = [
	['cli.ts', 'command-line.ts'],
	['commands'],
	['output'],
	['check'],
	['apply'],
	['connectors'],
	['plan'],
	['project'],
	['terminal'],
	['ecosystem'],
	['system'],
	['lib'],
];

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
	.map((path) => path.replaceAll(sep, '/'))
	.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));

/** The files that a file imports: for a value or a type, by `export … from` and by `import()`. */
function readImports(path: string): string[] {
	const code = readFileSync(join(SRC, path), 'utf8');
	const imports = code.matchAll(/\b(?:from|import)[\s(]+['"](\.[^'"]+\.ts)['"]/g);
	return Array.from(imports, ([, specifier = '']) => posix.join(posix.dirname(path), specifier));
}

const IMPORTS = new Map(FILES.map((path) => [path, readImports(path)]));

function rankOf(path: string): number {
	return ORDER.findIndex((names) => names.includes(path.split('/')[0] ?? ''));
}

/** The shortest way from a file back to itself. */
function findCircle(start: string): readonly string[] | undefined {
	const ways: string[][] = [[start]];
	const seen = new Set<string>();
	for (const way of ways) {
		for (const next of IMPORTS.get(way.at(-1) ?? '') ?? []) {
			if (next === start) return [...way, start];
			if (seen.has(next)) continue;
			seen.add(next);
			ways.push([...way, next]);
		}
	}
	return undefined;
}

describe('imports, types counted', () => {
	test('are found, and lead to files that exist', () => {
		const all = [...IMPORTS.values()].flat();
		expect(all.length).toBeGreaterThan(FILES.length);
		expect(all.filter((path) => !IMPORTS.has(path))).toEqual([]);
	});

	test('form no circle of files', () => {
		expect(FILES.flatMap((path) => findCircle(path)?.join(' -> ') ?? [])).toEqual([]);
	});

	test('go one way from folder to folder', () => {
		expect(FILES.filter((path) => rankOf(path) === -1)).toEqual([]);
		const upwards = FILES.flatMap((path) =>
			(IMPORTS.get(path) ?? []).filter((to) => rankOf(to) < rankOf(path)).map((to) => `${path} -> ${to}`),
		);
		expect(upwards).toEqual([]);
	});
});

test.each(ORDER.flat())('AGENTS.md says what src/%s is for', (name) => {
	expect(readPage('AGENTS.md')).toMatch(new RegExp(`^\\|.*\`${name}/?\`.* \\| .{10}`, 'm'));
});
