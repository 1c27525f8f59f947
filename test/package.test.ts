import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { publint } from 'publint';
import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { BIN, plainEnv } from './support/flue.ts';
import { FLUE_0_7 } from './support/sample-projects.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..');

const LICENCES = readFileSync(join(ROOT, 'dist/THIRD-PARTY-LICENSES.md'), 'utf8');

/** The files of ours that Node loads for a command, from its own coverage data. */
async function loadedFiles(args: readonly string[], cwd = temporaryFolder(FLUE_0_7)): Promise<string[]> {
	const coverage = temporaryFolder();
	const env = plainEnv({ NODE_V8_COVERAGE: coverage });
	await execa(process.execPath, [BIN, ...args], { cwd, env, extendEnv: false, stdin: 'ignore', reject: false });
	const [report = ''] = readdirSync(coverage);
	const { result } = JSON.parse(readFileSync(join(coverage, report), 'utf8')) as { result: { url: string }[] };
	const paths = result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url));
	return paths.filter((path) => path.startsWith(ROOT));
}

function contentOf(files: readonly string[]): string {
	return files.map((file) => readFileSync(file, 'utf8')).join('\n');
}

interface Packed {
	readonly size: number;
	readonly files: readonly { readonly path: string }[];
}

async function pack(): Promise<Packed> {
	const { stdout } = await execa('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
		cwd: ROOT,
		stdin: 'ignore',
	});
	const [packed] = JSON.parse(stdout) as [Packed];
	return packed;
}

test('is fetched in a moment: no more than 250 kB', async () => {
	expect((await pack()).size).toBeLessThanOrEqual(250_000);
});

test('publishes the program, its licence and its change log, and nothing else', async () => {
	const { files } = await pack();
	const paths = files.map(({ path }) => path).filter((path) => !/^dist\/[\w.-]+\.cjs$/.test(path));
	expect(paths.toSorted()).toEqual([
		'CHANGELOG.md',
		'LICENSE',
		'README.md',
		'bin/flue.js',
		'bin/package.json',
		'dist/THIRD-PARTY-LICENSES.md',
		'package.json',
	]);
});

test('has nothing to install beside itself', () => {
	expect(Object.keys(manifest)).not.toContain('dependencies');
	const code = contentOf(
		readdirSync(join(ROOT, 'dist'))
			.filter((file) => file.endsWith('.cjs'))
			.map((file) => join(ROOT, 'dist', file)),
	);
	const required = [...code.matchAll(/\b(?:import|require)\(["'`]([\w@.:/-]+)["'`]\)/g)];
	const modules = required.map(([, name = '']) => name).filter((name) => !name.startsWith('.'));
	expect(modules).toContain('node:path');
	expect(modules.filter((name) => !isBuiltin(name))).toEqual([]);
});

test('is packed as publint wants it, down to the suggestions', async () => {
	const folder = temporaryFolder();
	await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT, stdin: 'ignore' });
	const [file = ''] = readdirSync(folder);
	const tarball = new Uint8Array(readFileSync(join(folder, file))).buffer;
	const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
	expect(pkg['name']).toBe(manifest.name);
	expect(messages).toEqual([]);
});

/** Each asks for nothing but its text and the names of its authors. */
const PERMISSIVE = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0']);

test('is under MIT, and bundles nothing that asks for more than its licence to be kept', () => {
	expect(manifest.license).toBe('MIT');
	expect(readFileSync(join(ROOT, 'LICENSE'), 'utf8')).toMatch(/^MIT License\n\nCopyright \(c\) /);
	const bundled = LICENCES.matchAll(/^## (\S+) - (\S+)(?: \((.+)\))?\n([^]*?)(?=\n## \S+ - |$(?![^]))/gm);
	const problems = Array.from(bundled, ([, name, version, licence = '', text = '']) => {
		const isRight = PERMISSIVE.has(licence) && /copyright/i.test(text) && text.length > 500;
		return isRight ? undefined : `${name} ${version} (${licence})`;
	});
	expect(problems.length).toBeGreaterThan(10);
	expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
});

test('carries the licences of what is bundled', () => {
	for (const name of ['@clack/prompts', 'commander', 'detect-package-manager', 'execa', 'js-tokens', 'semver']) {
		expect(LICENCES).toContain(`## ${name}`);
	}
});

const LIST_MODULES = `process.on('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')));`;

test('loads neither prompts nor what starts processes nor parsers to print', async () => {
	const files = await loadedFiles(['add', 'daytona']);
	expect(files).toContain(BIN);
	const code = contentOf(files);
	expect(code).not.toContain('YAMLException');
	expect(code).not.toContain('parseWithoutProcessing');
	const list = join(temporaryFolder({ 'list.cjs': LIST_MODULES }), 'list.cjs');
	const options = { cwd: temporaryFolder(FLUE_0_7), env: plainEnv(), extendEnv: false, stdin: 'ignore' } as const;
	const { stderr } = await execa(process.execPath, ['--require', list, BIN, 'add', 'daytona'], options);
	expect(stderr).toContain('NativeModule fs');
	for (const name of ['child_process', 'readline', 'net', 'crypto'])
		expect(stderr).not.toContain(`NativeModule ${name}\n`);
});
